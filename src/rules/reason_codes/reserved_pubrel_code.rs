use crate::rule::prelude::*;

rule! {
    /// A PUBREL has a Reason Code that is not defined for it.
    ///
    /// ## Why it matters
    ///
    /// There are two: 0x00, and 0x92, "Packet Identifier not found". A message that its receiver has taken over cannot
    /// be refused any more, so no other reason exists.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C PUBLISH topic=a qos=2 packet_id=1
    /// C>S PUBREC packet_id=1
    /// S>C PUBREL packet_id=1 code=0x80
    /// ```
    name: "reserved-pubrel-code",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.6.2-1"],
    on: [Packet(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::defined(context, context.ack().and_then(|ack| Some((ack.reason_code?, ack.reason_code_at))))
}
