use crate::rule::prelude::*;

rule! {
    /// A DISCONNECT has a body.
    ///
    /// ## Why it matters
    ///
    /// In 3.1 and 3.1.1 a DISCONNECT is two bytes long. With a reason code, as in 5.0, the server may take it for
    /// malformed and publish the Will Message, which a DISCONNECT is there to prevent.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S e0 01 00                   a reason code, as in 5.0
    /// ```
    name: "disconnect-with-body",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.14.1-1"],
    v5_0: [],
    on: [Packet(PacketType::Disconnect)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::remaining_length(context, 0)
}
