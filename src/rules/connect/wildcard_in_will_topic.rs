use crate::rule::prelude::*;

rule! {
    /// The Will Topic holds a wildcard, + or #.
    ///
    /// ## Why it matters
    ///
    /// A message is published to one topic, not to a pattern. A server that accepts the Will has nowhere to send it
    /// when the client is lost.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 16 00 04 4d 51 54 54 04 06 00 3c 00 02 63 31 00 03 77 2f 23 00 01 78     Will Topic "w/#"
    /// ```
    name: "wildcard-in-will-topic",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.1-1"],
    v5_0: ["MQTT-4.7.0-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::no_wildcard("Will Topic", context.connect().and_then(|connect| connect.will?.topic))
}
