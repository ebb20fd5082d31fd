use crate::rule::prelude::*;

rule! {
    /// The client subscribed with a Subscription Identifier although the server had said that those are not available.
    ///
    /// ## Why it matters
    ///
    /// The server closes with DISCONNECT 0xa1 (Subscription Identifiers not supported), and the client most likely comes back
    /// and does it again.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNACK may be missing in the capture, or the segment of the packet does not acknowledge it: both may have
    /// crossed in flight. For one second this also holds for a client that did not wait for CONNACK, since its bytes may have
    /// waited in a socket.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK subscription_identifier_available=0
    /// C>S SUBSCRIBE packet_id=1 filter=t subscription_identifier=1
    /// ```
    name: "subscription-ids-unavailable",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.2.2.3.12-3"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(subscribe) = context.subscribe() else { return Verdict::NotApplicable };
    context.under_connack(|connack| {
        if connack.subscription_ids_available {
            return Verdict::NotApplicable;
        }
        Verdict::unless(subscribe.properties.find(PropertyId::SubscriptionIdentifier).map(|property| {
            let message = "SUBSCRIBE with a Subscription Identifier, which the server does not take";
            Fault::new(message).at(property.at, usize::from(property.id_len)).related(connack.stamp)
        }))
    })
}
