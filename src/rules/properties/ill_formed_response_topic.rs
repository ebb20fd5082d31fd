use super::Clauses;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The Response Topic of a PUBLISH is not well-formed UTF-8, or holds U+0000.
    ///
    /// ## Why it matters
    ///
    /// The receiver has to take the packet for malformed and to close the connection. The Response Topic travels with
    /// the message to every subscriber: one that answers would be closed for a topic that it did not write.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S 30 08 00 01 61 04 08 00 01 ff
    /// ```
    name: "ill-formed-response-topic",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.2-13", "MQTT-1.5.4-1", "MQTT-1.5.4-2"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    const CLAUSES: Clauses = Clauses { ill_formed: &["MQTT-3.3.2-13", "MQTT-1.5.4-1"], nul: &["MQTT-1.5.4-2", "MQTT-3.3.2-13"] };
    super::strings("Response Topic", super::texts(context, PropertyId::ResponseTopic), CLAUSES)
}
