use crate::rule::prelude::*;

rule! {
    /// The options of a subscription ask for Retain Handling 3.
    ///
    /// ## Why it matters
    ///
    /// Retain Handling is 0, 1 or 2: whether retained messages are sent at once, only for a new subscription, or never.
    /// The server has to close the connection.
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
    /// C>S SUBSCRIBE packet_id=1 filter=a:0x30
    /// ```
    name: "retain-handling-3",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.8.3.1-2"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(subscribe) = context.subscribe() else { return Verdict::NotApplicable };
    if subscribe.filters.is_empty() {
        return Verdict::NotApplicable;
    }
    Verdict::unless(
        subscribe.filters.iter().find(|pair| pair.options.retain_handling() == 3).map(|pair| {
            Fault::new(format!("Retain Handling is 3 behind the filter {}", checks::quoted(&pair.filter))).at(pair.options_at, 1)
        }),
    )
}
