//! The wire format of MQTT 3.1, 3.1.1 and 5.0: bytes into [`Packet`]s, and, in [`encode`], back.
//!
//! ```
//! use mqttscope::mqtt::{Body, HeaderStatus, Version, decode, fixed_header};
//!
//! let bytes = b"\x30\x07\x00\x03a/bhi";
//! let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("a header") };
//! let packet = decode(header, &bytes[header.len()..header.packet_len()], Version::V3_1_1);
//! let Body::Publish(publish) = packet.body else { panic!("a PUBLISH") };
//! assert_eq!(publish.topic.and_then(|topic| topic.as_str()), Some("a/b"));
//! assert_eq!(publish.payload, b"hi");
//! ```
//!
//! Decoding never fails, never allocates and judges nothing. Strings are bytes; flag and reserved bits, the order of
//! properties, duplicates, padded integers, unknown codes and trailing bytes are all kept; absent, empty and default stay
//! three different things. A body that does not have the layout of its type yields [`Malformed`] together with everything
//! read before. QoS 3, wrong flags or a packet from the wrong side are described like anything else: whether they are
//! allowed is for others to say.
//!
//! It is a leaf: it uses nothing else of this crate, keeps no state from packet to packet, and does no input or output.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod encode;
mod header;
mod packet;
mod property;
mod read;
pub mod reason;
#[cfg(test)]
pub(crate) mod tests;
mod text;
pub mod topic;
mod version;

pub use header::{FixedHeader, HeaderStatus, PacketType, VarInt, fixed_header};
pub use packet::{
    Ack, Auth, Connack, Connect, ConnectFlags, Disconnect, Filters, FiltersIter, Publish, Suback, Subscribe, SubscribeFilter,
    SubscriptionOptions, TopicFilters, TopicFiltersIter, Unsuback, Unsubscribe, Will, publish_head_len,
};
pub use property::{Properties, Property, PropertyId, PropertyIter, PropertyPlace, PropertyType, PropertyValue};
pub use read::{Field, Malformed, MalformedKind};
pub use text::{Binary, Text};
pub use version::{UnknownVersion, Version};

use read::Reader;

/// One control packet as sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: FixedHeader,
    /// The version by whose layout the body was read; for CONNECT its own, if it names a known one (3.1.1 if not).
    pub version: Version,
    /// Variable header and payload.
    pub body: Body<'a>,
    /// The first thing that does not fit the layout, or `None` when the body does.
    pub malformed: Option<Malformed>,
    /// What is behind the last field; empty for PUBLISH, SUBACK and others whose last field takes all there is.
    pub trailing: &'a [u8],
    /// The offset of `trailing` from the start of the packet.
    pub trailing_at: u32,
}

