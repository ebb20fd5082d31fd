use crate::rule::prelude::*;

rule! {
    /// The server sent a PUBLISH with QoS 1 or 2 although as many as the client takes at a time were unacknowledged.
    ///
    /// A PUBLISH takes one place of the Receive Maximum of CONNECT (65,535 if it has none). PUBACK, PUBCOMP and PUBREC with a
    /// Reason Code of 0x80 or above give one back, whichever PUBLISH they answer (section 4.9). PUBREC below 0x80 does not,
    /// nor does a repeated PUBLISH take another place. An acknowledgement counts as soon as it passes, which favours the
    /// server.
    ///
    /// ## Why it matters
    ///
    /// A small client has room for a few messages only: it loses some, or closes with 0x93 (Receive Maximum exceeded).
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing before the packet: they could have been acknowledgements. When the CONNECT is
    /// not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 receive_maximum=1
    /// S>C CONNACK
    /// S>C PUBLISH topic=a qos=1 packet_id=1
    /// S>C PUBLISH topic=a qos=1 packet_id=2
    /// ```
    name: "server-exceeds-receive-maximum",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.4-9", "MQTT-4.9.0-2", "MQTT-4.9.0-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::within_receive_maximum(context)
}
