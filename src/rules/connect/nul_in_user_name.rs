use crate::rule::prelude::*;

rule! {
    /// The User Name holds U+0000.
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
    /// C>S 10 12 00 04 4d 51 54 54 04 82 00 3c 00 02 63 31 00 02 75 00     "u" and a zero
    /// ```
    name: "nul-in-user-name",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-1.5.3-2", "MQTT-3.1.3-11"],
    v5_0: ["MQTT-1.5.4-2", "MQTT-3.1.3-12"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::no_nul("User Name", context.connect().and_then(|connect| connect.user_name))
}
