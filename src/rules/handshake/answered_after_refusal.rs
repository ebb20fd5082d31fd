use crate::rule::prelude::*;

rule! {
    /// The server refused the connection and then answered a packet of that client.
    ///
    /// A CONNACK with another code than 0 says that the client is not let in. What it sent behind its CONNECT, which is
    /// allowed before CONNACK, must then be thrown away. An answer (PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK, PINGRESP)
    /// shows that it was processed. In 5.0 nothing but AUTH may follow such a CONNACK: before anything else the server has to
    /// accept the connection.
    ///
    /// ## Why it matters
    ///
    /// A client that failed to log in could still subscribe or publish.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing before the answer: the refused CONNACK may not have been the last.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 ; SUBSCRIBE packet_id=1 filter=a:0
    /// S>C CONNACK code=5
    /// S>C SUBACK packet_id=1 codes=0
    /// ```
    name: "answered-after-refusal",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.4-5"],
    v5_0: ["MQTT-3.1.4-6", "MQTT-3.2.0-1"],
    on: [AnyPacket, End],
}

/// What no packet of the client asked for.
const UNASKED: &[&str] = &["MQTT-3.2.0-1"];

fn check(context: &Context<'_>) -> Verdict {
    let Some((code, connack)) = context.session.refused() else { return Verdict::NotApplicable };
    // A later CONNACK may have accepted another CONNECT, which is a fault of its own.
    if context.session.connacks() > 1 {
        return Verdict::NotApplicable;
    }
    let v5 = context.version == Version::V5_0;
    if v5 && code < 0x80 {
        return Verdict::NotApplicable;
    }
    let Some(packet_type) = context.packet_type() else {
        let silent = context.session.last_packet_type(Role::Server) == Some(PacketType::Connack);
        return if silent { Verdict::Pass.given(context.whole_history()) } else { Verdict::NotApplicable };
    };
    let answer = match packet_type {
        PacketType::Puback | PacketType::Pubrec | PacketType::Pubcomp => true,
        PacketType::Suback | PacketType::Unsuback | PacketType::Pingresp => true,
        // Rules of their own: a CONNACK that nothing asked for, a DISCONNECT without a connection.
        PacketType::Connack | PacketType::Disconnect | PacketType::Auth => return Verdict::NotApplicable,
        _ if v5 => false,
        _ => return Verdict::NotApplicable,
    };
    let message = format!("{} although the connection was refused with code 0x{code:02x}", packet_type.name());
    let fault = Fault::new(message).related(connack);
    Verdict::Fail(if answer { fault } else { fault.citing(UNASKED) }).given(context.history(Role::Server))
}
