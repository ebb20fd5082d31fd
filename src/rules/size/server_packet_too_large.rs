use crate::rule::prelude::*;

rule! {
    /// The server sent a packet larger than the Maximum Packet Size of CONNECT.
    ///
    /// A message that is too large the server has to drop for this client, as if it had been delivered. The whole packet
    /// counts, from its first byte to the end of the payload. A packet that is too large only because of its Reason String or
    /// User Properties is told by the rule of its type, such as `suback-text-too-large`.
    ///
    /// ## Why it matters
    ///
    /// The client has no room for it. It closes with 0x95 (Packet too large), the server sends the message again after the
    /// reconnect, and so on.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 maximum_packet_size=20
    /// S>C CONNACK
    /// S>C PUBLISH topic=a payload="x"*30
    /// ```
    name: "server-packet-too-large",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.1.2-24"],
    on: [AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    super::fits(context)
}
