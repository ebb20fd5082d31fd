use crate::rule::prelude::*;

rule! {
    /// The client was silent for longer than its Keep Alive, though not so long that the server had to close.
    ///
    /// What counts are the packets that the *client* sends; a client that restarts its timer when it receives something breaks
    /// the rule. The limit is the Keep Alive of CONNECT, or 5.0's Server Keep Alive, plus a grace for the network: 1 s, or 5 % if
    /// that is more. Told as likely where nothing shows that the client was alive after that time.
    ///
    /// ## Why it matters
    ///
    /// It went well this time. With a little more delay the server closes the connection, and the client's will is published.
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
    /// +13s C>S PINGREQ
    /// ```
    name: "keep-alive-late",
    binds: Client,
    severity: Warning,
    v3_1: Same,
    v3_1_1: ["MQTT-3.1.2-23"],
    v5_0: ["MQTT-3.1.2-20"],
    on: [Silence],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(silence) = context.silence() else { return Verdict::NotApplicable };
    let limit = silence.keep_alive + context.grace(silence.keep_alive);
    match () {
        () if silence.length <= limit => Verdict::Pass,
        () if super::is_exceeded(context, silence) => Verdict::NotApplicable,
        () => super::blame_client(silence, limit),
    }
}
