use crate::rule::prelude::*;

rule! {
    /// A SUBSCRIBE asks for QoS 3.
    ///
    /// ## Why it matters
    ///
    /// There is no such QoS. The server takes the packet for malformed and closes the connection.
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
    /// C>S 82 06 00 01 00 01 61 03    filter "a", QoS 3
    /// ```
    name: "requested-qos-3",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.8.3-1"],
    v5_0: ["PE-3.8.3.1-1"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(subscribe) = context.subscribe() else { return Verdict::NotApplicable };
    if subscribe.filters.is_empty() {
        return Verdict::NotApplicable;
    }
    Verdict::unless(subscribe.filters.iter().find(|pair| pair.options.qos() == 3).map(|pair| {
        Fault::new(format!("QoS 3 is asked for {} (byte 0x{:02x})", checks::quoted(&pair.filter), pair.options.0)).at(pair.options_at, 1)
    }))
}
