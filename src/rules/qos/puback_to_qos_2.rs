use crate::rule::prelude::*;

rule! {
    /// A PUBLISH with QoS 2 was answered with PUBACK.
    ///
    /// ## Why it matters
    ///
    /// The sender waits for PUBREC; the message is delivered at least once instead of exactly once, or never counts as
    /// delivered.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the sender are missing: PUBACK may be for a PUBLISH with QoS 1 among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=5
    /// S>C PUBACK packet_id=5
    /// ```
    name: "puback-to-qos-2",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.3.4-1"],
    v5_0: ["MQTT-3.3.4-1"],
    on: [Packet(PacketType::Puback)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::right_kind(context)
}
