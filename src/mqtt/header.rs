//! The fixed header every control packet begins with: type, flags, Remaining Length.

use std::fmt;

use nom::IResult;

/// The control packet type in the upper four bits of the first byte (3.1.1 section 2.2.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "the variants are the names of the specification")]
pub enum PacketType {
    Reserved = 0,
    Connect = 1,
    Connack = 2,
    Publish = 3,
    Puback = 4,
    Pubrec = 5,
    Pubrel = 6,
    Pubcomp = 7,
    Subscribe = 8,
    Suback = 9,
    Unsubscribe = 10,
    Unsuback = 11,
    Pingreq = 12,
    Pingresp = 13,
    Disconnect = 14,
    Auth = 15,
}

impl PacketType {
    /// All sixteen values, in the order of their numbers.
    pub const ALL: [PacketType; 16] = [
        PacketType::Reserved,
        PacketType::Connect,
        PacketType::Connack,
        PacketType::Publish,
        PacketType::Puback,
        PacketType::Pubrec,
        PacketType::Pubrel,
        PacketType::Pubcomp,
        PacketType::Subscribe,
        PacketType::Suback,
        PacketType::Unsubscribe,
        PacketType::Unsuback,
        PacketType::Pingreq,
        PacketType::Pingresp,
        PacketType::Disconnect,
        PacketType::Auth,
    ];

    /// The type a packet with this first byte has; the lower four bits (flags) do not matter.
    #[inline]
    pub const fn from_first_byte(first_byte: u8) -> PacketType {
        match first_byte >> 4 {
            1 => PacketType::Connect,
            2 => PacketType::Connack,
            3 => PacketType::Publish,
            4 => PacketType::Puback,
            5 => PacketType::Pubrec,
            6 => PacketType::Pubrel,
            7 => PacketType::Pubcomp,
            8 => PacketType::Subscribe,
            9 => PacketType::Suback,
            10 => PacketType::Unsubscribe,
            11 => PacketType::Unsuback,
            12 => PacketType::Pingreq,
            13 => PacketType::Pingresp,
            14 => PacketType::Disconnect,
            15 => PacketType::Auth,
            _ => PacketType::Reserved,
        }
    }

    /// The name in capitals, as the specification writes it.
    pub const fn name(self) -> &'static str {
        match self {
            PacketType::Reserved => "RESERVED",
            PacketType::Connect => "CONNECT",
            PacketType::Connack => "CONNACK",
            PacketType::Publish => "PUBLISH",
            PacketType::Puback => "PUBACK",
            PacketType::Pubrec => "PUBREC",
            PacketType::Pubrel => "PUBREL",
            PacketType::Pubcomp => "PUBCOMP",
            PacketType::Subscribe => "SUBSCRIBE",
            PacketType::Suback => "SUBACK",
            PacketType::Unsubscribe => "UNSUBSCRIBE",
            PacketType::Unsuback => "UNSUBACK",
            PacketType::Pingreq => "PINGREQ",
            PacketType::Pingresp => "PINGRESP",
            PacketType::Disconnect => "DISCONNECT",
            PacketType::Auth => "AUTH",
        }
    }

    /// The number of the type, 0 to 15, for tables with one entry per type.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The flag bits the specification fixes for the type; 0 for PUBLISH, whose flags mean something (3.1.1 table 2.2).
    pub const fn required_flags(self) -> u8 {
        match self {
            PacketType::Pubrel | PacketType::Subscribe | PacketType::Unsubscribe => 0b0010,
            _ => 0,
        }
    }
}

impl fmt::Display for PacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A Variable Byte Integer with the number of bytes its sender spent on it (5.0 section 1.5.5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VarInt {
    /// The value, at most [`VarInt::MAX`] when it was read from the wire.
    pub value: u32,
    /// The bytes it took on the wire, 1 to 4; more than [`VarInt::minimal_len`] when it was padded.
    pub encoded_len: u8,
}

impl VarInt {
    /// The largest value four bytes can hold.
    pub const MAX: u32 = 268_435_455;

    /// The value in its shortest encoding.
    pub const fn minimal(value: u32) -> VarInt {
        VarInt { value, encoded_len: minimal_len(value) }
    }

    /// The number of bytes, 1 to 4, the shortest encoding of the value takes.
    pub const fn minimal_len(self) -> u8 {
        minimal_len(self.value)
    }

    /// Whether it was sent in as few bytes as possible, which 5.0 demands ([MQTT-1.5.5-1]).
    pub const fn is_minimal(self) -> bool {
        self.encoded_len == self.minimal_len()
    }
}

const fn minimal_len(value: u32) -> u8 {
    match value {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        _ => 4,
    }
}

/// The first two to five bytes of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FixedHeader {
    /// Type and flags as sent.
    pub first_byte: u8,
    /// The number of bytes behind the fixed header, as announced.
    pub remaining_length: VarInt,
}

impl FixedHeader {
    /// The control packet type.
    #[inline]
    pub const fn packet_type(self) -> PacketType {
        PacketType::from_first_byte(self.first_byte)
    }

    /// The lower four bits of the first byte.
    #[inline]
    pub const fn flags(self) -> u8 {
        self.first_byte & 0x0f
    }