/// Variable header and payload, by type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the variants are the packet types")]
#[allow(clippy::large_enum_variant, reason = "a box would allocate; the small variants never touch the room for CONNECT")]
pub enum Body<'a> {
    Connect(Connect<'a>),
    Connack(Connack<'a>),
    Publish(Publish<'a>),
    /// PUBACK, PUBREC, PUBREL or PUBCOMP; which of them says the fixed header.
    Ack(Ack<'a>),
    Subscribe(Subscribe<'a>),
    Suback(Suback<'a>),
    Unsubscribe(Unsubscribe<'a>),
    Unsuback(Unsuback<'a>),
    Pingreq,
    Pingresp,
    Disconnect(Disconnect<'a>),
    Auth(Auth<'a>),
    /// Type 0, which has no layout: the whole body is trailing bytes.
    Reserved,
}

/// Reads the bytes behind a fixed header by the layout its type has in `version`.
///
/// For PUBLISH, `body` may end anywhere in the payload. For all others it should be the whole body; where it is shorter
/// than the Remaining Length, the fields that are not at hand count as truncated. Bytes behind the packet are not looked at.
#[inline]
pub fn decode<'a>(header: FixedHeader, body: &'a [u8], version: Version) -> Packet<'a> {
    let body = body.get(..header.remaining_length.value as usize).unwrap_or(body);
    let mut reader = Reader::new(body, header.len() as u32);
    let r = &mut reader;
    // Each arm builds the whole packet in place: a match that yields a `Body` would copy the room for a CONNECT every time.
    match header.packet_type() {
        PacketType::Publish => finish(header, version, Body::Publish(Publish::read(r, header, version)), r),
        PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => {
            finish(header, version, Body::Ack(Ack::read(r, version)), r)
        }
        PacketType::Pingreq => finish(header, version, Body::Pingreq, r),
        PacketType::Pingresp => finish(header, version, Body::Pingresp, r),
        PacketType::Connect => {
            let connect = Connect::read(r);
            let layout = connect.version().unwrap_or(if connect.protocol_level.is_some() { Version::V3_1_1 } else { version });
            finish(header, layout, Body::Connect(connect), r)
        }
        PacketType::Connack => finish(header, version, Body::Connack(Connack::read(r, version)), r),
        PacketType::Subscribe => finish(header, version, Body::Subscribe(Subscribe::read(r, version)), r),
        PacketType::Suback => finish(header, version, Body::Suback(Suback::read(r, version)), r),
        PacketType::Unsubscribe => finish(header, version, Body::Unsubscribe(Unsubscribe::read(r, version)), r),
        PacketType::Unsuback => finish(header, version, Body::Unsuback(Unsuback::read(r, version)), r),
        PacketType::Disconnect => finish(header, version, Body::Disconnect(Disconnect::read(r, version)), r),
        PacketType::Auth => finish(header, version, Body::Auth(Auth::read(r, version)), r),
        PacketType::Reserved => finish(header, version, Body::Reserved, r),
    }
}

#[inline(always)]
fn finish<'a>(header: FixedHeader, version: Version, body: Body<'a>, reader: &mut Reader<'a>) -> Packet<'a> {
    let trailing_at = reader.at();
    let trailing = reader.take_rest();
    Packet { header, version, body, malformed: reader.malformed(), trailing, trailing_at }
}

impl<'a> Packet<'a> {
    /// The control packet type.
    #[inline]
    pub const fn packet_type(&self) -> PacketType {
        self.header.packet_type()
    }

    /// The Packet Identifier, of types that have one and packets that reach that far.
    pub const fn packet_id(&self) -> Option<u16> {
        match &self.body {
            Body::Publish(publish) => publish.packet_id,
            Body::Ack(ack) => ack.packet_id,
            Body::Subscribe(subscribe) => subscribe.packet_id,
            Body::Suback(suback) => suback.packet_id,
            Body::Unsubscribe(unsubscribe) => unsubscribe.packet_id,
            Body::Unsuback(unsuback) => unsuback.packet_id,
            _ => None,
        }
    }

    /// The offset of the Packet Identifier from the start of the packet, of types that have one.
    pub const fn packet_id_at(&self) -> Option<u32> {
        match &self.body {
            Body::Publish(publish) => Some(publish.packet_id_at),
            Body::Ack(ack) => Some(ack.packet_id_at),
            Body::Subscribe(subscribe) => Some(subscribe.packet_id_at),
            Body::Suback(suback) => Some(suback.packet_id_at),
            Body::Unsubscribe(unsubscribe) => Some(unsubscribe.packet_id_at),
            Body::Unsuback(unsuback) => Some(unsuback.packet_id_at),
            _ => None,
        }
    }

    /// The Reason Code or Connect Return Code, of types that have a single one and packets that hold it.
    pub const fn reason_code(&self) -> Option<u8> {
        match &self.body {
            Body::Connack(connack) => connack.code,
            Body::Ack(ack) => ack.reason_code,
            Body::Disconnect(disconnect) => disconnect.reason_code,
            Body::Auth(auth) => auth.reason_code,
            _ => None,
        }
    }

    /// The property block of the variable header, of types that have one (the Will Properties are in [`Will`]).
    pub const fn properties(&self) -> Option<&Properties<'a>> {
        match &self.body {
            Body::Connect(connect) => Some(&connect.properties),
            Body::Connack(connack) => Some(&connack.properties),
            Body::Publish(publish) => Some(&publish.properties),
            Body::Ack(ack) => Some(&ack.properties),
            Body::Subscribe(subscribe) => Some(&subscribe.properties),
            Body::Suback(suback) => Some(&suback.properties),
            Body::Unsubscribe(unsubscribe) => Some(&unsubscribe.properties),
            Body::Unsuback(unsuback) => Some(&unsuback.properties),
            Body::Disconnect(disconnect) => Some(&disconnect.properties),
            Body::Auth(auth) => Some(&auth.properties),
            Body::Pingreq | Body::Pingresp | Body::Reserved => None,
        }
    }

    /// The bytes behind the last field as a [`Malformed`], for callers that count them as one.
    pub const fn trailing_bytes(&self) -> Option<Malformed> {
        if self.trailing.is_empty() {
            return None;
        }
        let (at, have) = (self.trailing_at as usize, self.trailing.len());
        Some(Malformed { at, field: Field::End, kind: MalformedKind::TrailingBytes, needed: 0, have })
    }
}
