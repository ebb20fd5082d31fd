use crate::rule::prelude::*;

rule! {
    /// The server owed an answer and sent it only when the client had acknowledged one of its PUBLISH packets.
    ///
    /// With the Receive Maximum of the client reached, the server may not publish with QoS 1 or 2, but must go on with all
    /// other packets.
    ///
    /// An answer counts as held back when it took longer than the response timeout (30 s unless configured), the limit was
    /// reached for as long meanwhile, and the answer came shortly (5 s) after a place had become free. The cause lies inside
    /// the program, so this is never more than a suspicion.
    ///
    /// ## Why it matters
    ///
    /// A client that is slow to take messages gets no answer to its PINGREQ or SUBSCRIBE either, and gives the connection up.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 receive_maximum=1
    /// S>C CONNACK
    /// S>C PUBLISH topic=a qos=1 packet_id=1
    /// C>S SUBSCRIBE packet_id=2 filter=t
    /// +40s C>S PUBACK packet_id=1
    /// S>C SUBACK packet_id=2 codes=0
    /// ```
    name: "server-stalls-at-receive-maximum",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.4-10", "MQTT-4.9.0-3"],
    on: [Packet(PacketType::Puback), Packet(PacketType::Pubrec), Packet(PacketType::Pubrel), Packet(PacketType::Pubcomp), Packet(PacketType::Suback), Packet(PacketType::Unsuback), Packet(PacketType::Pingresp)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::not_stalled(context)
}
