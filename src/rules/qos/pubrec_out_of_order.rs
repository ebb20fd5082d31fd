use crate::rule::prelude::*;

rule! {
    /// The client sent PUBRECs in another order than the PUBLISHes came.
    ///
    /// Only first transmissions count: a PUBLISH that was sent more than once has no place in the order.
    ///
    /// ## Why it matters
    ///
    /// Messages are released in the order of PUBREC: where that is not the order of PUBLISH, messages overtake each other.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C PUBLISH topic=a qos=2 packet_id=1 ; PUBLISH topic=a qos=2 packet_id=2
    /// C>S PUBREC packet_id=2
    /// C>S PUBREC packet_id=1
    /// ```
    name: "pubrec-out-of-order",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-4.6.0-3"],
    v5_0: ["MQTT-4.6.0-3"],
    on: [Packet(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::in_order(context, "PUBLISH")
}
