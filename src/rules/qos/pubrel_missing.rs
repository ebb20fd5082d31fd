use crate::rule::prelude::*;

rule! {
    /// The sender of a PUBLISH with QoS 2 got PUBREC and did not send PUBREL.
    ///
    /// No deadline is set: the absence counts when the connection stayed open for the response timeout (30 s unless
    /// configured) and, to be certain, the sender was seen alive after it. A PUBREC with a Reason Code of 0x80 or above ends
    /// the exchange, and no PUBREL follows.
    ///
    /// ## Why it matters
    ///
    /// Receivers that pass a message on when it is released never pass this one on; its identifier stays blocked on both
    /// sides.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the sender are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1
    /// +40s C>S PINGREQ
    /// ```
    name: "pubrel-missing",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-1"],
    v5_0: ["MQTT-4.3.3-4"],
    on: [Packet(PacketType::Pubrel), Unanswered(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    // A rule of its own, which 3.1 does not have.
    let unsubscribed = matches!(context.event, Event::Unanswered { unanswered, .. } if unanswered.unsubscribed);
    if unsubscribed && context.version != Version::V3_1 {
        return Verdict::NotApplicable;
    }
    context.overdue(|pubrec| format!("the PUBREC with Packet Identifier {} got no PUBREL", pubrec.packet_id))
}
