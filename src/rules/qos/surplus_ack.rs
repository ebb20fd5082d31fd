use crate::rule::prelude::*;

rule! {
    /// A PUBLISH was acknowledged more often than it was sent.
    ///
    /// Each transmission entitles its receiver to one PUBACK or PUBREC. Told as likely: an acknowledgement may answer a
    /// PUBLISH that was taken for another.
    ///
    /// ## Why it matters
    ///
    /// The surplus acknowledgement ends the next message under this identifier before it arrived.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, or the session is older than the connection.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=1 packet_id=1
    /// S>C PUBACK packet_id=1
    /// S>C PUBACK packet_id=1
    /// ```
    name: "surplus-ack",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-6"],
    v5_0: ["MQTT-2.2.1-5"],
    on: [Packet(PacketType::Puback), Packet(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::not_surplus(context, "PUBLISHes")
}
