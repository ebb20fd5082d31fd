use crate::rule::prelude::*;

rule! {
    /// An UNSUBACK has another Remaining Length than 2.
    ///
    /// ## Why it matters
    ///
    /// In 3.1 and 3.1.1 an UNSUBACK is a Packet Identifier and nothing else: the codes for each filter came with 5.0.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S UNSUBSCRIBE packet_id=1 filter=a
    /// S>C b0 03 00 01 00             a code, as in 5.0
    /// ```
    name: "wrong-unsuback-length",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.11.1-1"],
    v5_0: [],
    on: [Packet(PacketType::Unsuback)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::remaining_length(context, 2)
}
