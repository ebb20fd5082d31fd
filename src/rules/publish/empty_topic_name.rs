use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The Topic Name of a PUBLISH is empty.
    ///
    /// ## Why it matters
    ///
    /// A topic has at least one character. In 5.0 an empty one stands for a Topic Alias, so there the alias has to be
    /// with it.
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
    /// C>S 30 03 00 00 78             topic of length 0
    /// ```
    name: "empty-topic-name",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.3-1"],
    v5_0: ["PE-3.3.2.1-1", "MQTT-4.7.3-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some(publish)) = (context.packet(), context.publish()) else { return Verdict::NotApplicable };
    let empty = publish.topic.is_some_and(|topic| topic.is_empty());
    if empty && context.version == Version::V5_0 {
        // The alias could be in a part of the properties that cannot be read.
        if packet.malformed.is_some() || publish.properties.find(PropertyId::TopicAlias).is_some() {
            return Verdict::NotApplicable;
        }
    }
    checks::not_empty("Topic Name", publish.topic)
}
