use crate::rule::prelude::*;

rule! {
    /// Bit 0 of the Connect Flags is set.
    ///
    /// In 3.1 the bit is "not used" and should be 0: there it is a warning.
    ///
    /// ## Why it matters
    ///
    /// The server has to check this bit and to close the connection. It is a sign of flags that were put together
    /// with a wrong shift.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 0e 00 04 4d 51 54 54 04 03 00 3c 00 02 63 31     Connect Flags 0x03
    /// ```
    name: "reserved-connect-flag",
    binds: Client,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["PE3-3.1.2.3-1"],
    v5_0: ["PE-3.1.2.3-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some((flags, at)) = context.connect_flags() else { return Verdict::NotApplicable };
    Verdict::require(!flags.reserved(), || Fault::new(format!("the Connect Flags are 0x{:02x}: bit 0 is reserved", flags.0)).at(at, 1))
}
