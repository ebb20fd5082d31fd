use crate::mqtt::topic::SHARE_PREFIX;

use crate::rule::prelude::*;

rule! {
    /// The client used a Shared Subscription although the server had said that those are not available.
    ///
    /// ## Why it matters
    ///
    /// The server closes with DISCONNECT 0x9e (Shared Subscriptions not supported), and the client most likely comes back and
    /// does it again.
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
    /// S>C CONNACK shared_subscription_available=0
    /// C>S SUBSCRIBE packet_id=1 filter=$share/g/t
    /// ```
    name: "shared-subscriptions-unavailable",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.2.2.3.13-3"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(subscribe) = context.subscribe() else { return Verdict::NotApplicable };
    context.under_connack(|connack| {
        if connack.shared_available {
            return Verdict::NotApplicable;
        }
        checks::each(subscribe.filters.iter().map(|entry| entry.filter), |filter| {
            let fault = || {
                Fault::new(format!("{} is a Shared Subscription, which the server does not take", checks::quoted(filter)))
                    .at(filter.at, filter.bytes.len())
            };
            filter.bytes.starts_with(SHARE_PREFIX).then(|| fault().related(connack.stamp))
        })
    })
}
