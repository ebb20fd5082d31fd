use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A SUBSCRIBE has more than one Subscription Identifier.
    ///
    /// ## Why it matters
    ///
    /// A SUBSCRIBE gives all its filters the same identifier: for two, two packets are needed. The server has to close
    /// the connection; one that takes the last of them delivers messages that the client cannot tell apart.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=1 subscription_identifier=1 subscription_identifier=2 filter=a filter=b
    /// ```
    name: "repeated-subscribe-property",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.8.2.1.2-2"],
    on: [Packet(PacketType::Subscribe)],
}

const ONCE: &[Once] = &[(PropertyId::SubscriptionIdentifier, &["PE-3.8.2.1.2-2"])];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
