use crate::rule::prelude::*;

rule! {
    /// The Client Identifier is not well-formed UTF-8.
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
    /// C>S 10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 c3 28     c3 begins a character that 28 does not end
    /// ```
    name: "client-id-not-utf8",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.3-4", "MQTT-1.5.3-1"],
    v5_0: ["MQTT-3.1.3-4", "MQTT-1.5.4-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::utf8(context, "Client Identifier", context.connect().and_then(|connect| connect.client_id))
}
