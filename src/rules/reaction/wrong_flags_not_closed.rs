use crate::rule::prelude::*;

rule! {
    /// The server did not close although the flags in the first byte of a packet were wrong.
    ///
    /// A receiver has to close on reserved flags that are not as they have to be. An answer to that packet or to a later one
    /// shows at once that it does not. The time is that of the capture, 5 s unless configured. Told as likely where nothing
    /// shows that the server was alive after it. In 5.0 only PUBREL, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT and AUTH are meant;
    /// `malformed-packet-not-closed` has the others. A CONNECT is a matter of `bad-connect-not-closed`.
    ///
    /// ## Why it matters
    ///
    /// Clients that send wrong bits are not found out, and fail with the next server, or when the bits get a meaning.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S c1 00                      # PINGREQ with bit 0 set
    /// S>C PINGRESP
    /// ```
    name: "wrong-flags-not-closed",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-2.2.2-2", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1"],
    v5_0: ["MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1", "MQTT-3.15.1-1"],
    on: [
        After("reserved-flags-set"),
        After("wrong-pubrel-flags"),
        After("wrong-subscribe-flags"),
        After("wrong-unsubscribe-flags"),
        After("wrong-auth-flags"),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(packet) = context.trigger().and_then(|trigger| trigger.packet) else { return Verdict::NotApplicable };
    let v5 = context.version == Version::V5_0;
    let clauses: &'static [&'static str] = match packet {
        PacketType::Connect => return Verdict::NotApplicable,
        PacketType::Pubrel if v5 => &["MQTT-3.6.1-1"],
        PacketType::Pubrel => &["MQTT-3.6.1-1", "MQTT-2.2.2-2"],
        PacketType::Subscribe if v5 => &["MQTT-3.8.1-1"],
        PacketType::Subscribe => &["MQTT-3.8.1-1", "MQTT-2.2.2-2"],
        PacketType::Unsubscribe if v5 => &["MQTT-3.10.1-1"],
        PacketType::Unsubscribe => &["MQTT-3.10.1-1", "MQTT-2.2.2-2"],
        PacketType::Disconnect if v5 => &["MQTT-3.14.1-1"],
        PacketType::Disconnect => &["MQTT-3.14.1-1", "MQTT-2.2.2-2"],
        PacketType::Auth if v5 => &["MQTT-3.15.1-1"],
        _ if v5 => return Verdict::NotApplicable,
        _ => &["MQTT-2.2.2-2"],
    };
    super::citing(context.closed_after(&format!("{} with wrong flags", packet.name())), clauses)
}
