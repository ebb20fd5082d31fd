use crate::rule::prelude::*;

rule! {
    /// The client sent a new PUBLISH with QoS 1 under a Packet Identifier that is in use.
    ///
    /// An identifier is in use from PUBLISH to PUBACK (QoS 1), to PUBCOMP or a refusing PUBREC (QoS 2), from SUBSCRIBE to
    /// SUBACK and from UNSUBSCRIBE to UNSUBACK. A PUBLISH of the same content is a repeat, no new message; one answered with
    /// the wrong kind of packet counts as free.
    ///
    /// ## Why it matters
    ///
    /// The server may take the new message for a repeat and drop it, and the PUBACK that comes may be for either.
    ///
    /// ## Inconclusive
    ///
    /// When bytes are missing, or the session is older than the connection: identifiers in use then are not known.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=1 packet_id=5 payload=one
    /// C>S PUBLISH topic=a qos=1 packet_id=5 payload=two
    /// ```
    name: "client-qos-1-id-in-use",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-2", "MQTT-4.3.2-1"],
    v5_0: ["MQTT-2.2.1-3", "MQTT-4.3.2-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::free_id_of_publish(context, 1)
}
