//! Fields into bytes: an owned model of every packet that can also be put together wrongly on purpose.
//!
//! It exists for fixtures and tests. It writes what it is given and checks nothing: a field that is `None` is left out,
//! flags need not fit the fields, lengths may lie, properties may be unknown, repeated or out of place. Only the layout
//! follows the version: without 5.0, Reason Codes it introduced and property blocks are left out.

mod decoded;

use super::PropertyId;
use super::header::{PacketType, VarInt};
use super::version::Version;

/// A control packet to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    /// Type and flags.
    pub first_byte: u8,
    /// The Remaining Length to write; `None` for the true one in its shortest form.
    pub remaining_length: Option<VarInt>,
    /// Variable header and payload; need not belong to the type in `first_byte`.
    pub body: Body,
    /// Bytes to write behind the last field.
    pub trailing: Vec<u8>,
}

/// Variable header and payload, by layout.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the variants are the packet types")]
#[allow(clippy::large_enum_variant, reason = "a few of them live at a time, in tests and fixtures")]
pub enum Body {
    Connect(Connect),
    Connack(Connack),
    Publish(Publish),
    /// PUBACK, PUBREC, PUBREL or PUBCOMP; which of them says [`Packet::first_byte`].
    Ack(Ack),
    Subscribe(Subscribe),
    /// SUBACK, and UNSUBACK in 5.0.
    Suback(Suback),
    Unsubscribe(Unsubscribe),
    /// DISCONNECT and AUTH.
    Reason(Reason),
    /// PINGREQ, PINGRESP, and whatever shall consist of [`Packet::trailing`] alone.
    Empty,
}

/// The fields of a CONNECT, written in the layout of its own level; of the version asked for if that level is unknown.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Connect {
    pub protocol_name: Option<Vec<u8>>,
    pub protocol_level: Option<u8>,
    pub flags: Option<u8>,
    pub keep_alive: Option<u16>,
    pub properties: Option<Properties>,
    pub client_id: Option<Vec<u8>>,
    pub will: Option<Will>,
    pub user_name: Option<Vec<u8>>,
    pub password: Option<Vec<u8>>,
}

/// The Will of a CONNECT.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Will {
    pub properties: Option<Properties>,
    pub topic: Option<Vec<u8>>,
    pub message: Option<Vec<u8>>,
}

/// The fields of a CONNACK.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Connack {
    pub flags: Option<u8>,
    pub code: Option<u8>,
    pub properties: Option<Properties>,
}

/// The fields of a PUBLISH; its flags are in [`Packet::first_byte`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Publish {
    pub topic: Option<Vec<u8>>,
    pub packet_id: Option<u16>,
    pub properties: Option<Properties>,
    pub payload: Vec<u8>,
}

/// The fields of a PUBACK, PUBREC, PUBREL or PUBCOMP.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Ack {
    pub packet_id: Option<u16>,
    pub reason_code: Option<u8>,
    pub properties: Option<Properties>,
}

/// The fields of a SUBSCRIBE.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Subscribe {
    pub packet_id: Option<u16>,
    pub properties: Option<Properties>,
    /// Topic Filters with their Subscription Options.
    pub filters: Vec<(Vec<u8>, u8)>,
}

/// The fields of a SUBACK or UNSUBACK.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Suback {
    pub packet_id: Option<u16>,
    pub properties: Option<Properties>,
    pub codes: Vec<u8>,
}

/// The fields of an UNSUBSCRIBE.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Unsubscribe {
    pub packet_id: Option<u16>,
    pub properties: Option<Properties>,
    pub filters: Vec<Vec<u8>>,
}

/// The fields of a DISCONNECT, which are left out without 5.0, or of an AUTH.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the decoded packet")]
pub struct Reason {
    pub reason_code: Option<u8>,
    pub properties: Option<Properties>,
}

/// A property block; `None` where one is expected leaves out the Property Length too.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Properties {
    /// The Property Length to write; `None` for the true one in its shortest form.
    pub length: Option<VarInt>,
    /// The properties in the order to write.
    pub items: Vec<Property>,
}

