use crate::rule::prelude::*;

rule! {
    /// PUBCOMP carries a Packet Identifier with which the other side sent no PUBREL.
    ///
    /// A PUBCOMP for a PUBLISH with QoS 1 is an answer that does not fit its QoS. One for a PUBLISH with QoS 2 that was not
    /// released yet is `pubcomp-before-pubrel`.
    ///
    /// ## Why it matters
    ///
    /// The exchange that was meant does not end: PUBREL is sent again and again after each reconnect.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the other side are missing, or the session is older than the connection: PUBREL may be from then.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBREL packet_id=5
    /// S>C PUBCOMP packet_id=6
    /// ```
    name: "pubcomp-for-unknown-id",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-2", "MQTT-3.3.4-1"],
    v5_0: ["MQTT-2.2.1-5", "MQTT-3.3.4-1"],
    on: [Packet(PacketType::Pubcomp)],
}

const WRONG_KIND: &[&str] = &["MQTT-3.3.4-1"];

fn check(context: &Context<'_>) -> Verdict {
    let clauses: &[&str] = match context.step() {
        Step::WrongKind { .. } => WRONG_KIND,
        _ if context.version == Version::V5_0 => &["MQTT-2.2.1-5"],
        _ => &["MQTT-4.3.3-2"],
    };
    match super::known_id(context, "sent no PUBREL with it") {
        Verdict::Pass => Verdict::Pass,
        Verdict::Fail(fault) => Verdict::Fail(fault.citing(clauses)).given(context.session.is_fresh(context.subject)),
        verdict => verdict.given(context.session.is_fresh(context.subject)),
    }
}
