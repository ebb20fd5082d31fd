use crate::rule::prelude::*;

rule! {
    /// The Password Flag of a CONNECT is 0, but bytes stand behind its User Name.
    ///
    /// One whole field is a Password; other bytes are only too many. 3.1 disregards what is behind the fields that are
    /// announced. Where the User Name Flag is 0 too, see `unannounced-user-name`.
    ///
    /// ## Why it matters
    ///
    /// The server sees a malformed packet, or lets the client in without its password. The bytes are a password most
    /// likely, so the capture holds a secret.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 18 00 04 4d 51 54 54 04 82 00 3c 00 02 63 31 00 04 75 73 65 72 00 02 70 77     Connect Flags 0x82
    /// ```
    name: "unannounced-password",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.2-20", "PE3-3.1.3-1"],
    v5_0: ["MQTT-3.1.2-18", "PE-1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some((flags, _))) = (context.packet(), context.connect_flags()) else { return Verdict::NotApplicable };
    if packet.malformed.is_some() || !flags.user_name() || flags.password() {
        return Verdict::NotApplicable;
    }
    let is = "a Password that the Connect Flags do not announce";
    super::nothing_unannounced(context, is, |fields| fields == 1)
}
