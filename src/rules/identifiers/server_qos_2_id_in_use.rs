use crate::rule::prelude::*;

rule! {
    /// The server sent a new PUBLISH with QoS 2 under a Packet Identifier that is in use.
    ///
    /// The server has its own identifiers for what it sends: they are in use from its PUBLISH to the client's PUBACK, PUBCOMP
    /// or refusing PUBREC. A PUBLISH of the same content is a repeat, no new message.
    ///
    /// ## Why it matters
    ///
    /// The client has to take a PUBLISH under an identifier that was not released for the message it knows already, and drops
    /// it.
    ///
    /// ## Inconclusive
    ///
    /// When bytes are missing, or the session is older than the connection: identifiers in use then are not known.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C PUBLISH topic=a qos=2 packet_id=1 payload=one
    /// C>S PUBREC packet_id=1
    /// S>C PUBLISH topic=a qos=2 packet_id=1 payload=two
    /// ```
    name: "server-qos-2-id-in-use",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-4", "MQTT-4.3.3-1"],
    v5_0: ["MQTT-2.2.1-4", "MQTT-4.3.3-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::free_id_of_publish(context, 2)
}
