use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property occurs more than once in a PUBLISH.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated, and Subscription Identifier in what the server sends. The receiver cannot
    /// know which of two values is meant, and has to close the connection. A server that copies such a message makes
    /// its subscribers close theirs.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S PUBLISH topic=a content_type=a content_type=b
    /// ```
    name: "repeated-publish-property",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.3.2.3.2-2", "PE-3.3.2.3.3-1", "PE-3.3.2.3.4-1", "PE-3.3.2.3.5-1", "PE-3.3.2.3.6-1", "PE-3.3.2.3.9-1"],
    on: [Packet(PacketType::Publish)],
}

const ONCE: &[Once] = &[
    (PropertyId::PayloadFormatIndicator, &["PE-3.3.2.3.2-2"]),
    (PropertyId::MessageExpiryInterval, &["PE-3.3.2.3.3-1"]),
    (PropertyId::TopicAlias, &["PE-3.3.2.3.4-1"]),
    (PropertyId::ResponseTopic, &["PE-3.3.2.3.5-1"]),
    (PropertyId::CorrelationData, &["PE-3.3.2.3.6-1"]),
    (PropertyId::ContentType, &["PE-3.3.2.3.9-1"]),
];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
