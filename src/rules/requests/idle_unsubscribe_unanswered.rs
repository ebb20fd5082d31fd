use crate::rule::prelude::*;

rule! {
    /// The server did not answer an UNSUBSCRIBE of Topic Filters that were not subscribed.
    ///
    /// UNSUBACK has to come also where there was nothing to delete. No deadline is set: the absence counts when the connection
    /// stayed open for the response timeout (30 s unless configured), from CONNACK on, and, to be certain, the server was seen
    /// alive after it.
    ///
    /// ## Why it matters
    ///
    /// Clients unsubscribe what an earlier run may have left behind, and wait for ever.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c1 clean_start=1
    /// S>C CONNACK
    /// C>S UNSUBSCRIBE packet_id=9 filter=never
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "idle-unsubscribe-unanswered",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.10.4-5", "MQTT-3.10.4-4"],
    v5_0: ["MQTT-3.10.4-5", "MQTT-3.10.4-4"],
    on: [Packet(PacketType::Unsuback), Unanswered(PacketType::Unsuback)],
}

fn check(context: &Context<'_>) -> Verdict {
    if !super::is_idle(context) {
        return Verdict::NotApplicable;
    }
    context.overdue(|unsubscribe| {
        format!("the UNSUBSCRIBE with Packet Identifier {} of nothing that was subscribed got no UNSUBACK", unsubscribe.packet_id)
    })
}
