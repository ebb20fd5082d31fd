use crate::rule::prelude::*;

rule! {
    /// The client did not close although the flags in the first byte of a packet of the server were wrong.
    ///
    /// An answer of the client to that packet or to a later one shows it at once. The time is that of the capture, 5 s
    /// unless configured. Told as likely where nothing shows that the client was alive after it. In 5.0 the duty of a
    /// client is worded for DISCONNECT and AUTH only.
    ///
    /// ## Why it matters
    ///
    /// A server, or something between, that writes wrong bits is not found out.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the server closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C 41 02 00 01                # PUBACK with bit 0 set
    /// +60s C>S PINGREQ
    /// ```
    name: "server-flags-not-closed",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-2.2.2-2"],
    v5_0: ["MQTT-3.14.1-1", "MQTT-3.15.1-1"],
    on: [After("reserved-flags-set"), After("wrong-pubrel-flags"), After("wrong-auth-flags")],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(packet) = context.trigger().and_then(|trigger| trigger.packet) else { return Verdict::NotApplicable };
    let clauses: &'static [&'static str] = match packet {
        _ if context.version != Version::V5_0 => &["MQTT-2.2.2-2"],
        PacketType::Disconnect => &["MQTT-3.14.1-1"],
        PacketType::Auth => &["MQTT-3.15.1-1"],
        _ => return Verdict::NotApplicable,
    };
    super::citing(context.closed_after(&format!("{} with wrong flags", packet.name())), clauses)
}
