use crate::rule::prelude::*;

rule! {
    /// A PUBLISH ends before its Topic Name is complete.
    ///
    /// ## Why it matters
    ///
    /// The length in front of the topic is longer than the packet, or there is none. It is the sign of a length that
    /// was counted or written wrong (byte order), and the connection is closed.
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
    /// C>S 30 04 00 05 61 62          5 bytes are announced, 2 are there
    /// ```
    name: "topic-name-missing",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.3.2-1"],
    v5_0: ["MQTT-3.3.2-1", "PE-1.2-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::complete(context, &[Field::TopicName])
}
