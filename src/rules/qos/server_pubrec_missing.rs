use crate::rule::prelude::*;

rule! {
    /// The server neither answered a PUBLISH with QoS 2 with PUBREC nor closed.
    ///
    /// A server that does not let the client publish to a topic has to answer all the same, or to close; 5.0 has Reason Codes
    /// for it. No deadline is set: the absence counts when the connection stayed open for the response timeout (30 s unless
    /// configured), from CONNACK on, and, to be certain, the server was seen alive after it.
    ///
    /// ## Why it matters
    ///
    /// The client keeps the message and its identifier for ever, and sends it again after each reconnect.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=forbidden qos=2 packet_id=5
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "server-pubrec-missing",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-2", "MQTT-3.3.4-1", "MQTT-3.3.5-2"],
    v5_0: ["MQTT-4.3.3-8", "MQTT-3.3.4-1"],
    on: [Packet(PacketType::Pubrec), Unanswered(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    // A rule of its own.
    if matches!(context.event, Event::Unanswered { .. }) && context.is_expired() {
        return Verdict::NotApplicable;
    }
    context.overdue(|publish| format!("the PUBLISH with Packet Identifier {} got no PUBREC", publish.packet_id))
}
