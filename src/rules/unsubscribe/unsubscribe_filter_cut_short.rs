use crate::rule::prelude::*;

rule! {
    /// An UNSUBSCRIBE ends within a Topic Filter.
    ///
    /// ## Why it matters
    ///
    /// The server cannot read the packet and closes the connection. Clients that send a QoS byte behind each filter,
    /// as in SUBSCRIBE, end up here.
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
    /// C>S a2 06 00 01 00 01 61 00    a QoS byte, as in SUBSCRIBE
    /// ```
    name: "unsubscribe-filter-cut-short",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.10.3-1"],
    v5_0: ["PE-1.2-1"],
    on: [Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::complete(context, &[Field::TopicFilter])
}
