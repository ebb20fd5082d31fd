use crate::rule::prelude::*;

rule! {
    /// The User Name is not well-formed UTF-8.
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
    /// C>S 10 11 00 04 4d 51 54 54 04 82 00 3c 00 02 63 31 00 01 ff     ff is in no character
    /// ```
    name: "user-name-not-utf8",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.1.3-11", "MQTT-1.5.3-1"],
    v5_0: ["MQTT-3.1.3-12", "MQTT-1.5.4-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::utf8(context, "User Name", context.connect().and_then(|connect| connect.user_name))
}
