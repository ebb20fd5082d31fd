use crate::rule::prelude::*;

rule! {
    /// PUBREL was answered more often than it was sent.
    ///
    /// Told as likely, as the same with PUBACK (`surplus-ack`).
    ///
    /// ## Why it matters
    ///
    /// The surplus PUBCOMP ends the next exchange under this identifier before its message was released.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, or the session is older than the connection.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBREL packet_id=1
    /// S>C PUBCOMP packet_id=1
    /// S>C PUBCOMP packet_id=1
    /// ```
    name: "surplus-pubcomp",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-2"],
    v5_0: ["MQTT-2.2.1-5"],
    on: [Packet(PacketType::Pubcomp)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::not_surplus(context, "PUBRELs")
}
