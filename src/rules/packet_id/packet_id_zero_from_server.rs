use crate::rule::prelude::*;

rule! {
    /// The server sends a PUBLISH with QoS 1 or 2 with the Packet Identifier 0.
    ///
    /// ## Why it matters
    ///
    /// Identifiers begin with 1: 0 stands for "none" in many implementations, so the acknowledgement is lost or
    /// matched with nothing, and the message stays in the queue of the server.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// S>C 32 05 00 01 61 00 00       QoS 1, identifier 0
    /// ```
    name: "packet-id-zero-from-server",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-1"],
    v5_0: ["MQTT-2.2.1-4"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((packet, id)) = context.packet().and_then(|packet| Some((packet, packet.packet_id()?))) else {
        return Verdict::NotApplicable;
    };
    // What QoS 3 should have nobody knows.
    if context.publish().is_some() && packet.header.qos_bits() == 3 {
        return Verdict::NotApplicable;
    }
    Verdict::require(id != 0, || {
        let fault = Fault::new(format!("{} has the Packet Identifier 0", packet.packet_type()));
        packet.packet_id_at().map_or(fault.clone(), |at| fault.at(at, 2))
    })
}
