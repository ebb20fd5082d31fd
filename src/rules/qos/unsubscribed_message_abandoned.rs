use crate::rule::prelude::*;

rule! {
    /// The server did not complete a message with QoS 2 after the client had unsubscribed its topic.
    ///
    /// Deleting a subscription ends new deliveries; what the server has begun to send it has to complete. Seen where the
    /// filter of UNSUBSCRIBE is the Topic Name itself, and PUBREC got no PUBREL for as long as an answer may take (30 s unless
    /// configured).
    ///
    /// ## Why it matters
    ///
    /// The client keeps the identifier blocked and waits for PUBREL; one that passes messages on when they are released loses
    /// the message.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C PUBLISH topic=t qos=2 packet_id=1
    /// C>S UNSUBSCRIBE packet_id=9 filter=t
    /// C>S PUBREC packet_id=1
    /// S>C UNSUBACK packet_id=9
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "unsubscribed-message-abandoned",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.10.4-3", "MQTT-4.3.3-1"],
    v5_0: ["MQTT-3.10.4-3", "MQTT-4.3.3-4"],
    on: [Unanswered(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.event {
        Event::Unanswered { unanswered, .. } if unanswered.unsubscribed => context.overdue(|pubrec| {
            format!("the PUBREC with Packet Identifier {} got no PUBREL after the topic was unsubscribed", pubrec.packet_id)
        }),
        _ => Verdict::NotApplicable,
    }
}
