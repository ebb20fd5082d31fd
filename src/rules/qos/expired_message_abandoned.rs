use crate::rule::prelude::*;

rule! {
    /// The receiver of a message with QoS 2 did not go on with its acknowledgements after the message had expired.
    ///
    /// The message has a Message Expiry Interval, which has passed; PUBREC or PUBCOMP is missing. No deadline is set: the
    /// absence counts when the connection stayed open for the response timeout (30 s unless configured) and, to be certain,
    /// the receiver was seen alive after it.
    ///
    /// ## Why it matters
    ///
    /// Expiry ends the use of a message, not its exchange: the sender keeps the identifier blocked and one place of its
    /// window taken, for ever.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the receiver are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1 message_expiry_interval=1
    /// S>C PUBREC packet_id=1
    /// +10s C>S PUBREL packet_id=1
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "expired-message-abandoned",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.3.3-13", "MQTT-4.3.3-8", "MQTT-4.3.3-11"],
    on: [Packet(PacketType::Pubrec), Packet(PacketType::Pubcomp), Unanswered(PacketType::Pubrec), Unanswered(PacketType::Pubcomp)],
}

const PUBREC: &[&str] = &["MQTT-4.3.3-13", "MQTT-4.3.3-8"];
const PUBCOMP: &[&str] = &["MQTT-4.3.3-13", "MQTT-4.3.3-11"];

fn check(context: &Context<'_>) -> Verdict {
    if !context.is_expired() {
        return Verdict::NotApplicable;
    }
    let verdict = context.overdue(|waiting| {
        let (request, awaited) = (waiting.request.name(), waiting.awaits.name());
        format!("the {request} with Packet Identifier {} got no {awaited} after its message had expired", waiting.packet_id)
    });
    match (verdict, context.event) {
        (Verdict::Fail(fault), Event::Unanswered { unanswered, .. }) => {
            Verdict::Fail(fault.citing(if unanswered.awaits == PacketType::Pubrec { PUBREC } else { PUBCOMP }))
        }
        (verdict, _) => verdict,
    }
}
