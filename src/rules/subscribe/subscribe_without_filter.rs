use crate::rule::prelude::*;

rule! {
    /// A SUBSCRIBE has no Topic Filter, or ends within its first one.
    ///
    /// ## Why it matters
    ///
    /// It asks for nothing, and the SUBACK could not answer anything. The server closes the connection. The usual
    /// cause is a loop over an empty list.
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
    /// C>S 82 02 00 01                the packet ends behind the Packet Identifier
    /// ```
    name: "subscribe-without-filter",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.8.3-3"],
    v5_0: ["MQTT-3.8.3-2"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some(subscribe)) = (context.packet(), context.subscribe()) else { return Verdict::NotApplicable };
    if !subscribe.filters.is_empty() {
        return Verdict::Pass;
    }
    match packet.malformed.map(|malformed| malformed.field) {
        None | Some(Field::TopicFilter | Field::RequestedQos | Field::SubscriptionOptions) => {
            let filters = subscribe.filters;
            Verdict::Fail(Fault::new("the SUBSCRIBE has no complete Topic Filter").at(filters.at, filters.bytes.len()))
        }
        Some(_) => Verdict::NotApplicable,
    }
}
