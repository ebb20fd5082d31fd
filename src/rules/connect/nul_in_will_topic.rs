use crate::rule::prelude::*;

rule! {
    /// The Will Topic holds U+0000.
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
    /// C>S 10 15 00 04 4d 51 54 54 04 06 00 3c 00 02 63 31 00 02 77 00 00 01 78     "w" and a zero
    /// ```
    name: "nul-in-will-topic",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.3-2", "MQTT-1.5.3-2", "MQTT-3.1.3-10"],
    v5_0: ["MQTT-4.7.3-2", "MQTT-1.5.4-2", "MQTT-3.1.3-11"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    match checks::no_nul("Will Topic", context.connect().and_then(|connect| connect.will?.topic)) {
        // 3.1 forbids U+0000 in topics (Appendix A) and says nothing of it in strings.
        Verdict::Fail(fault) if context.version == Version::V3_1 => Verdict::Fail(fault.citing(&["MQTT-4.7.3-2"])),
        verdict => verdict,
    }
}
