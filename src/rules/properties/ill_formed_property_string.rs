use super::Clauses;
use crate::mqtt::PropertyValue;
use crate::rule::prelude::*;

rule! {
    /// A string among the properties is not well-formed UTF-8, or holds U+0000.
    ///
    /// ## Why it matters
    ///
    /// The receiver has to take the packet for malformed and to close the connection. Reason Strings are often error
    /// messages of the operating system, in whatever encoding that has. User Properties, and the strings in a PUBLISH,
    /// have statements and rules of their own.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C 20 08 00 87 05 1f 00 02 6e f6          Reason String in Latin-1
    /// ```
    name: "ill-formed-property-string",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-1.5.4-1", "MQTT-1.5.4-2"],
    on: [
        Packet(PacketType::Connect),
        Packet(PacketType::Connack),
        Packet(PacketType::Puback),
        Packet(PacketType::Pubrec),
        Packet(PacketType::Pubrel),
        Packet(PacketType::Pubcomp),
        Packet(PacketType::Suback),
        Packet(PacketType::Unsuback),
        Packet(PacketType::Disconnect),
        Packet(PacketType::Auth),
    ],
}

fn check(context: &Context<'_>) -> Verdict {
    const CLAUSES: Clauses = Clauses { ill_formed: &["MQTT-1.5.4-1"], nul: &["MQTT-1.5.4-2"] };
    let mut verdict = Verdict::NotApplicable;
    for property in super::blocks(context).flat_map(|block| block.properties.iter()) {
        if let PropertyValue::Text(text) = property.value
            && let Some(id) = property.property_id()
        {
            verdict = super::strings(id.name(), [text], CLAUSES);
            if matches!(verdict, Verdict::Fail(_)) {
                break;
            }
        }
    }
    verdict
}
