use crate::rule::prelude::*;

rule! {
    /// The client subscribed with a wildcard although the server had said that wildcards are not available.
    ///
    /// ## Why it matters
    ///
    /// The server closes with DISCONNECT 0xa2 (Wildcard Subscriptions not supported), and the client most likely comes back
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
    /// S>C CONNACK wildcard_subscription_available=0
    /// C>S SUBSCRIBE packet_id=1 filter=t/#
    /// ```
    name: "wildcards-unavailable",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.2.2.3.11-3"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(subscribe) = context.subscribe() else { return Verdict::NotApplicable };
    context.under_connack(|connack| {
        if connack.wildcards_available {
            return Verdict::NotApplicable;
        }
        checks::each(subscribe.filters.iter().map(|entry| entry.filter), |filter| {
            let fault = || {
                Fault::new(format!("{} holds a wildcard, which the server does not take", checks::quoted(filter)))
                    .at(filter.at, filter.bytes.len())
            };
            filter.has_wildcard().then(|| fault().related(connack.stamp))
        })
    })
}
