use crate::rule::prelude::*;

rule! {
    /// The first packet that the server sent is not CONNACK.
    ///
    /// Whatever the client may send before CONNACK: the server's answers, and messages for it, have to wait until CONNACK
    /// has been sent. In 5.0 AUTH may come before it; a DISCONNECT before it is `disconnect-before-connack`.
    ///
    /// ## Why it matters
    ///
    /// A client that waits for CONNACK takes anything else for a protocol error and closes. It happens where a broker
    /// delivers queued messages of a resumed session from another thread than the one that answers CONNECT.
    ///
    /// ## Inconclusive
    ///
    /// When the first bytes of the server are not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 clean_start=0
    /// S>C PUBLISH topic=a qos=1 packet_id=1
    /// S>C CONNACK session_present=1
    /// ```
    name: "connack-not-first",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.2.0-1"],
    v5_0: ["MQTT-3.2.0-1"],
    on: [AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    let session = context.session;
    if session.connacks() > 0 {
        return Verdict::NotApplicable;
    }
    // Of several wrong packets before CONNACK only the first is told.
    let first = session.first_packet(Role::Server).is_none_or(|(first, _)| first == PacketType::Auth);
    match context.packet_type() {
        Some(PacketType::Connack) if first => Verdict::Pass.given(context.history(Role::Server)),
        Some(PacketType::Auth | PacketType::Disconnect) if context.version == Version::V5_0 => Verdict::NotApplicable,
        Some(other) if first => Verdict::Fail(Fault::new(format!("{} before CONNACK", other.name()))).given(context.history(Role::Server)),
        _ => Verdict::NotApplicable,
    }
}
