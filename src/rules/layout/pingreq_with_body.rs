use crate::rule::prelude::*;

rule! {
    /// A PINGREQ has a body.
    ///
    /// ## Why it matters
    ///
    /// A PINGREQ is two bytes long. Some stacks send the Client Identifier with it, as MQTT-SN does; the server
    /// closes the connection, often only after the first silence.
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
    /// C>S c0 01 00
    /// ```
    name: "pingreq-with-body",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["PE3-3.12.1-1"],
    v5_0: ["PE-1.2-1"],
    on: [Packet(PacketType::Pingreq)],
}

fn check(context: &Context<'_>) -> Verdict {
    checks::remaining_length(context, 0)
}
