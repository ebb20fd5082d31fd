//! The cursor that walks a packet's body field by field and remembers the first one that did not fit.

use std::fmt;

use nom::bytes::complete::take;
use nom::number::complete::{be_u8, be_u16};
use nom::{IResult, Parser};

use super::header::{VarInt, var_int};
use super::property::PropertyId;
use super::text::{Binary, Text};

/// Why and where a body does not have the layout of its type; everything before was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// The offset of the field's first byte (of its length prefix, or property identifier) from the start of the packet.
    pub at: usize,
    /// The field that could not be read.
    pub field: Field,
    /// What is wrong with it.
    pub kind: MalformedKind,
    /// The bytes the field takes, counted from `at`; 0 where the kind is not `Truncated`.
    pub needed: usize,
    /// The bytes that were there, counted from `at`, up to the end of the body or of the property block.
    pub have: usize,
}

/// The ways in which a field cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MalformedKind {
    /// The field is longer than what is left of the body, or of the property block it is in.
    Truncated,
    /// A Variable Byte Integer goes on behind its fourth byte (5.0 section 1.5.5).
    VarIntTooLong,
    /// A property identifier without a definition, so that the length of its value is unknown (5.0 table 2-4).
    UnknownProperty(u32),
    /// Bytes behind the last field; only from [`super::Packet::trailing_bytes`], never in [`super::Packet::malformed`].
    TrailingBytes,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, have) = (self.field.name(), self.have);
        match self.kind {
            MalformedKind::Truncated => {
                let verb = if name.ends_with('s') { "need" } else { "needs" };
                let bytes = if self.needed == 1 { "byte" } else { "bytes" };
                let are = if have == 1 { "is" } else { "are" };
                write!(f, "{name} {verb} {} {bytes}, {have} {are} left", self.needed)
            }
            MalformedKind::VarIntTooLong => write!(f, "{name} is longer than 4 bytes"),
            MalformedKind::UnknownProperty(id) => write!(f, "Property Identifier 0x{id:02x} is not defined"),
            MalformedKind::TrailingBytes if have == 1 => f.write_str("1 byte follows the last field"),
            MalformedKind::TrailingBytes => write!(f, "{have} bytes follow the last field"),
        }
    }
}

/// A part of a packet's variable header or payload.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the variants are the names of the specification")]
pub enum Field {
    ProtocolName,
    ProtocolLevel,
    ConnectFlags,
    KeepAlive,
    PropertyLength,
    /// The block the Property Length announces.
    Properties,
    PropertyIdentifier,
    /// The property with this identifier, its identifier included.
    Property(u32),
    ClientIdentifier,
    WillPropertyLength,
    /// The block the Will Property Length announces.
    WillProperties,
    WillTopic,
    WillMessage,
    UserName,
    Password,
    ConnectAcknowledgeFlags,
    ReturnCode,
    ReasonCode,
    TopicName,
    PacketIdentifier,
    TopicFilter,
    SubscriptionOptions,
    RequestedQos,
    /// What is behind the last field.
    End,
}

impl Field {
    /// The name in the words of the specification.
    pub const fn name(self) -> &'static str {
        match self {
            Field::ProtocolName => "Protocol Name",
            Field::ProtocolLevel => "Protocol Level",
            Field::ConnectFlags => "Connect Flags",
            Field::KeepAlive => "Keep Alive",
            Field::PropertyLength => "Property Length",
            Field::Properties => "Properties",
            Field::PropertyIdentifier => "Property Identifier",
            Field::Property(id) => match PropertyId::from_u32(id) {
                Some(id) => id.name(),
                None => "Property",
            },
            Field::ClientIdentifier => "Client Identifier",
            Field::WillPropertyLength => "Will Property Length",
            Field::WillProperties => "Will Properties",
            Field::WillTopic => "Will Topic",
            Field::WillMessage => "Will Message",
            Field::UserName => "User Name",
            Field::Password => "Password",
            Field::ConnectAcknowledgeFlags => "Connect Acknowledge Flags",
            Field::ReturnCode => "Return Code",
            Field::ReasonCode => "Reason Code",
            Field::TopicName => "Topic Name",
            Field::PacketIdentifier => "Packet Identifier",
            Field::TopicFilter => "Topic Filter",
            Field::SubscriptionOptions => "Subscription Options",
            Field::RequestedQos => "Requested QoS",
            Field::End => "end of the packet",
        }
    }
}

/// A read that either fits or not; where it does not, the caller knows how much was needed.
type Fit<'a, O> = IResult<&'a [u8], O, ()>;

/// Walks a body from front to back. After the first field that does not fit, nothing is left to read.
///
/// Invariant: `at` is the offset of `rest` from the start of the packet, and stays at the field that broke off.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    at: u32,
    broken: bool,
    malformed: Option<Malformed>,
}

