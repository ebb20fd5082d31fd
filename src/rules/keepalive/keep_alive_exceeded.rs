use crate::rule::prelude::*;

rule! {
    /// The client was silent for more than one and a half times its Keep Alive.
    ///
    /// What counts are the packets that the *client* sends; a client that restarts its timer when it receives something breaks
    /// the rule. A grace is allowed on top: 1 s, or 5 % of the Keep Alive if that is more; none where the server closed for the
    /// silence. Told as likely where nothing shows that the client was alive after that time: it, or the network, may have
    /// been gone. A warning in 3.1, which says what the client does without demanding it.
    ///
    /// ## Why it matters
    ///
    /// The server has to close, and publishes the will: the client is reported dead though it is alive.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing in the silence, or were delayed by the network. When the clock was set: where nothing
    /// at all was captured for half an hour and both sides go on behind it, it may have been.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 keep_alive=10
    /// S>C CONNACK
    /// +30s C>S PINGREQ
    /// ```
    name: "keep-alive-exceeded",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.2-23"],
    v5_0: ["MQTT-3.1.2-20"],
    on: [Silence],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(silence) = context.silence() else { return Verdict::NotApplicable };
    match () {
        () if silence.length <= silence.keep_alive + context.grace(silence.keep_alive) => Verdict::Pass,
        () if !super::is_exceeded(context, silence) || super::is_shortened(context) => Verdict::NotApplicable,
        () => super::blame_client(silence, silence.hard_limit()),
    }
}
