//! From the view of a decoded packet to the owned model.

use super::{Ack, Body, Connack, Connect, Packet, Properties, Property, PropertyValue, Publish, Reason, Suback, Subscribe};
use super::{Unsubscribe, Will};
use crate::mqtt;

/// Takes over every field; encoded in the packet's own version it gives the same bytes, unless the packet is malformed or
/// the end of its payload was not at hand.
impl From<&mqtt::Packet<'_>> for Packet {
    fn from(packet: &mqtt::Packet<'_>) -> Packet {
        let body = match &packet.body {
            mqtt::Body::Connect(connect) => Body::Connect(Connect {
                protocol_name: connect.protocol_name.map(|text| text.bytes.to_vec()),
                protocol_level: connect.protocol_level,
                flags: connect.flags.map(|flags| flags.0),
                keep_alive: connect.keep_alive,
                properties: owned(&connect.properties),
                client_id: connect.client_id.map(|text| text.bytes.to_vec()),
                will: connect.will.as_ref().map(Will::from),
                user_name: connect.user_name.map(|text| text.bytes.to_vec()),
                password: connect.password.map(|data| data.bytes.to_vec()),
            }),
            mqtt::Body::Connack(connack) => {
                Body::Connack(Connack { flags: connack.flags, code: connack.code, properties: owned(&connack.properties) })
            }
            mqtt::Body::Publish(publish) => Body::Publish(Publish {
                topic: publish.topic.map(|text| text.bytes.to_vec()),
                packet_id: publish.packet_id,
                properties: owned(&publish.properties),
                payload: publish.payload.to_vec(),
            }),
            mqtt::Body::Ack(ack) => {
                Body::Ack(Ack { packet_id: ack.packet_id, reason_code: ack.reason_code, properties: owned(&ack.properties) })
            }
            mqtt::Body::Subscribe(subscribe) => Body::Subscribe(Subscribe {
                packet_id: subscribe.packet_id,
                properties: owned(&subscribe.properties),
                filters: subscribe.filters.iter().map(pair).collect(),
            }),
            mqtt::Body::Suback(suback) => {
                Body::Suback(Suback { packet_id: suback.packet_id, properties: owned(&suback.properties), codes: suback.codes.to_vec() })
            }
            mqtt::Body::Unsubscribe(unsubscribe) => Body::Unsubscribe(Unsubscribe {
                packet_id: unsubscribe.packet_id,
                properties: owned(&unsubscribe.properties),
                filters: unsubscribe.filters.iter().map(|filter| filter.bytes.to_vec()).collect(),
            }),
            mqtt::Body::Unsuback(unsuback) => Body::Suback(Suback {
                packet_id: unsuback.packet_id,
                properties: owned(&unsuback.properties),
                codes: unsuback.codes.to_vec(),
            }),
            mqtt::Body::Disconnect(disconnect) => {
                Body::Reason(Reason { reason_code: disconnect.reason_code, properties: owned(&disconnect.properties) })
            }
            mqtt::Body::Auth(auth) => Body::Reason(Reason { reason_code: auth.reason_code, properties: owned(&auth.properties) }),
            mqtt::Body::Pingreq | mqtt::Body::Pingresp | mqtt::Body::Reserved => Body::Empty,
        };
        Packet {
            first_byte: packet.header.first_byte,
            remaining_length: Some(packet.header.remaining_length),
            body,
            trailing: packet.trailing.to_vec(),
        }
    }
}

impl From<&mqtt::Will<'_>> for Will {
    fn from(will: &mqtt::Will<'_>) -> Will {
        Will {
            properties: owned(&will.properties),
            topic: will.topic.map(|text| text.bytes.to_vec()),
            message: will.message.map(|data| data.bytes.to_vec()),
        }
    }
}

fn pair(filter: mqtt::SubscribeFilter<'_>) -> (Vec<u8>, u8) {
    (filter.filter.bytes.to_vec(), filter.options.0)
}

fn owned(properties: &mqtt::Properties<'_>) -> Option<Properties> {
    let items = properties.iter().map(|property| {
        let value = match property.value {
            mqtt::PropertyValue::Byte(value) => PropertyValue::Byte(value),
            mqtt::PropertyValue::TwoByte(value) => PropertyValue::TwoByte(value),
            mqtt::PropertyValue::FourByte(value) => PropertyValue::FourByte(value),
            mqtt::PropertyValue::Varint(value) => PropertyValue::Varint(value),
            mqtt::PropertyValue::Binary(data) => PropertyValue::Binary(data.bytes.to_vec()),
            mqtt::PropertyValue::Text(text) => PropertyValue::Text(text.bytes.to_vec()),
            mqtt::PropertyValue::Pair(name, value) => PropertyValue::Pair(name.bytes.to_vec(), value.bytes.to_vec()),
        };
        Property { id: property.id, id_len: property.id_len, value }
    });
    properties.length.map(|length| Properties { length: Some(length), items: items.collect() })
}
