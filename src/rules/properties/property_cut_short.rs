use crate::mqtt::MalformedKind;
use crate::rule::prelude::*;

rule! {
    /// The value of a property runs past the end of the properties.
    ///
    /// ## Why it matters
    ///
    /// Property Length and properties contradict each other: either the length was not counted right, or a value has
    /// another type than its identifier says, such as two bytes where four belong. The receiver cannot read the packet
    /// and closes the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S 30 07 00 01 61 03 02 00 00     Message Expiry Interval in two bytes
    /// ```
    name: "property-cut-short",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-2.2.2.2-2", "PE-1.2-1"],
    on: [
        Packet(PacketType::Connect),
        Packet(PacketType::Connack),
        Packet(PacketType::Publish),
        Packet(PacketType::Puback),
        Packet(PacketType::Pubrec),
        Packet(PacketType::Pubrel),
        Packet(PacketType::Pubcomp),
        Packet(PacketType::Subscribe),
        Packet(PacketType::Suback),
        Packet(PacketType::Unsubscribe),
        Packet(PacketType::Unsuback),
        Packet(PacketType::Disconnect),
        Packet(PacketType::Auth),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.packet().and_then(|packet| packet.malformed) {
        // An integer that does not end is `endless-integer`.
        Some(malformed) if matches!(malformed.field, Field::Property(_)) && malformed.kind == MalformedKind::Truncated => {
            Verdict::Fail(Fault::new(malformed.to_string()).at(malformed.at as u32, malformed.have))
        }
        _ if super::blocks(context).next().is_some() => Verdict::Pass,
        _ => Verdict::NotApplicable,
    }
}
