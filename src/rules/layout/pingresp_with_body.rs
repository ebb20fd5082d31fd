use crate::rule::prelude::*;

rule! {
    /// A PINGRESP has a body.
    ///
    /// ## Why it matters
    ///
    /// A PINGRESP is two bytes long. A client may stumble over anything else, and then takes the server for dead.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PINGREQ
    /// S>C d0 01 00
    /// ```
    name: "pingresp-with-body",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.13.1-1"],
    v5_0: ["PE-1.2-1"],
    on: [Packet(PacketType::Pingresp)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::remaining_length(context, 0)
}