/// A property to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Property {
    /// The identifier, known or not.
    pub id: u32,
    /// The bytes to spend on the identifier; fewer than it needs count as those.
    pub id_len: u8,
    /// The value; need not be of the type the identifier has.
    pub value: PropertyValue,
}

/// The value of a property to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the variants are the data types of the specification")]
pub enum PropertyValue {
    Byte(u8),
    TwoByte(u16),
    FourByte(u32),
    Varint(VarInt),
    Binary(Vec<u8>),
    Text(Vec<u8>),
    Pair(Vec<u8>, Vec<u8>),
    /// Exactly these bytes, for what is no value at all.
    Raw(Vec<u8>),
}

impl Packet {
    /// A packet of this type with the flags its type demands; for PUBLISH, QoS 0.
    pub fn new(packet_type: PacketType, body: Body) -> Packet {
        let first_byte = (packet_type as u8) << 4 | packet_type.required_flags();
        Packet { first_byte, remaining_length: None, body, trailing: Vec::new() }
    }

    /// A packet without fields: exactly these bytes behind a true Remaining Length.
    pub fn raw(first_byte: u8, bytes: impl Into<Vec<u8>>) -> Packet {
        Packet { first_byte, remaining_length: None, body: Body::Empty, trailing: bytes.into() }
    }

    /// A CONNECT.
    pub fn connect(connect: Connect) -> Packet {
        Packet::new(PacketType::Connect, Body::Connect(connect))
    }

    /// A CONNACK with an empty property block.
    pub fn connack(flags: u8, code: u8) -> Packet {
        let connack = Connack { flags: Some(flags), code: Some(code), properties: Some(Properties::default()) };
        Packet::new(PacketType::Connack, Body::Connack(connack))
    }

    /// A PUBLISH with QoS 0, neither DUP nor RETAIN, and an empty property block.
    pub fn publish(topic: impl Into<Vec<u8>>, payload: impl Into<Vec<u8>>) -> Packet {
        let publish =
            Publish { topic: Some(topic.into()), packet_id: None, properties: Some(Properties::default()), payload: payload.into() };
        Packet::new(PacketType::Publish, Body::Publish(publish))
    }

    /// A PUBACK, PUBREC, PUBREL or PUBCOMP in its short form.
    pub fn ack(packet_type: PacketType, packet_id: u16) -> Packet {
        Packet::new(packet_type, Body::Ack(Ack { packet_id: Some(packet_id), ..Ack::default() }))
    }

    /// A SUBSCRIBE with an empty property block.
    pub fn subscribe(packet_id: u16, filters: impl IntoIterator<Item = (impl Into<Vec<u8>>, u8)>) -> Packet {
        let filters = filters.into_iter().map(|(filter, options)| (filter.into(), options)).collect();
        let subscribe = Subscribe { packet_id: Some(packet_id), properties: Some(Properties::default()), filters };
        Packet::new(PacketType::Subscribe, Body::Subscribe(subscribe))
    }

    /// A SUBACK with an empty property block.
    pub fn suback(packet_id: u16, codes: impl Into<Vec<u8>>) -> Packet {
        Packet::new(PacketType::Suback, Body::Suback(Suback::new(packet_id, codes)))
    }

