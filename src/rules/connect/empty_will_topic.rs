use crate::rule::prelude::*;

rule! {
    /// The Will Topic is empty.
    ///
    /// ## Why it matters
    ///
    /// A topic has at least one character. Often the Will was switched on without being configured.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 13 00 04 4d 51 54 54 04 06 00 3c 00 02 63 31 00 00 00 01 78     Will Topic of length 0
    /// ```
    name: "empty-will-topic",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.3-1"],
    v5_0: ["MQTT-4.7.3-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::not_empty("Will Topic", context.connect().and_then(|connect| connect.will?.topic))
}
