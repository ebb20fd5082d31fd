use crate::rule::prelude::*;
use crate::session::{Cause, Trigger};

rule! {
    /// The server refused the connection with CONNACK and did not close it.
    ///
    /// The time is that of the capture, 5 s unless configured. Told as likely where nothing shows that the server was alive
    /// after it. Answers to what the client sends then are a matter of `answered-after-refusal`.
    ///
    /// ## Why it matters
    ///
    /// Refused clients hold connections open: a server with a limit on them can be filled without a password.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK code=5
    /// +60s S>C ACK
    /// ```
    name: "refused-client-not-closed",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.2.2-5", "MQTT-3.1.3-9", "MQTT-3.1.3-8", "MQTT-3.1.2-2"],
    v5_0: ["MQTT-3.2.2-7", "MQTT-4.13.2-1", "MQTT-3.1.4-2", "MQTT-3.1.3-8", "MQTT-3.1.2-1", "MQTT-3.1.2-2", "MQTT-4.12.0-1", "MQTT-4.12.0-4", "MQTT-4.13.1-1"],
    on: [AfterRefusal],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(Trigger { cause: Cause::Refusal(code), .. }) = context.trigger() else { return Verdict::NotApplicable };
    let clauses = if context.version == Version::V5_0 { v5_0(context, *code) } else { v3_1_1(context, *code) };
    if clauses.is_empty() {
        return Verdict::NotApplicable;
    }
    super::citing(context.closed_after(&format!("the CONNACK that refused with code 0x{code:02x}")), clauses)
}

fn v3_1_1(context: &Context<'_>, code: u8) -> &'static [&'static str] {
    let connect = context.session.connect();
    match code {
        1 if connect.is_some_and(|connect| connect.version.is_none()) => &["MQTT-3.1.2-2", "MQTT-3.2.2-5"],
        2 if connect.is_some_and(|connect| connect.client_id.is_empty() && !connect.clean_start) => {
            &["MQTT-3.1.3-8", "MQTT-3.1.3-9", "MQTT-3.2.2-5"]
        }
        2 => &["MQTT-3.1.3-9", "MQTT-3.2.2-5"],
        _ => &["MQTT-3.2.2-5"],
    }
}

/// None for a code that does not refuse.
fn v5_0(context: &Context<'_>, code: u8) -> &'static [&'static str] {
    let connect = context.session.connect();
    let asks_method = || connect.is_some_and(|connect| connect.authentication_method.is_some());
    // The server asked for more before it refused; codes that name another cause do not reject the authentication.
    let asked = || context.session.first_packet(Role::Server).is_some_and(|(first, _)| first == PacketType::Auth);
    match code {
        ..=0x7f => &[],
        0x84 if connect.is_some_and(|connect| connect.version != Some(Version::V5_0)) => &["MQTT-3.1.2-2", "MQTT-3.2.2-7", "MQTT-4.13.2-1"],
        0x84 if connect.is_some_and(|connect| *connect.protocol_name != *b"MQTT") => &["MQTT-3.1.2-1", "MQTT-3.2.2-7", "MQTT-4.13.2-1"],
        0x85 => &["MQTT-3.1.3-8", "MQTT-3.2.2-7", "MQTT-4.13.2-1", "MQTT-3.1.4-2"],
        0x81 | 0x82 | 0x93 | 0x95 | 0x9a | 0x9b | 0x9e | 0xa1 | 0xa2 => &["MQTT-4.13.1-1", "MQTT-3.2.2-7", "MQTT-4.13.2-1"],
        0x80 | 0x83 if asked() => &["MQTT-4.12.0-4", "MQTT-3.2.2-7", "MQTT-4.13.2-1"],
        0x86 | 0x87 | 0x8c if asked() => &["MQTT-4.12.0-4", "MQTT-3.2.2-7", "MQTT-4.13.2-1", "MQTT-3.1.4-2"],
        0x8c if asks_method() => &["MQTT-4.12.0-1", "MQTT-3.2.2-7", "MQTT-4.13.2-1", "MQTT-3.1.4-2"],
        0x86 | 0x87 | 0x8a | 0x8c | 0x90 | 0x99 => &["MQTT-3.1.4-2", "MQTT-3.2.2-7", "MQTT-4.13.2-1"],
        // Busy, moved, a quota, or no reason at all: nothing says that a check of the CONNECT failed.
        _ => &["MQTT-3.2.2-7", "MQTT-4.13.2-1"],
    }
}
