use crate::rule::prelude::*;

rule! {
    /// PUBCOMP carries a Packet Identifier with which the other side sent no PUBREL.
    ///
    /// A PUBCOMP for a PUBLISH with QoS 2 that was not released yet is `pubcomp-before-pubrel`.
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
    v3_1_1: ["MQTT-4.3.3-2"],
    v5_0: ["MQTT-2.2.1-5"],
    on: [Packet(PacketType::Pubcomp)],
}

fn check(context: &Context<'_>) -> Verdict {
    let verdict = super::known_id(context, "sent no PUBREL with it");
    if matches!(verdict, Verdict::Pass) { verdict } else { verdict.given(context.session.is_fresh(context.subject)) }
}
