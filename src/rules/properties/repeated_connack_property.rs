use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property occurs more than once in a CONNACK.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The client cannot know which of two limits holds, and has to close the
    /// connection: it never gets further than this.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK topic_alias_maximum=10 topic_alias_maximum=20
    /// ```
    name: "repeated-connack-property",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: [
        "PE-3.2.2.3.2-1",
        "PE-3.2.2.3.3-1",
        "PE-3.2.2.3.4-1",
        "PE-3.2.2.3.5-1",
        "PE-3.2.2.3.6-1",
        "PE-3.2.2.3.7-1",
        "PE-3.2.2.3.8-1",
        "PE-3.2.2.3.9-1",
        "PE-3.2.2.3.11-1",
        "PE-3.2.2.3.12-1",
        "PE-3.2.2.3.13-1",
        "PE-3.2.2.3.14-1",
        "PE-3.2.2.3.15-1",
        "PE-3.2.2.3.16-1",
        "PE-3.2.2.3.17-1",
        "PE-3.2.2.3.18-1",
    ],
    on: [Packet(PacketType::Connack)],
}

const ONCE: &[Once] = &[
    (PropertyId::SessionExpiryInterval, &["PE-3.2.2.3.2-1"]),
    (PropertyId::ReceiveMaximum, &["PE-3.2.2.3.3-1"]),
    (PropertyId::MaximumQos, &["PE-3.2.2.3.4-1"]),
    (PropertyId::RetainAvailable, &["PE-3.2.2.3.5-1"]),
    (PropertyId::MaximumPacketSize, &["PE-3.2.2.3.6-1"]),
    (PropertyId::AssignedClientIdentifier, &["PE-3.2.2.3.7-1"]),
    (PropertyId::TopicAliasMaximum, &["PE-3.2.2.3.8-1"]),
    (PropertyId::ReasonString, &["PE-3.2.2.3.9-1"]),
    (PropertyId::WildcardSubscriptionAvailable, &["PE-3.2.2.3.11-1"]),
    (PropertyId::SubscriptionIdentifierAvailable, &["PE-3.2.2.3.12-1"]),
    (PropertyId::SharedSubscriptionAvailable, &["PE-3.2.2.3.13-1"]),
    (PropertyId::ServerKeepAlive, &["PE-3.2.2.3.14-1"]),
    (PropertyId::ResponseInformation, &["PE-3.2.2.3.15-1"]),
    (PropertyId::ServerReference, &["PE-3.2.2.3.16-1"]),
    (PropertyId::AuthenticationMethod, &["PE-3.2.2.3.17-1"]),
    (PropertyId::AuthenticationData, &["PE-3.2.2.3.18-1"]),
];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
