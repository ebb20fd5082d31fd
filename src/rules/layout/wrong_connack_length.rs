use crate::rule::prelude::*;

rule! {
    /// A CONNACK has another Remaining Length than 2.
    ///
    /// ## Why it matters
    ///
    /// In 3.1 and 3.1.1 a CONNACK has two bytes, flags and return code. A longer one comes from a server that answers
    /// in the format of 5.0, a shorter one tells the client nothing.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed. A
    /// CONNACK 0x84 in the format of 5.0 is not counted: so a server that only knows 5.0 turns a client away.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C 20 03 00 00 00             a Property Length, as in 5.0
    /// ```
    name: "wrong-connack-length",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.2.1-1"],
    v5_0: [],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.connack() {
        Some(connack) if checks::is_foreign_refusal(context, connack) => Verdict::NotApplicable,
        _ => checks::remaining_length(context, 2),
    }
}
