use crate::rule::prelude::*;

rule! {
    /// The client sent PUBRELs in another order than the PUBRECs came.
    ///
    /// PUBRELs that are sent again after a reconnect do not count.
    ///
    /// ## Why it matters
    ///
    /// A server that passes messages on when they are released passes them on in the wrong order.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C PUBREC packet_id=1 ; PUBREC packet_id=2
    /// C>S PUBREL packet_id=2
    /// C>S PUBREL packet_id=1
    /// ```
    name: "pubrel-out-of-order",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-4.6.0-4"],
    v5_0: ["MQTT-4.6.0-4"],
    on: [Packet(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::in_order(context, "PUBREC")
}