    /// Bit 3, the DUP flag of a PUBLISH.
    #[inline]
    pub const fn dup(self) -> bool {
        self.first_byte & 0x08 != 0
    }

    /// Bits 2 and 1, the QoS of a PUBLISH; 3 is possible on the wire.
    #[inline]
    pub const fn qos_bits(self) -> u8 {
        (self.first_byte >> 1) & 0x03
    }

    /// Bit 0, the RETAIN flag of a PUBLISH.
    #[inline]
    pub const fn retain(self) -> bool {
        self.first_byte & 0x01 != 0
    }

    /// The length of the fixed header itself in bytes, 2 to 5.
    #[inline]
    #[allow(clippy::len_without_is_empty, reason = "a fixed header is never empty")]
    pub const fn len(self) -> usize {
        1 + self.remaining_length.encoded_len as usize
    }

    /// The length of the whole packet in bytes, fixed header included.
    #[inline]
    pub const fn packet_len(self) -> usize {
        self.len() + self.remaining_length.value as usize
    }
}

/// What the first bytes at hand say about the next packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderStatus {
    /// The fixed header is all there.
    Complete(FixedHeader),
    /// More bytes are needed; never the answer to five bytes or more.
    Incomplete,
    /// The fourth length byte announces a fifth: there is no Remaining Length, and nothing behind it can be read.
    LengthTooLong,
}

/// Reads the fixed header at the beginning of `input`, looking at no more than five bytes.
#[inline]
pub fn fixed_header(input: &[u8]) -> HeaderStatus {
    let [first_byte, rest @ ..] = input else { return HeaderStatus::Incomplete };
    match var_int(rest) {
        Ok((_, remaining_length)) => HeaderStatus::Complete(FixedHeader { first_byte: *first_byte, remaining_length }),
        Err(nom::Err::Failure(VarIntTooLong)) => HeaderStatus::LengthTooLong,
        Err(_) => HeaderStatus::Incomplete,
    }
}

/// The one way, besides running out of input, in which a Variable Byte Integer cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct VarIntTooLong;

/// Reads a Variable Byte Integer; `Failure` when it has more than four bytes, `Incomplete` when the input ends in it.
#[inline]
pub(super) fn var_int(input: &[u8]) -> IResult<&[u8], VarInt, VarIntTooLong> {
    let mut value = 0;
    let mut rest = input;
    for encoded_len in 1..=4u8 {
        let [byte, behind @ ..] = rest else { return Err(nom::Err::Incomplete(nom::Needed::new(1))) };
        value |= u32::from(byte & 0x7f) << (7 * (encoded_len - 1));
        rest = behind;
        if *byte < 0x80 {
            return Ok((rest, VarInt { value, encoded_len }));
        }
    }
    Err(nom::Err::Failure(VarIntTooLong))
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    fn complete(first_byte: u8, value: u32, encoded_len: u8) -> HeaderStatus {
        HeaderStatus::Complete(FixedHeader { first_byte, remaining_length: VarInt { value, encoded_len } })
    }

    #[test]
    fn remaining_length_borders() {
        assert_eq!(fixed_header(&hex!("c0 00")), complete(0xc0, 0, 1));
        assert_eq!(fixed_header(&hex!("30 7f")), complete(0x30, 127, 1));
        assert_eq!(fixed_header(&hex!("30 8001")), complete(0x30, 128, 2));
        assert_eq!(fixed_header(&hex!("30 ff7f")), complete(0x30, 16_383, 2));
        assert_eq!(fixed_header(&hex!("30 808001")), complete(0x30, 16_384, 3));
        assert_eq!(fixed_header(&hex!("30 ffffff7f")), complete(0x30, VarInt::MAX, 4));
    }

    #[test]
    fn fifth_length_byte_is_refused_as_soon_as_it_is_announced() {
        assert_eq!(fixed_header(&hex!("30 ffffffff")), HeaderStatus::LengthTooLong);
        assert_eq!(fixed_header(&hex!("30 8080808001")), HeaderStatus::LengthTooLong);
        assert_eq!(fixed_header(&hex!("30 ffffff")), HeaderStatus::Incomplete);
        assert_eq!(fixed_header(&hex!("30")), HeaderStatus::Incomplete);
        assert_eq!(fixed_header(&[]), HeaderStatus::Incomplete);
    }

    #[test]
    fn padded_length_is_kept() {
        let HeaderStatus::Complete(header) = fixed_header(&hex!("c0 8000")) else { panic!("complete") };
        assert_eq!(header.remaining_length, VarInt { value: 0, encoded_len: 2 });
        assert!(!header.remaining_length.is_minimal());
        assert_eq!((header.len(), header.packet_len()), (3, 3));
    }

    #[test]
    fn publish_flags() {
        let HeaderStatus::Complete(header) = fixed_header(&hex!("3f 00")) else { panic!("complete") };
        assert_eq!((header.dup(), header.qos_bits(), header.retain(), header.flags()), (true, 3, true, 0x0f));
    }

    #[test]
    fn packet_types_are_in_order() {
        for (index, packet_type) in PacketType::ALL.into_iter().enumerate() {
            assert_eq!(packet_type.index(), index);
            assert_eq!(PacketType::from_first_byte((index as u8) << 4 | 0x0f), packet_type);
        }
    }
}
