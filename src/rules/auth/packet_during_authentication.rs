use crate::rule::prelude::*;

rule! {
    /// The client did not wait for CONNACK although it had asked for enhanced authentication.
    ///
    /// With an Authentication Method in CONNECT the client may send nothing but AUTH and DISCONNECT until CONNACK has
    /// arrived.
    ///
    /// ## Why it matters
    ///
    /// The server does not know yet whom it talks to: it closes, or acts for a client that then fails to authenticate.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing: CONNACK may be among them. When the packet and CONNACK may have crossed in
    /// flight.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 authentication_method=M
    /// C>S SUBSCRIBE packet_id=1 filter=t
    /// S>C CONNACK authentication_method=M
    /// ```
    name: "packet-during-authentication",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.1.2-30"],
    on: [AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    let session = context.session;
    let (Some(connect), Some(packet_type)) = (session.connect(), context.packet_type()) else { return Verdict::NotApplicable };
    let free = matches!(packet_type, PacketType::Auth | PacketType::Disconnect | PacketType::Connect);
    if connect.authentication_method.is_none() || free {
        return Verdict::NotApplicable;
    }
    if session.connacks() == 0 {
        let what = packet_type.name();
        let fault = Fault::new(format!("{what} before CONNACK, but CONNECT has an Authentication Method")).related(connect.stamp);
        return Verdict::Fail(fault).given(context.history(Role::Server));
    }
    // The first packet after the handshake stands for all.
    let first = matches!(session.last_packet_type(Role::Client), Some(PacketType::Connect | PacketType::Auth));
    match first && session.accepted().is_some() {
        true if context.has_connack() => Verdict::Pass,
        true => Verdict::Inconclusive(Doubt::Crossed),
        false => Verdict::NotApplicable,
    }
}
