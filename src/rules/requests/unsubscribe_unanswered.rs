use crate::rule::prelude::*;

rule! {
    /// The server did not answer UNSUBSCRIBE with UNSUBACK.
    ///
    /// No deadline is set: the absence counts when the connection stayed open for the response timeout (30 s unless
    /// configured), from CONNACK on, and, to be certain, the server was seen alive after it. An UNSUBSCRIBE of what was never
    /// subscribed is `idle-unsubscribe-unanswered`.
    ///
    /// ## Why it matters
    ///
    /// The client does not know whether it will get further messages; its identifier stays blocked.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S UNSUBSCRIBE packet_id=9 filter=a
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "unsubscribe-unanswered",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.10.4-4"],
    v5_0: ["MQTT-3.10.4-4"],
    on: [Packet(PacketType::Unsuback), Unanswered(PacketType::Unsuback)],
}

fn check(context: &Context<'_>) -> Verdict {
    if super::is_idle(context) && context.version != Version::V3_1 {
        return Verdict::NotApplicable;
    }
    context.overdue(|unsubscribe| format!("the UNSUBSCRIBE with Packet Identifier {} got no UNSUBACK", unsubscribe.packet_id))
}
