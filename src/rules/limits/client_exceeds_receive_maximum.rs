use crate::rule::prelude::*;

rule! {
    /// The client sent a PUBLISH with QoS 1 or 2 although as many as the server takes at a time were unacknowledged.
    ///
    /// A PUBLISH takes one place of the Receive Maximum of CONNACK (65,535 if it has none). PUBACK, PUBCOMP and PUBREC with a
    /// Reason Code of 0x80 or above give one back, whichever PUBLISH they answer (section 4.9). PUBREC below 0x80 does not,
    /// nor does a repeated PUBLISH take another place. An acknowledgement counts as soon as it passes, which favours the
    /// client. What it sent before it had CONNACK is counted but never blamed.
    ///
    /// ## Why it matters
    ///
    /// The server reserves a place for each such message. It answers with DISCONNECT 0x93 (Receive Maximum exceeded), or runs
    /// out of memory.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing before the packet: they could have been acknowledgements. When the CONNACK is
    /// not in the capture, or the segment of the PUBLISH does not acknowledge it: both may have crossed in flight. For one
    /// second this also holds for a client that did not wait for CONNACK, since its bytes may have waited in a socket.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C CONNACK receive_maximum=1
    /// C>S PUBLISH topic=a qos=1 packet_id=1
    /// C>S PUBLISH topic=a qos=1 packet_id=2
    /// ```
    name: "client-exceeds-receive-maximum",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.4-7", "MQTT-4.9.0-2", "MQTT-4.9.0-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::within_receive_maximum(context)
}
