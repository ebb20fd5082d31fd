//! PUBLISH (3.1.1 and 5.0 section 3.3), whose payload need not be at hand.

use crate::mqtt::header::{FixedHeader, var_int};
use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader, prefixed_len};
use crate::mqtt::text::Text;
use crate::mqtt::version::Version;

/// The variable header and payload of a PUBLISH.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Publish<'a> {
    /// The Topic Name.
    pub topic: Option<Text<'a>>,
    /// The Packet Identifier, read whenever the QoS bits are not 0 (also for 3).
    pub packet_id: Option<u16>,
    /// The offset of the Packet Identifier from the start of the packet.
    pub packet_id_at: u32,
    /// The properties of 5.0.
    pub properties: Properties<'a>,
    /// As much of the payload as was given to the decoder, from its start.
    pub payload: &'a [u8],
    /// The length of the whole payload in bytes, after the Remaining Length; 0 when the packet breaks off before it.
    pub payload_len: u32,
    /// The offset of the payload from the start of the packet; its end when the packet breaks off before the payload.
    pub payload_at: u32,
}

impl<'a> Publish<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, header: FixedHeader, version: Version) -> Publish<'a> {
        let topic = reader.text(Field::TopicName);
        let packet_id_at = reader.at();
        let packet_id = if header.qos_bits() == 0 { None } else { reader.u16(Field::PacketIdentifier) };
        let properties = match version {
            Version::V5_0 => Properties::read(reader, Field::PropertyLength, Field::Properties),
            _ => Properties::absent(reader.at()),
        };
        let end = header.packet_len() as u32;
        let payload_at = if reader.is_broken() { end } else { reader.at() };
        let payload = reader.take_rest();
        Publish { topic, packet_id, packet_id_at, properties, payload, payload_len: end - payload_at, payload_at }
    }
}

/// The number of body bytes of a PUBLISH before its payload, or `None` when more of the body is needed to tell.
///
/// Where the head does not fit the Remaining Length, or its Property Length cannot be read, it is the Remaining Length.
pub fn publish_head_len(header: FixedHeader, version: Version, body_so_far: &[u8]) -> Option<usize> {
    let limit = header.remaining_length.value as usize;
    let body = body_so_far.get(..limit).unwrap_or(body_so_far);
    let packet_id_len = if header.qos_bits() == 0 { 0 } else { 2 };
    if body.len() < 2 {
        return (limit < 2).then_some(limit);
    }
    let end = prefixed_len(body) + packet_id_len;
    if version != Version::V5_0 {
        return Some(end.min(limit));
    }
    if end >= limit {
        return Some(limit);
    }
    match var_int(body.get(end..)?) {
        Ok((_, length)) => Some((end + usize::from(length.encoded_len) + length.value as usize).min(limit)),
        Err(nom::Err::Incomplete(_)) if body.len() < limit => None,
        Err(_) => Some(limit),
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;
    use crate::mqtt::header::VarInt;

    fn header(first_byte: u8, remaining_length: u32) -> FixedHeader {
        FixedHeader { first_byte, remaining_length: VarInt::minimal(remaining_length) }
    }

    #[test]
    fn head_ends_before_the_payload() {
        let body = hex!("0003 612f62 0007 02 01 01 68 69");
        assert_eq!(publish_head_len(header(0x32, 12), Version::V5_0, &body), Some(10));
        assert_eq!(publish_head_len(header(0x32, 12), Version::V3_1_1, &body), Some(7));
        assert_eq!(publish_head_len(header(0x30, 12), Version::V3_1_1, &body), Some(5));
        assert_eq!(publish_head_len(header(0x36, 12), Version::V3_1, &body), Some(7));
    }

    #[test]
    fn head_is_known_as_soon_as_its_lengths_are() {
        assert_eq!(publish_head_len(header(0x30, 12), Version::V3_1_1, &hex!("00")), None);
        assert_eq!(publish_head_len(header(0x30, 12), Version::V3_1_1, &hex!("0003")), Some(5));
        assert_eq!(publish_head_len(header(0x30, 200), Version::V5_0, &hex!("0001 61")), None);
        assert_eq!(publish_head_len(header(0x30, 200), Version::V5_0, &hex!("0001 61 80")), None);
        assert_eq!(publish_head_len(header(0x30, 200), Version::V5_0, &hex!("0001 61 8001")), Some(133));
    }

    #[test]
    fn head_never_exceeds_the_packet() {
        assert_eq!(publish_head_len(header(0x30, 0), Version::V5_0, &[]), Some(0));
        assert_eq!(publish_head_len(header(0x30, 1), Version::V5_0, &[]), Some(1));
        assert_eq!(publish_head_len(header(0x30, 4), Version::V3_1, &hex!("ffff")), Some(4));
        assert_eq!(publish_head_len(header(0x30, 3), Version::V5_0, &hex!("0001 61")), Some(3));
        assert_eq!(publish_head_len(header(0x30, 6), Version::V5_0, &hex!("0001 61 7f")), Some(6));
        assert_eq!(publish_head_len(header(0x30, 9), Version::V5_0, &hex!("0001 61 ffffffff")), Some(9));
    }
}