    /// An UNSUBSCRIBE with an empty property block.
    pub fn unsubscribe(packet_id: u16, filters: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Packet {
        let filters = filters.into_iter().map(Into::into).collect();
        let unsubscribe = Unsubscribe { packet_id: Some(packet_id), properties: Some(Properties::default()), filters };
        Packet::new(PacketType::Unsubscribe, Body::Unsubscribe(unsubscribe))
    }

    /// An UNSUBACK with an empty property block; without 5.0 its codes are left out.
    pub fn unsuback(packet_id: u16, codes: impl Into<Vec<u8>>) -> Packet {
        Packet::new(PacketType::Unsuback, Body::Suback(Suback::new(packet_id, codes)))
    }

    /// A PINGREQ.
    pub fn pingreq() -> Packet {
        Packet::new(PacketType::Pingreq, Body::Empty)
    }

    /// A PINGRESP.
    pub fn pingresp() -> Packet {
        Packet::new(PacketType::Pingresp, Body::Empty)
    }

    /// A DISCONNECT; `None` gives its short form.
    pub fn disconnect(reason_code: Option<u8>) -> Packet {
        Packet::new(PacketType::Disconnect, Body::Reason(Reason { reason_code, properties: None }))
    }

    /// An AUTH; no properties give a packet that breaks off behind the Reason Code.
    pub fn auth(reason_code: Option<u8>, properties: Option<Properties>) -> Packet {
        Packet::new(PacketType::Auth, Body::Reason(Reason { reason_code, properties }))
    }

    /// Writes the packet; strings and binary data longer than 65,535 bytes are cut there.
    pub fn encode(&self, version: Version) -> Vec<u8> {
        let mut body = Writer { out: Vec::new(), version };
        let packet_type = PacketType::from_first_byte(self.first_byte);
        match &self.body {
            Body::Connect(connect) => body.connect(connect),
            Body::Connack(connack) => {
                body.u8(connack.flags);
                body.u8(connack.code);
                body.properties(&connack.properties);
            }
            Body::Publish(publish) => {
                body.prefixed(&publish.topic);
                body.u16(publish.packet_id);
                body.properties(&publish.properties);
                body.out.extend_from_slice(&publish.payload);
            }
            Body::Ack(ack) => {
                body.u16(ack.packet_id);
                body.reason(ack.reason_code, &ack.properties);
            }
            Body::Subscribe(subscribe) => {
                body.u16(subscribe.packet_id);
                body.properties(&subscribe.properties);
                for (filter, options) in &subscribe.filters {
                    push_prefixed(&mut body.out, filter);
                    body.out.push(*options);
                }
            }
            Body::Suback(suback) => {
                body.u16(suback.packet_id);
                body.properties(&suback.properties);
                if version == Version::V5_0 || packet_type != PacketType::Unsuback {
                    body.out.extend_from_slice(&suback.codes);
                }
            }
            Body::Unsubscribe(unsubscribe) => {
                body.u16(unsubscribe.packet_id);
                body.properties(&unsubscribe.properties);
                unsubscribe.filters.iter().for_each(|filter| push_prefixed(&mut body.out, filter));
            }
            Body::Reason(reason) => {
                // Other versions have no AUTH, so it can only be meant as that of 5.0.
                if packet_type == PacketType::Auth {
                    body.version = Version::V5_0;
                }
                body.reason(reason.reason_code, &reason.properties);
            }
            Body::Empty => {}
        }
        body.out.extend_from_slice(&self.trailing);
        let mut out = Vec::with_capacity(5 + body.out.len());
        out.push(self.first_byte);
        push_var_int(&mut out, self.remaining_length.unwrap_or_else(|| VarInt::minimal(body.out.len() as u32)));
        out.append(&mut body.out);
        out
    }
}

impl Connect {
    /// What a client of this version sends for a clean session with a Keep Alive of 60 seconds and nothing else.
    pub fn new(version: Version, client_id: impl Into<Vec<u8>>) -> Connect {
        Connect {
            protocol_name: Some(version.protocol_name().into()),
            protocol_level: Some(version.level()),
            flags: Some(0x02),
            keep_alive: Some(60),
            properties: Some(Properties::default()),
            client_id: Some(client_id.into()),
            ..Connect::default()
        }
    }

    /// Adds a will without properties and sets its flags.
    pub fn with_will(mut self, topic: impl Into<Vec<u8>>, message: impl Into<Vec<u8>>, qos: u8, retain: bool) -> Connect {
        self.set_flags(0x04 | (qos & 0x03) << 3 | u8::from(retain) << 5);
        self.will = Some(Will { properties: Some(Properties::default()), topic: Some(topic.into()), message: Some(message.into()) });
        self
    }

    /// Adds a User Name and sets its flag.
    pub fn with_user_name(mut self, user_name: impl Into<Vec<u8>>) -> Connect {
        self.set_flags(0x80);
        self.user_name = Some(user_name.into());
        self
    }

