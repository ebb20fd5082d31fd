use crate::rule::prelude::*;

rule! {
    /// A PUBACK has another Remaining Length than 2.
    ///
    /// ## Why it matters
    ///
    /// A PUBACK is a Packet Identifier and nothing else. The reason code that 5.0 puts behind the Packet Identifier
    /// does not exist in 3.1.1. The sender of the message may close the connection and send the message again.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=1 packet_id=1
    /// S>C 40 03 00 01 00             a reason code, as in 5.0
    /// ```
    name: "wrong-puback-length",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.4.1-1"],
    v5_0: [],
    on: [Packet(PacketType::Puback)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::remaining_length(context, 2)
}