impl<'a> Reader<'a> {
    #[inline]
    pub fn new(body: &'a [u8], at: u32) -> Reader<'a> {
        Reader { rest: body, at, broken: false, malformed: None }
    }

    #[inline]
    pub fn at(&self) -> u32 {
        self.at
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether a field broke off, so that where the following ones begin is unknown.
    #[inline]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    #[inline]
    pub fn malformed(&self) -> Option<Malformed> {
        self.malformed
    }

    /// Everything that is left, without stepping over it.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Hands out everything that is left.
    #[inline]
    pub fn take_rest(&mut self) -> &'a [u8] {
        let rest = std::mem::take(&mut self.rest);
        self.at += rest.len() as u32;
        rest
    }

    #[inline]
    pub fn u8(&mut self, field: Field) -> Option<u8> {
        self.field(field, be_u8, |_| 1)
    }

    #[inline]
    pub fn u16(&mut self, field: Field) -> Option<u16> {
        self.field(field, be_u16, |_| 2)
    }

    #[inline]
    pub fn text(&mut self, field: Field) -> Option<Text<'a>> {
        let at = self.at + 2;
        self.field(field, prefixed, prefixed_len).map(|bytes| Text::new(bytes, at))
    }

    #[inline]
    pub fn binary(&mut self, field: Field) -> Option<Binary<'a>> {
        let at = self.at + 2;
        self.field(field, prefixed, prefixed_len).map(|bytes| Binary { bytes, at })
    }

    /// Steps over a length-prefixed string without looking at its characters.
    #[inline]
    pub fn skip_prefixed(&mut self, field: Field) -> Option<()> {
        self.field(field, prefixed, prefixed_len).map(|_| ())
    }

    #[inline]
    pub fn var_int(&mut self, field: Field) -> Option<VarInt> {
        match var_int(self.rest) {
            Ok((rest, value)) => {
                self.at += u32::from(value.encoded_len);
                self.rest = rest;
                Some(value)
            }
            Err(nom::Err::Failure(_)) => self.break_off(field, MalformedKind::VarIntTooLong, 0),
            Err(_) => self.break_off(field, MalformedKind::Truncated, self.rest.len() + 1),
        }
    }

    /// The next `len` bytes, or, when there are fewer, those and the end of all reading.
    #[inline]
    pub fn block(&mut self, field: Field, len: u32) -> &'a [u8] {
        let left = self.rest;
        self.field(field, take(len), |_| len as usize).unwrap_or(left)
    }

    /// Records a fault in a part whose end is known, so that reading can go on behind it.
    #[cold]
    pub fn note(&mut self, malformed: Malformed) {
        self.malformed.get_or_insert(malformed);
    }

    #[inline]
    fn field<O>(
        &mut self,
        field: Field,
        mut parser: impl Parser<&'a [u8], Output = O, Error = ()>,
        needed: impl FnOnce(&[u8]) -> usize,
    ) -> Option<O> {
        match parser.parse(self.rest) {
            Ok((rest, value)) => {
                self.at += (self.rest.len() - rest.len()) as u32;
                self.rest = rest;
                Some(value)
            }
            Err(_) => self.break_off(field, MalformedKind::Truncated, needed(self.rest)),
        }
    }

    #[cold]
    fn break_off<O>(&mut self, field: Field, kind: MalformedKind, needed: usize) -> Option<O> {
        if !self.broken {
            self.note(Malformed { at: self.at as usize, field, kind, needed, have: self.rest.len() });
            self.broken = true;
            self.rest = &[];
        }
        None
    }
}

/// The bytes behind a two-byte length.
#[inline]
pub(super) fn prefixed(input: &[u8]) -> Fit<'_, &[u8]> {
    be_u16.flat_map(|len: u16| take(len)).parse(input)
}

/// The bytes a length-prefixed field takes with its prefix, as far as the input tells.
#[inline]
pub(super) fn prefixed_len(input: &[u8]) -> usize {
    let len: Fit<'_, u16> = be_u16(input);
    2 + len.map_or(0, |(_, len)| usize::from(len))
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn truncated_string_says_what_it_needed() {
        let body = hex!("0003 61");
        let mut reader = Reader::new(&body, 2);
        assert_eq!(reader.text(Field::TopicName), None);
        let malformed = reader.malformed().unwrap();
        assert_eq!(malformed, Malformed { at: 2, field: Field::TopicName, kind: MalformedKind::Truncated, needed: 5, have: 3 });
        assert_eq!(malformed.to_string(), "Topic Name needs 5 bytes, 3 are left");
    }

    #[test]
    fn nothing_is_read_behind_the_first_fault_and_it_stays() {
        let body = hex!("0003 61");
        let mut reader = Reader::new(&body, 2);
        assert_eq!(reader.text(Field::TopicName), None);
        let first = reader.malformed();
        assert_eq!(reader.u8(Field::ReasonCode), None);
        assert_eq!(reader.malformed(), first);
        assert!(reader.is_broken() && reader.is_empty());
    }

    #[test]
    fn plural_fields_read_as_english() {
        let malformed = Malformed { at: 9, field: Field::ConnectFlags, kind: MalformedKind::Truncated, needed: 1, have: 0 };
        assert_eq!(malformed.to_string(), "Connect Flags need 1 byte, 0 are left");
    }
}
