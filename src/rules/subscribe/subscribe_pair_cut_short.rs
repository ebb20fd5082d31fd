use crate::rule::prelude::*;

rule! {
    /// A SUBSCRIBE ends within a pair of Topic Filter and QoS, behind one that is complete.
    ///
    /// ## Why it matters
    ///
    /// The server cannot read the packet and closes the connection. The usual cause is a QoS byte that is sent once
    /// for all filters, or a Remaining Length that was counted wrong.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S 82 09 00 01 00 01 61 00 00 01 62     the second filter has no QoS
    /// ```
    name: "subscribe-pair-cut-short",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.8.3-2"],
    v5_0: ["PE-1.2-1"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.subscribe() {
        Some(subscribe) if !subscribe.filters.is_empty() => {
            checks::complete(context, &[Field::TopicFilter, Field::RequestedQos, Field::SubscriptionOptions])
        }
        _ => Verdict::NotApplicable,
    }
}
