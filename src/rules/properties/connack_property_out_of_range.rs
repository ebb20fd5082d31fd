use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property of CONNACK has a value that is not allowed.
    ///
    /// ## Why it matters
    ///
    /// Receive Maximum and Maximum Packet Size are at least 1; Maximum QoS, Retain Available and the other properties
    /// that say what the server can do are 0 or 1. The usual mistake is a Maximum QoS of 2: a server that has it all
    /// leaves the property out. The client has to close the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK maximum_qos=2
    /// ```
    name: "connack-property-out-of-range",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: [
        "PE-3.2.2.3.3-2",
        "PE-3.2.2.3.4-2",
        "PE-3.2.2.3.5-2",
        "PE-3.2.2.3.6-2",
        "PE-3.2.2.3.11-2",
        "PE-3.2.2.3.12-2",
        "PE-3.2.2.3.13-2",
    ],
    on: [Packet(PacketType::Connack)],
}

const RANGES: &[Ranged] = &[
    (PropertyId::ReceiveMaximum, Range::NotZero, &["PE-3.2.2.3.3-2"]),
    (PropertyId::MaximumQos, Range::ZeroOrOne, &["PE-3.2.2.3.4-2"]),
    (PropertyId::RetainAvailable, Range::ZeroOrOne, &["PE-3.2.2.3.5-2"]),
    (PropertyId::MaximumPacketSize, Range::NotZero, &["PE-3.2.2.3.6-2"]),
    (PropertyId::WildcardSubscriptionAvailable, Range::ZeroOrOne, &["PE-3.2.2.3.11-2"]),
    (PropertyId::SubscriptionIdentifierAvailable, Range::ZeroOrOne, &["PE-3.2.2.3.12-2"]),
    (PropertyId::SharedSubscriptionAvailable, Range::ZeroOrOne, &["PE-3.2.2.3.13-2"]),
];

fn check(context: &Context<'_>) -> Verdict {
    super::in_range(super::own(context), RANGES)
}
