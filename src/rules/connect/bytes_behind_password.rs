use crate::rule::prelude::*;

rule! {
    /// A CONNECT has all its fields, and bytes behind the last one.
    ///
    /// 3.1 disregards what is behind the fields that are announced.
    ///
    /// ## Why it matters
    ///
    /// There is nothing that the bytes could be. A length was counted wrong, or a string was sent with its
    /// terminating zero. The server sees a malformed packet.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 19 00 04 4d 51 54 54 04 c6 00 3c 00 02 63 31 00 01 77 00 00 00 01 75 00 00 ff     Connect Flags 0xc6
    /// ```
    name: "bytes-behind-password",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["PE3-3.1.3-1"],
    v5_0: ["PE-1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some((flags, _))) = (context.packet(), context.connect_flags()) else { return Verdict::NotApplicable };
    if packet.malformed.is_some() || !flags.user_name() || !flags.password() || !flags.will() {
        return Verdict::NotApplicable;
    }
    checks::nothing_behind(packet, "the Password is the last field there is")
}
