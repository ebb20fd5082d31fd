use crate::rule::prelude::*;

rule! {
    /// A PUBREL has another Remaining Length than 2.
    ///
    /// ## Why it matters
    ///
    /// A PUBREL is a Packet Identifier and nothing else. The reason code that 5.0 puts behind the Packet Identifier
    /// does not exist in 3.1.1.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1
    /// C>S 62 03 00 01 00             a reason code, as in 5.0
    /// ```
    name: "wrong-pubrel-length",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.6.1-1"],
    v5_0: [],
    on: [Packet(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::remaining_length(context, 2)
}
