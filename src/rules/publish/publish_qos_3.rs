use crate::rule::prelude::*;

rule! {
    /// A PUBLISH has QoS 3: both QoS bits are set.
    ///
    /// ## Why it matters
    ///
    /// There is no such QoS. Whether a Packet Identifier stands in the packet is not defined, so nothing behind the
    /// topic can be read; the receiver closes the connection.
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
    /// C>S 36 05 00 01 61 00 01       bits 1 and 2 of the first byte are set
    /// ```
    name: "publish-qos-3",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.3.1-4"],
    v5_0: ["MQTT-3.3.1-4"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(header) = context.header() else { return Verdict::NotApplicable };
    Verdict::require(header.qos_bits() != 3, || Fault::new("the QoS bits are 11").at(0, 1))
}
