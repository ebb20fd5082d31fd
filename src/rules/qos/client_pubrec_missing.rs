use crate::rule::prelude::*;

rule! {
    /// The client did not answer a PUBLISH with QoS 2 with PUBREC.
    ///
    /// Each PUBLISH with QoS 2 gets a PUBREC, whether the client has a use for the message or not. No deadline is set: the
    /// absence counts when the connection stayed open for the response timeout (30 s unless configured) and, to be certain,
    /// the client was seen alive after it.
    ///
    /// ## Why it matters
    ///
    /// The message blocks a place in the server's window. When all are taken, the client gets no more messages.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C PUBLISH topic=a qos=2 packet_id=1
    /// +40s C>S PINGREQ
    /// ```
    name: "client-pubrec-missing",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.5.0-2", "MQTT-4.3.3-2", "MQTT-3.3.4-1"],
    v5_0: ["MQTT-4.5.0-2", "MQTT-4.3.3-8", "MQTT-3.3.4-1"],
    on: [Packet(PacketType::Pubrec), Unanswered(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    // A rule of its own.
    if matches!(context.event, Event::Unanswered { .. }) && context.is_expired() {
        return Verdict::NotApplicable;
    }
    context.overdue(|publish| format!("the PUBLISH with Packet Identifier {} got no PUBREC", publish.packet_id))
}
