use crate::mqtt::topic;
use crate::rule::prelude::*;
use crate::session::Subscription;

rule! {
    /// The server delivered an empty message as a retained one.
    ///
    /// An empty message with RETAIN clears what is retained for its topic; it is never kept itself. The rule looks at the first
    /// message behind a SUBSCRIBE or its SUBACK, where no older subscription matches its topic: only that does not look like a
    /// message that was published just then.
    ///
    /// ## Why it matters
    ///
    /// Each new subscriber is told of something that was to be forgotten, and the store of the server fills with nothing.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing. Bridges, which get RETAIN as it was published, are left out.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=1 filter=a
    /// S>C SUBACK packet_id=1 codes=0
    /// S>C PUBLISH topic=a retain
    /// ```
    name: "empty-message-retained",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.3.1-11"],
    v5_0: [],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(publish), Some(judged)) = (context.publish(), context.judged()) else { return Verdict::NotApplicable };
    if !judged.packet.header.retain() {
        return Verdict::NotApplicable;
    }
    // Of a PUBLISH that came in parts the payload is not at hand.
    let whole = judged.framed.body.len() == judged.packet.header.remaining_length.value as usize;
    if !whole || !publish.payload.is_empty() {
        return Verdict::Pass;
    }
    let (Some(topic), Some(subscriptions)) = (publish.topic, context.session.subscriptions()) else { return Verdict::NotApplicable };
    if context.session.connect().is_some_and(|connect| connect.is_bridge()) {
        return Verdict::NotApplicable;
    }
    let granted = context.session.last_packet_type(Role::Server) == Some(PacketType::Suback);
    let is_new = |subscription: &Subscription| {
        !subscription.renews && (subscription.granted.is_none() || granted && subscriptions.is_answered_last(subscription))
    };
    let is_refused = |subscription: &Subscription| !subscription.renews && subscription.granted.is_some_and(|code| code >= 0x80);
    let mut matching = subscriptions
        .iter()
        .filter(|(filter, subscription)| !is_refused(subscription) && topic::matches(filter, topic.bytes))
        .map(|(_, subscription)| is_new(subscription))
        .peekable();
    // What goes out for an older subscription was published just then: RETAIN is wrong there, but for another reason.
    if matching.peek().is_none() || !matching.all(|new| new) || !subscriptions.is_complete() {
        return Verdict::NotApplicable;
    }
    Verdict::Fail(Fault::new(format!("an empty message for {} is retained", checks::quoted(&topic))).at(0, 1))
        .given(context.whole_history())
}