    /// Adds a Password and sets its flag.
    pub fn with_password(mut self, password: impl Into<Vec<u8>>) -> Connect {
        self.set_flags(0x40);
        self.password = Some(password.into());
        self
    }

    fn set_flags(&mut self, bits: u8) {
        *self.flags.get_or_insert(0) |= bits;
    }
}

impl Suback {
    fn new(packet_id: u16, codes: impl Into<Vec<u8>>) -> Suback {
        Suback { packet_id: Some(packet_id), properties: Some(Properties::default()), codes: codes.into() }
    }
}

impl From<Vec<Property>> for Properties {
    fn from(items: Vec<Property>) -> Properties {
        Properties { length: None, items }
    }
}

impl Property {
    /// A property with its identifier in the shortest form.
    pub fn new(id: u32, value: PropertyValue) -> Property {
        Property { id, id_len: VarInt::minimal(id).encoded_len, value }
    }
}

impl From<(PropertyId, PropertyValue)> for Property {
    fn from((id, value): (PropertyId, PropertyValue)) -> Property {
        Property::new(id.to_u32(), value)
    }
}

/// Writes the integer in `encoded_len` bytes: at least as many as its value needs, and never more than four.
pub fn push_var_int(out: &mut Vec<u8>, int: VarInt) {
    let value = int.value.min(VarInt::MAX);
    let len = int.encoded_len.clamp(VarInt::minimal(value).encoded_len, 4);
    for index in 0..len {
        let more = if index + 1 < len { 0x80 } else { 0 };
        out.push((value >> (7 * index) & 0x7f) as u8 | more);
    }
}

fn push_prefixed(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend(bytes.iter().take(usize::from(len)));
}

struct Writer {
    out: Vec<u8>,
    version: Version,
}

impl Writer {
    fn u8(&mut self, value: Option<u8>) {
        self.out.extend(value);
    }

    fn u16(&mut self, value: Option<u16>) {
        self.out.extend(value.into_iter().flat_map(u16::to_be_bytes));
    }

    fn prefixed(&mut self, bytes: &Option<Vec<u8>>) {
        if let Some(bytes) = bytes {
            push_prefixed(&mut self.out, bytes);
        }
    }

    fn connect(&mut self, connect: &Connect) {
        self.version = connect.protocol_level.and_then(Version::from_level).unwrap_or(self.version);
        self.prefixed(&connect.protocol_name);
        self.u8(connect.protocol_level);
        self.u8(connect.flags);
        self.u16(connect.keep_alive);
        self.properties(&connect.properties);
        self.prefixed(&connect.client_id);
        if let Some(will) = &connect.will {
            self.properties(&will.properties);
            self.prefixed(&will.topic);
            self.prefixed(&will.message);
        }
        self.prefixed(&connect.user_name);
        self.prefixed(&connect.password);
    }

    fn reason(&mut self, reason_code: Option<u8>, properties: &Option<Properties>) {
        if self.version == Version::V5_0 {
            self.u8(reason_code);
            self.properties(properties);
        }
    }

    fn properties(&mut self, properties: &Option<Properties>) {
        let Some(properties) = properties.as_ref().filter(|_| self.version == Version::V5_0) else { return };
        let mut block = Vec::new();
        for property in &properties.items {
            push_var_int(&mut block, VarInt { value: property.id, encoded_len: property.id_len });
            match &property.value {
                PropertyValue::Byte(value) => block.push(*value),
                PropertyValue::TwoByte(value) => block.extend(value.to_be_bytes()),
                PropertyValue::FourByte(value) => block.extend(value.to_be_bytes()),
                PropertyValue::Varint(value) => push_var_int(&mut block, *value),
                PropertyValue::Binary(bytes) | PropertyValue::Text(bytes) => push_prefixed(&mut block, bytes),
                PropertyValue::Pair(name, value) => {
                    push_prefixed(&mut block, name);
                    push_prefixed(&mut block, value);
                }
                PropertyValue::Raw(bytes) => block.extend_from_slice(bytes),
            }
        }
        push_var_int(&mut self.out, properties.length.unwrap_or_else(|| VarInt::minimal(block.len() as u32)));
        self.out.append(&mut block);
    }
}
