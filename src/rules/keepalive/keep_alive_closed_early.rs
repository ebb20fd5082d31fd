use std::time::Duration;

use crate::rule::prelude::*;
use crate::session::Doubt;

/// Reason Code "Keep Alive timeout".
const KEEP_ALIVE_TIMEOUT: u8 = 0x8d;

rule! {
    /// The server closed for a Keep Alive timeout that had not passed.
    ///
    /// The server has to wait for one and a half times the Keep Alive that the client announced, unless it gave another one in
    /// CONNACK (Server Keep Alive). A grace is subtracted: 1 s, or 5 % if that is more. With a Keep Alive of 0 there is no timeout.
    ///
    /// ## Why it matters
    ///
    /// The client keeps to what was agreed and is thrown out. Servers with a limit of their own have to announce it.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing, or had not reached the server: then it may have heard of the client for the last
    /// time long before.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 keep_alive=60
    /// S>C CONNACK
    /// +30s S>C DISCONNECT code=0x8d
    /// ```
    name: "keep-alive-closed-early",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-22"],
    on: [Packet(PacketType::Disconnect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (session, Some(judged)) = (context.session, context.judged()) else { return Verdict::NotApplicable };
    let Some((connect, connack)) = session.connect().zip(session.connack()) else { return Verdict::NotApplicable };
    if judged.packet.reason_code() != Some(KEEP_ALIVE_TIMEOUT) || connack.server_keep_alive.is_some() || !connack.is_clear {
        return Verdict::NotApplicable;
    }
    let (Some(seconds), Some(last)) = (connect.keep_alive, session.last_packet(Role::Client)) else { return Verdict::NotApplicable };
    let keep_alive = Duration::from_secs(u64::from(seconds));
    let silent = judged.framed.end.time.since(last.time);
    let enough = (keep_alive + keep_alive / 2).saturating_sub(context.grace(keep_alive));
    let verdict = Verdict::require(seconds > 0 && silent >= enough, || {
        let silent = super::seconds(silent);
        Fault::new(format!("Keep Alive timeout after {silent} s of silence with a Keep Alive of {seconds} s")).related(last)
    });
    let heard = match () {
        () if session.is_behind(judged.framed, Role::Server) => Err(Doubt::Delayed),
        // No time at all passes in a capture without times.
        () if silent.is_zero() || session.keep_alive().is_set_back() => Err(Doubt::Clock),
        () => Ok(()),
    };
    verdict.given(context.history(Role::Client)).given(heard)
}
