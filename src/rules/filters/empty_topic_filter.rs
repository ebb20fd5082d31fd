use crate::rule::prelude::*;

rule! {
    /// A Topic Filter is empty.
    ///
    /// ## Why it matters
    ///
    /// A filter has at least one character. A server that accepts it has a subscription that nothing can match.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S 82 05 00 01 00 00 00       filter of length 0
    /// ```
    name: "empty-topic-filter",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.3-1"],
    v5_0: ["MQTT-4.7.3-1"],
    on: [Packet(PacketType::Subscribe), Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    match (context.subscribe(), context.unsubscribe()) {
        (Some(subscribe), _) => checks::not_empty("Topic Filter", subscribe.filters.iter().map(|pair| pair.filter)),
        (_, Some(unsubscribe)) => checks::not_empty("Topic Filter", unsubscribe.filters.iter()),
        _ => Verdict::NotApplicable,
    }
}
