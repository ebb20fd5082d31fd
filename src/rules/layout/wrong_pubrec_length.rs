use crate::rule::prelude::*;

rule! {
    /// A PUBREC has another Remaining Length than 2.
    ///
    /// ## Why it matters
    ///
    /// A PUBREC is a Packet Identifier and nothing else. The reason code that 5.0 puts behind the Packet Identifier
    /// does not exist in 3.1.1. The QoS 2 exchange hangs between its first and second half.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C 50 03 00 01 00             a reason code, as in 5.0
    /// ```
    name: "wrong-pubrec-length",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.5.1-1"],
    v5_0: [],
    on: [Packet(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::remaining_length(context, 2)
}
