use crate::rule::prelude::*;

rule! {
    /// The Topic Name of a PUBLISH is not well-formed UTF-8.
    ///
    /// In 3.1, whose strings are those of Java, C0 80 and encoded surrogates pass, and anything else is a warning.
    ///
    /// ## Why it matters
    ///
    /// The receiver has to close the connection. Strings in Latin-1 or another old encoding are the usual cause, or
    /// binary data such as a hardware address. A server that passes such a message on makes its subscribers close
    /// theirs.
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
    /// C>S 30 05 00 03 ed a0 80       a surrogate, U+D800
    /// ```
    name: "topic-name-not-utf8",
    binds: Sender,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.3.2-1", "MQTT-1.5.3-1"],
    v5_0: ["MQTT-3.3.2-1", "MQTT-1.5.4-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::utf8(context, "Topic Name", context.publish().and_then(|publish| publish.topic))
}
