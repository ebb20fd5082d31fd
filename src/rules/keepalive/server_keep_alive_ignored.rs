use crate::rule::prelude::*;

rule! {
    /// The client was silent for more than one and a half times the Server Keep Alive, which is shorter than its own.
    ///
    /// With Server Keep Alive in CONNACK the server says which Keep Alive counts. A silence that is a little too long is
    /// `keep-alive-late`.
    ///
    /// ## Why it matters
    ///
    /// The client has not looked at the property: it keeps to the time that it asked for, and the server closes the connection
    /// again and again.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing in the silence, or were delayed by the network. When the clock was set: where nothing
    /// at all was captured for half an hour and both sides go on behind it, it may have been.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 keep_alive=60
    /// S>C CONNACK server_keep_alive=10
    /// +45s C>S PINGREQ
    /// ```
    name: "server-keep-alive-ignored",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.1.2-21", "MQTT-3.2.2-21", "MQTT-3.1.2-20"],
    on: [LongSilence],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(silence) = context.silence() else { return Verdict::NotApplicable };
    match () {
        () if !super::is_shortened(context) => Verdict::NotApplicable,
        () if silence.length <= silence.keep_alive + context.grace(silence.keep_alive) => Verdict::Pass,
        () if super::is_exceeded(context, silence) => super::blame_client(silence, silence.hard_limit()),
        () => Verdict::NotApplicable,
    }
}
