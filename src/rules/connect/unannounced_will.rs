use crate::rule::prelude::*;

rule! {
    /// The Will Flag of a CONNECT is 0, but bytes stand behind its Password.
    ///
    /// Two whole fields more than announced are taken for those of a Will; other bytes are only too many. 3.1 disregards what is
    /// behind the fields that are announced. Where another flag is 0, see `unannounced-user-name` and `unannounced-password`.
    ///
    /// ## Why it matters
    ///
    /// If the Will was sent without its flag, the server reads its topic as the User Name and its message as the Password.
    /// Whatever the bytes are, the packet is malformed.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 1a 00 04 4d 51 54 54 04 c2 00 3c 00 02 63 31 00 01 77 00 01 78 00 01 75 00 01 70     Connect Flags 0xc2
    /// ```
    name: "unannounced-will",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.2-11", "PE3-3.1.3-1"],
    v5_0: ["PE-1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some((flags, _))) = (context.packet(), context.connect_flags()) else { return Verdict::NotApplicable };
    if packet.malformed.is_some() || !flags.user_name() || !flags.password() || flags.will() {
        return Verdict::NotApplicable;
    }
    super::nothing_unannounced(context, "the Connect Flags announce no further field", |fields| fields == 2)
}
