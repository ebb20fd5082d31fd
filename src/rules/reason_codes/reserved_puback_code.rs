use crate::rule::prelude::*;

rule! {
    /// A PUBACK has a Reason Code that is not defined for it, or not for its sender.
    ///
    /// ## Why it matters
    ///
    /// A code from 0x80 on means that the message was not accepted; the sender has to be able to tell why. 0x10, "No
    /// matching subscribers", is for the server alone.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=1 packet_id=1
    /// S>C PUBACK packet_id=1 code=0x92
    /// ```
    name: "reserved-puback-code",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.4.2-1"],
    on: [Packet(PacketType::Puback)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::defined(context, context.ack().and_then(|ack| Some((ack.reason_code?, ack.reason_code_at))))
}
