use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A SUBSCRIBE has the Subscription Identifier 0.
    ///
    /// ## Why it matters
    ///
    /// Identifiers begin with 1: to have none, the property is left out. The server has to close the connection.
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
    /// C>S SUBSCRIBE packet_id=1 subscription_identifier=0 filter=a
    /// ```
    name: "subscription-identifier-zero",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.8.2.1.2-1"],
    on: [Packet(PacketType::Subscribe)],
}

const RANGES: &[Ranged] = &[(PropertyId::SubscriptionIdentifier, Range::NotZero, &["PE-3.8.2.1.2-1"])];

fn check(context: &Context<'_>) -> Verdict {
    super::in_range(super::own(context), RANGES)
}
