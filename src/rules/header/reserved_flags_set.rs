use crate::rule::prelude::*;

rule! {
    /// The lower four bits of the first byte are not 0 in a packet whose flags are reserved.
    ///
    /// In 3.1 the bits are "not used" and should be 0: there it is a warning.
    ///
    /// ## Why it matters
    ///
    /// Only PUBLISH has flags that mean something; PUBREL, SUBSCRIBE and UNSUBSCRIBE have the constant 0010 (rules of
    /// their own), all others 0000. A receiver has to close the connection on anything else, even for a single bit.
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
    /// C>S c1 00                      PINGREQ with bit 0 set
    /// ```
    name: "reserved-flags-set",
    binds: Sender,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-2.2.2-1"],
    v5_0: ["MQTT-2.1.3-1"],
    on: [
        Packet(PacketType::Connect),
        Packet(PacketType::Connack),
        Packet(PacketType::Puback),
        Packet(PacketType::Pubrec),
        Packet(PacketType::Pubcomp),
        Packet(PacketType::Suback),
        Packet(PacketType::Unsuback),
        Packet(PacketType::Pingreq),
        Packet(PacketType::Pingresp),
        Packet(PacketType::Disconnect),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::flags(context, 0)
}
