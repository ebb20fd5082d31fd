use crate::rule::prelude::*;

rule! {
    /// A packet goes in a direction that its type does not have, such as a PINGRESP from the client.
    ///
    /// ## Why it matters
    ///
    /// Each packet type but PUBLISH and its acknowledgements belongs to one side. The wrong direction is a sign of a
    /// client and a server that were mixed up in code, or of a proxy that reflects packets. The receiver closes the
    /// connection. (DISCONNECT from the server exists in 5.0 only.)
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    /// When neither the opening of the connection nor a CONNECT was captured, so that the sides are known by the port
    /// only.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S d0 00                      PINGRESP from the client
    /// ```
    name: "packet-from-wrong-side",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-2.2.1-2"],
    v5_0: ["PE-2.1.2-2"],
    on: [
        Packet(PacketType::Connect),
        Packet(PacketType::Connack),
        Packet(PacketType::Subscribe),
        Packet(PacketType::Suback),
        Packet(PacketType::Unsubscribe),
        Packet(PacketType::Unsuback),
        Packet(PacketType::Pingreq),
        Packet(PacketType::Pingresp),
        Packet(PacketType::Disconnect),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(kind) = context.packet_type() else { return Verdict::NotApplicable };
    let side = match kind {
        PacketType::Connect | PacketType::Subscribe | PacketType::Unsubscribe | PacketType::Pingreq => Role::Client,
        PacketType::Disconnect if context.version != Version::V5_0 => Role::Client,
        PacketType::Connack | PacketType::Suback | PacketType::Unsuback | PacketType::Pingresp => Role::Server,
        _ => return Verdict::NotApplicable,
    };
    if context.subject == side {
        return Verdict::Pass;
    }
    match context.whole_history() {
        Err(doubt) if context.session.connect().is_none() => Verdict::Inconclusive(doubt),
        _ => Verdict::Fail(Fault::new(format!("{kind} comes from the {}; only the {side} sends it", context.subject)).at(0, 1)),
    }
}
