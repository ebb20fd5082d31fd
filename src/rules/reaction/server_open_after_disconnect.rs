use crate::rule::prelude::*;
use crate::session::{Cause, Trigger};

rule! {
    /// The server said DISCONNECT and did not close the connection.
    ///
    /// The time is that of the capture, 5 s unless configured. Told as likely where nothing shows that the server was alive
    /// after it.
    ///
    /// ## Why it matters
    ///
    /// The client may take the connection for alive, and never come back on a new one.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C DISCONNECT code=0x8b
    /// +60s S>C ACK
    /// ```
    name: "server-open-after-disconnect",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.14.4-2", "MQTT-4.13.2-1", "MQTT-4.13.1-1", "MQTT-4.12.1-2"],
    on: [AfterDisconnect],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(&Trigger { cause: Cause::Disconnect(code), .. }) = context.trigger() else { return Verdict::NotApplicable };
    let code = code.unwrap_or(0);
    let clauses: &'static [&'static str] = match code {
        ..=0x7f => &["MQTT-3.14.4-2"],
        0x81 | 0x82 | 0x93 | 0x95 | 0x9a | 0x9b | 0x9e | 0xa1 | 0xa2 => &["MQTT-3.14.4-2", "MQTT-4.13.2-1", "MQTT-4.13.1-1"],
        _ if super::ends_reauthentication(context, code) => &["MQTT-3.14.4-2", "MQTT-4.13.2-1", "MQTT-4.12.1-2"],
        _ => &["MQTT-3.14.4-2", "MQTT-4.13.2-1"],
    };
    super::citing(context.closed_after("its DISCONNECT"), clauses)
}
