use crate::rule::prelude::*;

rule! {
    /// A Topic Filter of a SUBSCRIBE is not well-formed UTF-8.
    ///
    /// In 3.1, whose strings are those of Java, C0 80 and encoded surrogates pass, and anything else is a warning.
    ///
    /// ## Why it matters
    ///
    /// The receiver has to close the connection. Strings in Latin-1 or another old encoding are the usual cause, or
    /// binary data such as a hardware address.
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
    /// C>S 82 06 00 01 00 01 ff 00    ff is in no character
    /// ```
    name: "subscribe-filter-not-utf8",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.8.3-1", "MQTT-1.5.3-1"],
    v5_0: ["MQTT-3.8.3-1", "MQTT-1.5.4-1"],
    on: [Packet(PacketType::Subscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::utf8(
        context,
        "Topic Filter",
        context.subscribe().into_iter().flat_map(|subscribe| subscribe.filters.iter()).map(|pair| pair.filter),
    )
}
