use crate::rule::prelude::*;

rule! {
    /// A PUBLISH with QoS 1 was answered with PUBREC.
    ///
    /// ## Why it matters
    ///
    /// The sender waits for PUBACK and has no PUBREL to send: the message stays unacknowledged and is sent again.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the sender are missing: PUBREC may be for a PUBLISH with QoS 2 among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=1 packet_id=5
    /// S>C PUBREC packet_id=5
    /// ```
    name: "pubrec-to-qos-1",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.3.4-1"],
    v5_0: ["MQTT-3.3.4-1", "PE-1.2-2"],
    on: [Packet(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::right_kind(context)
}
