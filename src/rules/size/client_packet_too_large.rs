use crate::rule::prelude::*;

rule! {
    /// The client sent a packet larger than the Maximum Packet Size of CONNACK.
    ///
    /// The whole packet counts, from its first byte to the end of the payload. A packet that is too large only because of its
    /// Reason String or User Properties is told by the rule of its type, such as `puback-text-too-large`.
    ///
    /// ## Why it matters
    ///
    /// The server has no room for it: it closes with DISCONNECT 0x95 (Packet too large), and the client most likely sends the
    /// same packet again.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNACK may be missing in the capture, or the segment of the packet does not acknowledge it: both may have
    /// crossed in flight. For one second this also holds for a client that did not wait for CONNACK, since its bytes may have
    /// waited in a socket.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK maximum_packet_size=20
    /// C>S PUBLISH topic=a payload="x"*30
    /// ```
    name: "client-packet-too-large",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-15"],
    on: [AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    super::fits(context)
}
