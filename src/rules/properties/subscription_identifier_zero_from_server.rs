use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The server sends a PUBLISH with the Subscription Identifier 0.
    ///
    /// ## Why it matters
    ///
    /// Identifiers begin with 1: for a subscription that has none, the property is left out. The client has to close
    /// the connection, or finds no handler for the message.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=1 filter=a
    /// S>C SUBACK packet_id=1 codes=0
    /// S>C PUBLISH topic=a subscription_identifier=0
    /// ```
    name: "subscription-identifier-zero-from-server",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.3.2.3.8-1"],
    on: [Packet(PacketType::Publish)],
}

const RANGES: &[Ranged] = &[(PropertyId::SubscriptionIdentifier, Range::NotZero, &["PE-3.3.2.3.8-1"])];

fn check(context: &Context<'_>) -> Verdict {
    super::in_range(super::own(context), RANGES)
}
