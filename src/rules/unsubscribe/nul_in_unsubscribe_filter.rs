use crate::rule::prelude::*;

rule! {
    /// A Topic Filter of an UNSUBSCRIBE holds U+0000.
    ///
    /// ## Why it matters
    ///
    /// U+0000 ends a string in many programs, so the name that is compared, logged or authorised may be another than
    /// the one that was sent. The usual cause is a length that counts the terminating zero of C. The receiver has to
    /// close the connection.
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
    /// C>S a2 06 00 01 00 02 61 00    "a" and a zero
    /// ```
    name: "nul-in-unsubscribe-filter",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.3-2", "MQTT-1.5.3-2", "MQTT-3.10.3-1"],
    v5_0: ["MQTT-4.7.3-2", "MQTT-1.5.4-2", "MQTT-3.10.3-1"],
    on: [Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::no_nul("Topic Filter", context.unsubscribe().into_iter().flat_map(|unsubscribe| unsubscribe.filters.iter()))
}
