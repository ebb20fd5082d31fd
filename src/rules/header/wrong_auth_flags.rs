use crate::rule::prelude::*;

rule! {
    /// An AUTH has other flags than 0000.
    ///
    /// ## Why it matters
    ///
    /// The receiver has to take the packet for malformed and close the connection, so the authentication fails for a
    /// reason that has nothing to do with credentials.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C AUTH code=0x18 authentication_method=M
    /// C>S f1 06 18 04 15 00 01 4d    bit 0 is set
    /// ```
    name: "wrong-auth-flags",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.15.1-1", "MQTT-2.1.3-1"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::flags(context, 0b0000)
}
