use crate::rule::prelude::*;

rule! {
    /// A byte behind a Topic Filter of a SUBSCRIBE has reserved bits set.
    ///
    /// In 3.1 the bits are "not used" and should be 0: there it is a warning.
    ///
    /// ## Why it matters
    ///
    /// In 3.1.1 only the two QoS bits mean something, in 5.0 bits 0 to 5 do. A client that sends the options of 5.0
    /// on a connection of 3.1.1 is closed.
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
    /// C>S 82 06 00 01 00 01 61 05    filter "a", No Local as in 5.0
    /// ```
    name: "reserved-subscription-bits",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["PE3-3.8.3-1"],
    v5_0: ["PE-3.8.3.1-3"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(subscribe) = context.subscribe() else { return Verdict::NotApplicable };
    if subscribe.filters.is_empty() {
        return Verdict::NotApplicable;
    }
    Verdict::unless(subscribe.filters.iter().find(|pair| pair.options.reserved(context.version) != 0).map(|pair| {
        Fault::new(format!("reserved bits are set behind the filter {}: 0x{:02x}", checks::quoted(&pair.filter), pair.options.0))
            .at(pair.options_at, 1)
    }))
}
