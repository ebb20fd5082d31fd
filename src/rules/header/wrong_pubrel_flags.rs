use crate::rule::prelude::*;

rule! {
    /// A PUBREL has other flags than 0010.
    ///
    /// In 3.1 the QoS bits have to be 01 and DUP may be set on a retry; it is a warning there.
    ///
    /// ## Why it matters
    ///
    /// The four bits are fixed, a remnant of the QoS bits of 3.1. Encoders that treat all acknowledgements alike
    /// write 0000; the receiver takes the packet for malformed and closes the connection in the middle of a QoS 2
    /// exchange.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1
    /// C>S 60 02 00 01                0000 instead of 0010
    /// ```
    name: "wrong-pubrel-flags",
    binds: Sender,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.6.1-1", "MQTT-2.2.2-1"],
    v5_0: ["MQTT-3.6.1-1", "MQTT-2.1.3-1"],
    on: [Packet(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::flags(context, 0b0010)
}
