use crate::rule::prelude::*;

rule! {
    /// The Topic Name of a PUBLISH holds a wildcard, + or #.
    ///
    /// ## Why it matters
    ///
    /// A message is published to one topic, not to a pattern. Many servers close the connection at once. The usual
    /// cause is a topic that was meant for SUBSCRIBE, or a name put together from user input.
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
    /// C>S 30 05 00 03 61 2f 2b       topic "a/+"
    /// ```
    name: "wildcard-in-topic-name",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.3.2-2", "MQTT-4.7.1-1"],
    v5_0: ["MQTT-3.3.2-2", "MQTT-4.7.0-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::no_wildcard("Topic Name", context.publish().and_then(|publish| publish.topic))
}
