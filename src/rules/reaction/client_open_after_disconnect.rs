use crate::rule::prelude::*;
use crate::session::{Cause, Trigger};

rule! {
    /// The client said DISCONNECT and did not close the connection.
    ///
    /// The time is that of the capture, 5 s unless configured. Told as likely where nothing shows that the client was alive
    /// after it. 3.1 only says that the client is about to close: there it is a warning.
    ///
    /// ## Why it matters
    ///
    /// The server keeps a connection that nobody uses, and a client that waits for the server to close may wait for long.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the server closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S DISCONNECT
    /// +60s C>S ACK
    /// ```
    name: "client-open-after-disconnect",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.14.4-1"],
    v5_0: ["MQTT-3.14.4-2", "MQTT-4.13.2-1", "MQTT-4.12.1-2"],
    on: [AfterDisconnect],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(&Trigger { cause: Cause::Disconnect(code), .. }) = context.trigger() else { return Verdict::NotApplicable };
    let code = code.unwrap_or(0);
    let clauses: &'static [&'static str] = match context.version {
        Version::V3_1 | Version::V3_1_1 => &["MQTT-3.14.4-1"],
        Version::V5_0 if super::ends_reauthentication(context, code) => &["MQTT-3.14.4-2", "MQTT-4.13.2-1", "MQTT-4.12.1-2"],
        Version::V5_0 if code >= 0x80 => &["MQTT-3.14.4-2", "MQTT-4.13.2-1"],
        Version::V5_0 => &["MQTT-3.14.4-2"],
    };
    super::citing(context.closed_after("its DISCONNECT"), clauses)
}
