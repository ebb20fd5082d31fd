use crate::rule::prelude::*;

rule! {
    /// The receiver of a PUBLISH with QoS 2 did not answer PUBREL with PUBCOMP.
    ///
    /// Each PUBREL gets a PUBCOMP, also one whose identifier the receiver does not know (in 5.0 with Reason Code 0x92). No
    /// deadline is set: the absence counts when the connection stayed open for the response timeout (30 s unless configured)
    /// and, to be certain, the receiver was seen alive after it.
    ///
    /// ## Why it matters
    ///
    /// The identifier stays blocked and counts against the window; PUBREL is sent again after each reconnect.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the receiver are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBREL packet_id=1
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "pubcomp-missing",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-2"],
    v5_0: ["MQTT-4.3.3-11"],
    on: [Packet(PacketType::Pubcomp), Unanswered(PacketType::Pubcomp)],
}

fn check(context: &Context<'_>) -> Verdict {
    // A rule of its own.
    if matches!(context.event, Event::Unanswered { .. }) && context.is_expired() {
        return Verdict::NotApplicable;
    }
    context.overdue(|pubrel| format!("the PUBREL with Packet Identifier {} got no PUBCOMP", pubrel.packet_id))
}
