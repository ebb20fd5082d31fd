use crate::rule::prelude::*;

rule! {
    /// A CONNACK refuses the connection and says that a session is present.
    ///
    /// ## Why it matters
    ///
    /// A refused connection has no session. A client that looks at the flag first goes on as if it were connected,
    /// and may drop the messages that it should send again.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c clean_start=0
    /// S>C 20 02 01 05                not authorized, session present
    /// ```
    name: "session-present-on-refusal",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.2.2-4"],
    v5_0: ["MQTT-3.2.2-6"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((connack, code)) = context.connack().and_then(|connack| Some((connack, connack.code?))) else {
        return Verdict::NotApplicable;
    };
    if code == 0 {
        return Verdict::NotApplicable;
    }
    Verdict::require(connack.session_present() != Some(true), || {
        Fault::new(format!("Session Present is 1, though the code 0x{code:02x} refuses the connection")).at(connack.flags_at, 1)
    })
}
