use crate::rule::prelude::*;

rule! {
    /// The client got no PINGRESP and did not close.
    ///
    /// No time is set: the response timeout (30 s unless configured; in 3.1 at least one Keep Alive) and the time that
    /// closing may take (5 s) have passed. Told as likely where nothing shows that the client was alive after that.
    ///
    /// ## Why it matters
    ///
    /// That PINGREQ is for: to find out that the server, or the way to it, is gone.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before that time.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PINGREQ
    /// +60s C>S PINGREQ
    /// ```
    name: "unanswered-pingreq-not-closed",
    binds: Client,
    severity: Warning,
    v3_1: Same,
    v3_1_1: ["PE3-3.1.2.10-1"],
    v5_0: [],
    on: [InVain(PacketType::Pingresp)],
}

fn check(context: &Context<'_>) -> Verdict {
    let patience = context.policy.response_timeout;
    let keep_alive = context.session.keep_alive().in_force().filter(|_| context.version == Version::V3_1);
    super::gave_up(context, keep_alive.map_or(patience, |keep_alive| patience.max(keep_alive)), "PINGRESP")
}
