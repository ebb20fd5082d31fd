use crate::rule::prelude::*;

rule! {
    /// A PUBLISH with QoS 0 has DUP set.
    ///
    /// ## Why it matters
    ///
    /// QoS 0 is sent once and never again, so it cannot be a duplicate. A receiver that trusts the flag may drop the
    /// only copy.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S 38 03 00 01 61             DUP 1, QoS 0
    /// ```
    name: "dup-on-qos-0",
    binds: Sender,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.3.1-2", "MQTT-4.3.1-1"],
    v5_0: ["MQTT-3.3.1-2", "MQTT-4.3.1-1"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(header) = context.header() else { return Verdict::NotApplicable };
    if header.qos_bits() != 0 {
        return Verdict::NotApplicable;
    }
    Verdict::require(!header.dup(), || Fault::new("DUP is 1, though the QoS is 0").at(0, 1))
}
