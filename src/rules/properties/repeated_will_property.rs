use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property occurs more than once in the Will Properties of a CONNECT.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The server cannot know which of two values the client means, and has to
    /// refuse the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c will_topic=w will_payload=x will.will_delay_interval=1 will.will_delay_interval=5
    /// ```
    name: "repeated-will-property",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.1.3.2.2-1", "PE-3.1.3.2.3-1", "PE-3.1.3.2.4-1", "PE-3.1.3.2.5-1", "PE-3.1.3.2.6-1", "PE-3.1.3.2.7-1"],
    on: [Packet(PacketType::Connect)],
}

const ONCE: &[Once] = &[
    (PropertyId::WillDelayInterval, &["PE-3.1.3.2.2-1"]),
    (PropertyId::PayloadFormatIndicator, &["PE-3.1.3.2.3-1"]),
    (PropertyId::MessageExpiryInterval, &["PE-3.1.3.2.4-1"]),
    (PropertyId::ContentType, &["PE-3.1.3.2.5-1"]),
    (PropertyId::ResponseTopic, &["PE-3.1.3.2.6-1"]),
    (PropertyId::CorrelationData, &["PE-3.1.3.2.7-1"]),
];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::of_will(context), ONCE)
}
