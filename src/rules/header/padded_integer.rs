use crate::mqtt::{Packet, Properties, PropertyValue, VarInt};
use crate::rule::prelude::*;

rule! {
    /// A Variable Byte Integer takes more bytes than its value needs.
    ///
    /// ## Why it matters
    ///
    /// In 5.0 each number has one spelling. 3.1.1 does not say so, and some encoders always write four length bytes
    /// so that they can fill them in later: such a client works until it is switched to 5.0.
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
    /// C>S c0 80 00                   0 in two bytes
    /// ```
    name: "padded-integer",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-1.5.5-1"],
    on: [AnyPacket],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    let remaining = packet.header.remaining_length;
    let padded = if remaining.is_minimal() { in_properties(packet) } else { Some((1, remaining)) };
    Verdict::unless(padded.map(|(at, number)| {
        let (value, len) = (number.value, number.encoded_len);
        Fault::new(format!("{value} is written in {len} bytes; {} would do", number.minimal_len())).at(at, usize::from(len))
    }))
}

fn in_properties(packet: &Packet<'_>) -> Option<(u32, VarInt)> {
    let will = match &packet.body {
        Body::Connect(connect) => connect.will.as_ref().map(|will| &will.properties),
        _ => None,
    };
    packet.properties().into_iter().chain(will).find_map(in_block)
}

fn in_block(properties: &Properties<'_>) -> Option<(u32, VarInt)> {
    let length = properties.length?;
    if !length.is_minimal() {
        return Some((properties.at - u32::from(length.encoded_len), length));
    }
    properties.iter().find_map(|property| {
        let id = VarInt { value: property.id, encoded_len: property.id_len };
        match property.value {
            _ if !id.is_minimal() => Some((property.at, id)),
            PropertyValue::Varint(value) if !value.is_minimal() => Some((property.value_at(), value)),
            _ => None,
        }
    })
}
