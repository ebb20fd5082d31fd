use super::Block;
use crate::mqtt::MalformedKind;
use crate::rule::prelude::*;

rule! {
    /// A property is not defined, or does not belong in the packet it is in.
    ///
    /// ## Why it matters
    ///
    /// The receiver has to take the packet for malformed and to close the connection. How long the value of an unknown
    /// property is nobody can know, so what is behind it cannot be read at all. Options of CONNECT that were put into
    /// the Will Properties, or the other way round, are a common cause.
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
    /// C>S PUBLISH topic=a session_expiry_interval=1
    /// ```
    name: "misplaced-property",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-2.2.2.2-1"],
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
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    let mut verdict = Verdict::NotApplicable;
    for Block { place, properties } in super::blocks(context) {
        if let Some((id, at)) = properties.ids().find(|(id, _)| !id.allowed_in(place)) {
            return Verdict::Fail(
                Fault::new(format!("{} (0x{:02x}) does not belong in {}", id.name(), id.to_u32(), place.name())).at(at, 1),
            );
        }
        verdict = Verdict::Pass;
    }
    match packet.malformed {
        Some(malformed) if matches!(malformed.kind, MalformedKind::UnknownProperty(_)) => {
            Verdict::Fail(Fault::new(malformed.to_string()).at(malformed.at as u32, 1))
        }
        _ => verdict,
    }
}
