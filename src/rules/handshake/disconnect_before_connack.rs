use crate::rule::prelude::*;

rule! {
    /// The server sent DISCONNECT before it had accepted the connection.
    ///
    /// Until a CONNACK with a code below 0x80 the server says no by CONNACK, not by DISCONNECT.
    ///
    /// ## Why it matters
    ///
    /// The client waits for CONNACK and takes DISCONNECT for a protocol error: the reason that the server gave is lost.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing: CONNACK may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C DISCONNECT code=0x87
    /// ```
    name: "disconnect-before-connack",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.14.0-1", "MQTT-3.2.0-1"],
    on: [Packet(PacketType::Disconnect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let session = context.session;
    let verdict = match session.connack() {
        Some(connack) if connack.code >= 0x80 => {
            Verdict::Fail(Fault::new("DISCONNECT after a CONNACK that refused the connection").related(connack.stamp))
        }
        Some(_) => Verdict::Pass,
        // A CONNACK without a code: what it says is not known.
        None if session.connacks() > 0 => Verdict::NotApplicable,
        None => Verdict::Fail(Fault::new("DISCONNECT before CONNACK")),
    };
    verdict.given(context.history(Role::Server))
}
