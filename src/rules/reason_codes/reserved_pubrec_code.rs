use crate::rule::prelude::*;

rule! {
    /// A PUBREC has a Reason Code that is not defined for it, or not for its sender.
    ///
    /// ## Why it matters
    ///
    /// A code from 0x80 on ends the exchange; the sender has to be able to tell why the message was not accepted. 0x10,
    /// "No matching subscribers", is for the server alone.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1 code=0x92
    /// ```
    name: "reserved-pubrec-code",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.5.2-1"],
    on: [Packet(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::defined(context, context.ack().and_then(|ack| Some((ack.reason_code?, ack.reason_code_at))))
}
