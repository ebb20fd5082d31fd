use crate::rule::prelude::*;

rule! {
    /// The Topic Name of a PUBLISH holds U+0000.
    ///
    /// ## Why it matters
    ///
    /// U+0000 ends a string in many programs, so the name that is compared, logged or authorised may be another than
    /// the one that was sent. The usual cause is a length that counts the terminating zero of C. The receiver has to
    /// close the connection.
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
    /// C>S 30 05 00 03 61 00 62       "a", zero, "b"
    /// ```
    name: "nul-in-topic-name",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.3-2", "MQTT-1.5.3-2", "MQTT-3.3.2-1"],
    v5_0: ["MQTT-4.7.3-2", "MQTT-1.5.4-2", "MQTT-3.3.2-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::no_nul("Topic Name", context.publish().and_then(|publish| publish.topic))
}
