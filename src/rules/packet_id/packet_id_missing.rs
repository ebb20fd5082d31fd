use crate::rule::prelude::*;

rule! {
    /// A SUBSCRIBE, an UNSUBSCRIBE, or a PUBLISH with QoS 1 or 2 ends before its Packet Identifier.
    ///
    /// ## Why it matters
    ///
    /// The receiver cannot acknowledge what has no identifier. It is a malformed packet, and the connection is
    /// closed.
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
    /// C>S 32 03 00 01 61             QoS 1; the packet ends behind the topic
    /// ```
    name: "packet-id-missing",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-1"],
    v5_0: ["PE-1.2-1"],
    on: [Packet(PacketType::Publish), Packet(PacketType::Subscribe), Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    match (context.publish(), context.header()) {
        // QoS 0 has none, and what QoS 3 should have nobody knows.
        (Some(_), Some(header)) if !matches!(header.qos_bits(), 1 | 2) => Verdict::NotApplicable,
        _ => checks::complete(context, &[Field::PacketIdentifier]),
    }
}
