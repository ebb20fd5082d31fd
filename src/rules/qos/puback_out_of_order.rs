use crate::rule::prelude::*;

rule! {
    /// The client sent PUBACKs in another order than the PUBLISHes came.
    ///
    /// Only first transmissions count: a PUBLISH that was sent more than once has no place in the order.
    ///
    /// ## Why it matters
    ///
    /// A server that keeps its window as a queue frees the wrong message. The usual cause is a client that works on messages
    /// in several threads.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C PUBLISH topic=a qos=1 packet_id=1 ; PUBLISH topic=a qos=1 packet_id=2
    /// C>S PUBACK packet_id=2
    /// C>S PUBACK packet_id=1
    /// ```
    name: "puback-out-of-order",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-4.6.0-2"],
    v5_0: ["MQTT-4.6.0-2"],
    on: [Packet(PacketType::Puback)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::in_order(context, "PUBLISH")
}
