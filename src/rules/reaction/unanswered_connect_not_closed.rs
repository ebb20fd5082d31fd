use crate::rule::prelude::*;

rule! {
    /// The client got no CONNACK and did not close.
    ///
    /// No time is set: the response timeout (30 s unless configured) and the time that closing may take (5 s) have passed.
    /// Told as likely where nothing shows that the client was alive after that.
    ///
    /// ## Why it matters
    ///
    /// The client hangs where a new attempt, perhaps to another server, would help.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before that time.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1
    /// +120s C>S ACK
    /// ```
    name: "unanswered-connect-not-closed",
    binds: Client,
    severity: Warning,
    v3_1: Same,
    v3_1_1: ["PE3-3.2-1"],
    v5_0: [],
    on: [InVain(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::gave_up(context, context.policy.response_timeout, "CONNACK")
}
