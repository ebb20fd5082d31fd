use crate::rule::prelude::*;
use crate::session::SilenceEnd;

rule! {
    /// The server did not close although the client was silent for more than one and a half times its Keep Alive.
    ///
    /// The server gets a grace (1 s, or 5 % of the Keep Alive if that is more) and the time that closing may take (5 s unless
    /// configured) on top. Told as likely where nothing shows that the server was alive after that time.
    ///
    /// ## Why it matters
    ///
    /// Clients that are gone count as present: their wills are not published, their messages pile up.
    ///
    /// ## Inconclusive
    ///
    /// When bytes are missing, or those of the client were delayed by the network. Time in which the client was sending one
    /// long packet does not count. When the clock was set: where nothing at all was captured for half an hour and both sides go
    /// on behind it, it may have been.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 keep_alive=10
    /// S>C CONNACK
    /// +55s S>C PUBLISH topic=a
    /// ```
    name: "silent-client-not-closed",
    binds: Server,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.2-24"],
    v5_0: ["MQTT-3.1.2-22"],
    on: [Silence],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(silence) = context.silence() else { return Verdict::NotApplicable };
    let limit = silence.hard_limit() + context.grace(silence.keep_alive) + context.policy.close_timeout;
    let verdict = if silence.length > limit {
        let length = super::seconds(silence.length);
        let message =
            format!("not closed though the client was silent for {length} s with a Keep Alive of {} s", silence.keep_alive.as_secs());
        let fault = Fault::new(message).related(silence.since);
        Verdict::Fail(if silence.server_seen >= limit { fault } else { fault.likely() })
    } else if silence.end == SilenceEnd::Closed(Role::Server) && silence.length >= silence.hard_limit() {
        Verdict::Pass
    } else {
        Verdict::NotApplicable
    };
    verdict.given(silence.doubt.map_or(Ok(()), Err)).given(context.history(Role::Server))
}
