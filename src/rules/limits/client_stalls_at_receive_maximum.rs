use crate::rule::prelude::*;

rule! {
    /// The client owed an answer and sent it only when the server had acknowledged one of its own PUBLISH packets.
    ///
    /// With the Receive Maximum of the server reached, the client may not publish with QoS 1 or 2, but must go on with all
    /// other packets.
    ///
    /// An answer counts as held back when it took longer than the response timeout (30 s unless configured), the limit was
    /// reached for as long meanwhile, and the answer came shortly (5 s) after a place had become free. The cause lies inside
    /// the program, so this is never more than a suspicion.
    ///
    /// ## Why it matters
    ///
    /// Client and server may each wait for the other: nothing moves any more until the connection breaks.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK receive_maximum=1
    /// C>S PUBLISH topic=a qos=1 packet_id=1
    /// S>C PUBLISH topic=b qos=1 packet_id=9
    /// +40s S>C PUBACK packet_id=1
    /// C>S PUBACK packet_id=9
    /// ```
    name: "client-stalls-at-receive-maximum",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.4-8", "MQTT-4.9.0-3"],
    on: [Packet(PacketType::Puback), Packet(PacketType::Pubrec), Packet(PacketType::Pubrel), Packet(PacketType::Pubcomp)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::not_stalled(context)
}
