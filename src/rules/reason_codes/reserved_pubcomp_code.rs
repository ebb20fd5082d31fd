use crate::rule::prelude::*;

rule! {
    /// A PUBCOMP has a Reason Code that is not defined for it.
    ///
    /// ## Why it matters
    ///
    /// There are two: 0x00, and 0x92, "Packet Identifier not found". A message that was taken over with PUBREC cannot
    /// be refused any more.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1
    /// C>S PUBREL packet_id=1
    /// S>C PUBCOMP packet_id=1 code=0x80
    /// ```
    name: "reserved-pubcomp-code",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.7.2-1"],
    on: [Packet(PacketType::Pubcomp)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::defined(context, context.ack().and_then(|ack| Some((ack.reason_code?, ack.reason_code_at))))
}
