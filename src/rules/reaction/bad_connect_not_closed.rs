use crate::rule::prelude::*;
use crate::session::Reaction;

rule! {
    /// The server accepted a CONNECT that breaks the rules for one, or did not close after it.
    ///
    /// 3.1.1 wants such a connection closed without CONNACK; 5.0 allows a CONNACK that refuses. In 3.1 the server should close.
    /// Told as likely of values that a property may not have. `malformed-connect-answered` has the answers to a CONNECT that
    /// does not have the layout of one; names and levels of the protocol and the empty Client Identifier have rules of their
    /// own. The time is that of the capture, 5 s unless configured. Told as likely where nothing shows that the server was
    /// alive after it.
    ///
    /// ## Why it matters
    ///
    /// The server has guessed what the client meant. Two servers guess differently, and what one of them lets in may be an
    /// attack on the other.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first. A return code 4
    /// for a User Name that is not UTF-8 is not counted: that is how the code is worded.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 0e 00 04 "MQTT" 04 03 00 3c 00 02 "c1"    # bit 0 of the Connect Flags is set
    /// S>C CONNACK
    /// ```
    name: "bad-connect-not-closed",
    binds: Server,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.4-1", "MQTT-3.1.2-3", "MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-2.2.2-2"],
    v5_0: ["MQTT-3.1.4-1", "MQTT-3.1.2-3"],
    on: [AfterFault],
}

/// Faults that are no matter of section 3.1, of which other rules ask, or that a server need not look for (the payload).
const OTHERS: [&str; 7] = [
    "connect-not-first",
    "connect-repeated",
    "wrong-protocol-name",
    "empty-client-id-without-clean-session",
    "empty-will-topic",
    "wildcard-in-will-topic",
    "will-payload-not-utf8",
];

/// In the names of rules that find what is plainly not the format of a CONNECT. Values that a property may not have are not.
const PLAIN: [&str; 11] = [
    "reserved-",
    "will-qos-",
    "will-retain-",
    "unannounced-",
    "-missing",
    "-incomplete",
    "-cut-short",
    "bytes-behind-",
    "password-without-",
    "-not-utf8",
    "nul-in-",
];

/// The one statement of 3.1.1 that forbids a CONNACK before closing, and the only one that 3.1 has too.
const CONFORMS: &[&str] = &["MQTT-3.1.4-1"];

fn check(context: &Context<'_>) -> Verdict {
    let (Some(trigger), Some(reaction)) = (context.trigger(), context.reaction()) else { return Verdict::NotApplicable };
    let counts = |fault: &str| match context.version {
        // The bits are "not used" there.
        Version::V3_1 => !fault.starts_with("reserved-") && !OTHERS.contains(&fault),
        _ => !OTHERS.contains(&fault),
    };
    if trigger.packet != Some(PacketType::Connect) || !context.faults().iter().any(|fault| counts(fault)) {
        return Verdict::NotApplicable;
    }
    let has = |part: &str| context.faults().iter().any(|fault| fault.contains(part));
    let clauses: &'static [&'static str] = if context.version == Version::V3_1 {
        CONFORMS
    } else if has("reserved-connect-flag") {
        &["MQTT-3.1.2-3", "MQTT-3.1.4-1"]
    } else if context.version == Version::V5_0 {
        CONFORMS
    } else if has("-not-utf8") {
        &["MQTT-3.1.4-1", "MQTT-1.5.3-1"]
    } else if has("nul-in-") {
        &["MQTT-3.1.4-1", "MQTT-1.5.3-2"]
    } else if has("reserved-flags-set") {
        &["MQTT-3.1.4-1", "MQTT-2.2.2-2"]
    } else {
        CONFORMS
    };
    if let Reaction::Answered { with: PacketType::Connack, code, .. } = reaction {
        let user_name = context.faults().iter().all(|fault| matches!(*fault, "user-name-not-utf8" | "nul-in-user-name"));
        match code {
            _ if trigger.malformed && context.version != Version::V3_1 => return Verdict::NotApplicable,
            Some(0) => {}
            Some(4) if user_name => return Verdict::NotApplicable,
            // The answer of a server that speaks 5.0 only, which may refuse.
            Some(0x84) => return Verdict::NotApplicable,
            Some(code) if context.version == Version::V3_1_1 => {
                let message = format!("a CONNECT that breaks the rules was answered with code {code} instead of closing");
                let fault = Fault::new(message).related(trigger.stamp).citing(CONFORMS);
                return Verdict::Fail(fault).given(context.whole_history());
            }
            _ => return Verdict::NotApplicable,
        }
    }
    let verdict = super::citing(context.closed_after("a CONNECT that breaks the rules"), clauses);
    let plain = trigger.malformed || context.faults().iter().any(|fault| PLAIN.iter().any(|part| fault.contains(part)));
    match verdict {
        Verdict::Fail(fault) if !plain => Verdict::Fail(fault.likely()),
        verdict => verdict,
    }
}
