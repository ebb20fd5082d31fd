use crate::rule::prelude::*;

rule! {
    /// The server did not answer SUBSCRIBE with SUBACK.
    ///
    /// No deadline is set: the absence counts when the connection stayed open for the response timeout (30 s unless
    /// configured), from CONNACK on, and, to be certain, the server was seen alive after it.
    ///
    /// ## Why it matters
    ///
    /// The client does not know whether it will get messages; most libraries fail after a timeout of their own.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=7 filter=a:0
    /// +40s C>S PINGREQ
    /// S>C PINGRESP
    /// ```
    name: "subscribe-unanswered",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.8.4-1"],
    v5_0: ["MQTT-3.8.4-1"],
    on: [Packet(PacketType::Suback), Unanswered(PacketType::Suback)],
}

fn check(context: &Context<'_>) -> Verdict {
    context.overdue(|subscribe| format!("the SUBSCRIBE with Packet Identifier {} got no SUBACK", subscribe.packet_id))
}
