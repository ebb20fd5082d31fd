use super::Clauses;
use crate::mqtt::{PropertyId, PropertyValue};
use crate::rule::prelude::*;

rule! {
    /// Name or value of a User Property is not well-formed UTF-8, or holds U+0000.
    ///
    /// ## Why it matters
    ///
    /// A receiver has to take the packet for malformed and to close the connection. User Properties travel with the
    /// message to every subscriber. Values in Latin-1 or another old encoding are the usual cause, or binary data; that
    /// belongs in the payload or in Correlation Data.
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
    /// C>S 30 0b 00 01 61 07 26 00 01 6b 00 01 ff      "k" and the byte ff
    /// ```
    name: "ill-formed-user-property",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-1.5.7-1", "MQTT-1.5.4-1", "MQTT-1.5.4-2"],
    on: [
        Packet(PacketType::Connect),
        Packet(PacketType::Connack),
        Packet(PacketType::Publish),
        Packet(PacketType::Puback),
        Packet(PacketType::Pubrec),
        Packet(PacketType::Pubrel),
        Packet(PacketType::Pubcomp),
        Packet(PacketType::Subscribe),
        Packet(PacketType::Suback),
        Packet(PacketType::Unsubscribe),
        Packet(PacketType::Unsuback),
        Packet(PacketType::Disconnect),
        Packet(PacketType::Auth),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    const CLAUSES: Clauses = Clauses { ill_formed: &["MQTT-1.5.7-1", "MQTT-1.5.4-1"], nul: &["MQTT-1.5.4-2", "MQTT-1.5.7-1"] };
    let pairs = super::blocks(context).flat_map(|block| block.properties.all(PropertyId::UserProperty));
    let texts = pairs.flat_map(|pair| match pair.value {
        PropertyValue::Pair(name, value) => [Some(name), Some(value)],
        _ => [None, None],
    });
    super::strings("User Property", texts.flatten(), CLAUSES)
}
