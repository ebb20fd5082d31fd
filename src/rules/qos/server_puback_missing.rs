use crate::rule::prelude::*;

rule! {
    /// The server neither acknowledged a PUBLISH with QoS 1 nor closed.
    ///
    /// A server that does not let the client publish to a topic has to acknowledge the message all the same, or to close; 5.0
    /// has Reason Codes for it. No deadline is set: the absence counts when the connection stayed open for the response
    /// timeout (30 s unless configured), from CONNACK on, and, to be certain, the server was seen alive after it.
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
    /// C>S PUBLISH topic=forbidden qos=1 packet_id=5
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "server-puback-missing",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.2-2", "MQTT-3.3.4-1", "MQTT-3.3.5-2"],
    v5_0: ["MQTT-4.3.2-4", "MQTT-3.3.4-1"],
    on: [Packet(PacketType::Puback), Unanswered(PacketType::Puback)],
}

fn check(context: &Context<'_>) -> Verdict {
    context.overdue(|publish| format!("the PUBLISH with Packet Identifier {} got no PUBACK", publish.packet_id))
}
