use crate::rule::prelude::*;

rule! {
    /// The User Name Flag of a CONNECT is 0, but bytes stand behind the fields that the flags announce.
    ///
    /// Bytes that are whole fields are taken for a User Name, though with their flags 0 they may be a Password or a Will.
    /// Other bytes are only too many. 3.1 disregards what is behind the fields that are announced.
    ///
    /// ## Why it matters
    ///
    /// The server sees a malformed packet, or lets the client in without its credentials.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 10 14 00 04 4d 51 54 54 04 02 00 3c 00 02 63 31 00 04 75 73 65 72     Connect Flags 0x02, then "user"
    /// ```
    name: "unannounced-user-name",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.1.2-18", "PE3-3.1.3-1"],
    v5_0: ["MQTT-3.1.2-16", "PE-1.2-1"],
    on: [Packet(PacketType::Connect)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some((flags, _))) = (context.packet(), context.connect_flags()) else { return Verdict::NotApplicable };
    if packet.malformed.is_some() || flags.user_name() {
        return Verdict::NotApplicable;
    }
    let is = "a User Name, Password or Will that the Connect Flags do not announce";
    super::nothing_unannounced(context, is, |fields| fields > 0)
}
