use crate::rule::prelude::*;

rule! {
    /// The Will Topic is not well-formed UTF-8.
    ///
    /// In 3.1, whose strings are those of Java, C0 80 and encoded surrogates pass, and anything else is a warning.
    ///
    /// ## Why it matters
    ///
    /// The server has to close the connection. Were it to accept the Will, its subscribers would have to close theirs
    /// when it is published.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 15 00 04 4d 51 54 54 04 06 00 3c 00 02 63 31 00 02 c0 80 00 01 78     c0 80 is an overlong form of U+0000
    /// ```
    name: "will-topic-not-utf8",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.3-10", "MQTT-1.5.3-1"],
    v5_0: ["MQTT-3.1.3-11", "MQTT-1.5.4-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::utf8(context, "Will Topic", context.connect().and_then(|connect| connect.will?.topic))
}
