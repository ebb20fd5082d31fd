use crate::rule::prelude::*;

rule! {
    /// The server neither answered nor closed after a CONNECT with a Protocol Level that no standard defines.
    ///
    /// No time is set for the answer: its absence counts when the connection stayed open for the response timeout (30 s unless
    /// configured) and, to be certain, the server was seen alive after it.
    ///
    /// ## Why it matters
    ///
    /// The client hangs, where CONNACK 1 would tell it to try an older version.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 protocol_level=6
    /// +60s S>C ACK
    /// ```
    name: "unknown-level-not-closed",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.2-2"],
    v5_0: [],
    on: [Unanswered(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.session.connect().and_then(|connect| connect.protocol_level.filter(|_| connect.version.is_none())) {
        Some(level) => {
            context.overdue(|_| format!("CONNECT with the unknown Protocol Level {level} was neither answered nor the connection closed"))
        }
        None => Verdict::NotApplicable,
    }
}
