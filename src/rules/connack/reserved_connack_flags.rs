use crate::rule::prelude::*;

rule! {
    /// Bits 1 to 7 of the Connect Acknowledge Flags are not all 0.
    ///
    /// In 3.1 the whole byte is "not used" and should be 0: there it is a warning, and bit 0 is let pass, because a
    /// server of 3.1.1 may set it.
    ///
    /// ## Why it matters
    ///
    /// Only bit 0, Session Present, has a meaning. A client that checks the byte closes the connection; one that
    /// compares it with 1 takes the session for new.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C 20 02 02 00                bit 1 is set
    /// ```
    name: "reserved-connack-flags",
    binds: Server,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["PE3-3.2.2.1-1"],
    v5_0: ["MQTT-3.2.2-1"],
    on: [Packet(PacketType::Connack)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((flags, at)) = context.connack().and_then(|connack| Some((connack.flags?, connack.flags_at))) else {
        return Verdict::NotApplicable;
    };
    Verdict::require(flags & 0xfe == 0, || {
        Fault::new(format!("the Connect Acknowledge Flags are 0x{flags:02x}: bits 1 to 7 are reserved")).at(at, 1)
    })
}
