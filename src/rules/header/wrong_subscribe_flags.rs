use crate::rule::prelude::*;

rule! {
    /// A SUBSCRIBE has other flags than 0010.
    ///
    /// In 3.1 the QoS bits have to be 01 and DUP may be set on a retry; it is a warning there.
    ///
    /// ## Why it matters
    ///
    /// The four bits are fixed, a remnant of the QoS bits of 3.1. The server takes the packet for malformed and
    /// closes the connection, so the client never gets a SUBACK.
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
    /// C>S 80 06 00 01 00 01 61 00    0000 instead of 0010
    /// ```
    name: "wrong-subscribe-flags",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.8.1-1", "MQTT-2.2.2-1"],
    v5_0: ["MQTT-3.8.1-1", "MQTT-2.1.3-1"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::flags(context, 0b0010)
}
