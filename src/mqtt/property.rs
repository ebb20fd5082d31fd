//! The property blocks of MQTT 5.0 as they are on the wire.

mod id;

use std::iter::FusedIterator;

use nom::Parser;
use nom::combinator::rest;
use nom::number::complete::{be_u8, be_u16, be_u32};

use super::header::{VarInt, var_int};
use super::read::{Field, Malformed, MalformedKind, Reader, prefixed, prefixed_len};
use super::text::{Binary, Text};
pub use id::{PropertyId, PropertyPlace, PropertyType};

/// A property block as sent (5.0 section 2.2.2): order, duplicates and a padded length are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Properties<'a> {
    /// The Property Length, or `None` where none is on the wire (3.x, short forms, packets that break off).
    pub length: Option<VarInt>,
    /// The bytes behind the Property Length, cut at the end of the body when it announces more than that.
    pub bytes: &'a [u8],
    /// The offset of the first of `bytes` from the start of the packet.
    pub at: u32,
    /// How many of `bytes` are complete properties with known identifiers.
    complete: u32,
    /// A bit for each identifier among the complete properties, and for each that occurs more than once.
    present: u64,
    repeated: u64,
}

impl<'a> Properties<'a> {
    /// The block of a packet that has none, as if it stood at the offset `at`.
    #[inline]
    pub const fn absent(at: u32) -> Properties<'a> {
        Properties { length: None, bytes: &[], at, complete: 0, present: 0, repeated: 0 }
    }

    #[inline]
    pub(super) fn read(reader: &mut Reader<'a>, length_field: Field, block_field: Field) -> Properties<'a> {
        let Some(length) = reader.var_int(length_field) else { return Properties::absent(reader.at()) };
        let at = reader.at();
        let bytes = reader.block(block_field, length.value);
        let mut complete = bytes.len() as u32;
        let (mut present, mut repeated) = (0, 0);
        if !bytes.is_empty() {
            let mut walk = Walk { rest: bytes, at };
            loop {
                match walk.step() {
                    Ok(Some(raw)) => {
                        repeated |= present & bit(raw.id);
                        present |= bit(raw.id);
                    }
                    Ok(None) => break,
                    Err(fault) => {
                        complete = walk.at - at;
                        // The cut block itself is the fault when it broke off; a property in it only follows from that.
                        reader.note(fault);
                        break;
                    }
                }
            }
        }
        Properties { length: Some(length), bytes, at, complete, present, repeated }
    }

    /// Whether there is no Property Length on the wire, which is not the same as one of 0.
    #[inline]
    pub const fn is_absent(&self) -> bool {
        self.length.is_none()
    }

    /// Whether there is no complete property to iterate over.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.complete == 0
    }

    /// Whether there is a property with this identifier.
    #[inline]
    pub const fn contains(&self, id: PropertyId) -> bool {
        self.present & bit(id) != 0
    }

    /// Whether any identifier occurs more than once, be that allowed or not.
    #[inline]
    pub const fn has_repeated(&self) -> bool {
        self.repeated != 0
    }

    /// Whether the Property Length announces more than the body holds, so that `bytes` may be something else.
    #[inline]
    pub const fn is_cut(&self) -> bool {
        match self.length {
            Some(length) => length.value as usize > self.bytes.len(),
            None => false,
        }
    }

    /// The identifiers and their offsets from the start of the packet, without a look at the values.
    #[inline]
    pub fn ids(&self) -> impl Iterator<Item = (PropertyId, u32)> + use<'a> {
        let mut walk = self.walk();
        std::iter::from_fn(move || walk.step().ok()?.map(|raw| (raw.id, raw.at)))
    }

    /// The properties in the order sent, up to the first that is incomplete or unknown.
    #[inline]
    pub fn iter(&self) -> PropertyIter<'a> {
        PropertyIter { walk: self.walk() }
    }

    /// The bytes from the first incomplete or unknown property on; empty when all could be read.
    pub fn unread(&self) -> &'a [u8] {
        self.bytes.get(self.complete as usize..).unwrap_or_default()
    }

    /// The properties with this identifier, in the order sent; no others are read.
    #[inline]
    pub fn all(&self, id: PropertyId) -> impl Iterator<Item = Property<'a>> + use<'a> {
        let mut walk = if self.contains(id) { self.walk() } else { Walk { rest: &[], at: self.at } };
        std::iter::from_fn(move || {
            while let Ok(Some(raw)) = walk.step() {
                if raw.id == id {
                    return raw.read();
                }
            }
            None
        })
    }

    /// The first property with this identifier.
    #[inline]
    pub fn find(&self, id: PropertyId) -> Option<Property<'a>> {
        self.all(id).next()
    }

    /// How often the identifier occurs.
    pub fn count(&self, id: PropertyId) -> usize {
        self.all(id).count()
    }

    /// The value of the first such property if its type is Byte.
    pub fn byte(&self, id: PropertyId) -> Option<u8> {
        match self.find(id)?.value {
            PropertyValue::Byte(value) => Some(value),
            _ => None,
        }
    }

    /// The value of the first such property if its type is Two Byte Integer.
    pub fn u16(&self, id: PropertyId) -> Option<u16> {
        match self.find(id)?.value {
            PropertyValue::TwoByte(value) => Some(value),
            _ => None,
        }
    }

    /// The value of the first such property if its type is Four Byte Integer.
    pub fn u32(&self, id: PropertyId) -> Option<u32> {
        match self.find(id)?.value {
            PropertyValue::FourByte(value) => Some(value),
            _ => None,
        }
    }

    /// The value of the first such property if its type is UTF-8 Encoded String.
    pub fn text(&self, id: PropertyId) -> Option<Text<'a>> {
        match self.find(id)?.value {
            PropertyValue::Text(value) => Some(value),
            _ => None,
        }
    }

    /// The value of the first such property if its type is Binary Data.
    pub fn binary(&self, id: PropertyId) -> Option<Binary<'a>> {
        match self.find(id)?.value {
            PropertyValue::Binary(value) => Some(value),
            _ => None,
        }
    }

    #[inline]
    fn walk(&self) -> Walk<'a> {
        Walk { rest: self.bytes.get(..self.complete as usize).unwrap_or_default(), at: self.at }
    }
}

impl<'a> IntoIterator for &Properties<'a> {
    type Item = Property<'a>;
    type IntoIter = PropertyIter<'a>;

    fn into_iter(self) -> PropertyIter<'a> {
        self.iter()
    }
}

/// The iterator of [`Properties::iter`].
#[derive(Clone, Debug)]
pub struct PropertyIter<'a> {
    walk: Walk<'a>,
}

impl<'a> Iterator for PropertyIter<'a> {
    type Item = Property<'a>;

    #[inline]
    fn next(&mut self) -> Option<Property<'a>> {
        self.walk.step().ok()??.read()
    }
}

impl FusedIterator for PropertyIter<'_> {}

/// One property of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Property<'a> {
    /// The identifier as a number.
    pub id: u32,
    /// The bytes the identifier took: it is a Variable Byte Integer, so 1 unless it was padded.
    pub id_len: u8,
    /// The offset of the identifier from the start of the packet.
    pub at: u32,
    /// The value, of the type its identifier has.
    pub value: PropertyValue<'a>,
}

impl Property<'_> {
    /// The identifier by name; `None` never comes out of [`Properties::iter`].
    pub const fn property_id(&self) -> Option<PropertyId> {
        PropertyId::from_u32(self.id)
    }

    /// The offset of the value's first byte (of its length prefix, if it has one) from the start of the packet.
    pub const fn value_at(&self) -> u32 {
        self.at + self.id_len as u32
    }
}

/// The value of a property, in the type its identifier prescribes (5.0 table 2-4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the variants are the data types of the specification")]
pub enum PropertyValue<'a> {
    Byte(u8),
    TwoByte(u16),
    FourByte(u32),
    Varint(VarInt),
    Binary(Binary<'a>),
    Text(Text<'a>),
    Pair(Text<'a>, Text<'a>),
}

/// The greatest identifier is 0x2a.
const fn bit(id: PropertyId) -> u64 {
    1 << id as u32
}

/// A cursor in a property block that knows nothing of what surrounds it.
#[derive(Clone, Debug)]
struct Walk<'a> {
    rest: &'a [u8],
    at: u32,
}

/// A property whose value is known to be complete, but not yet looked at.
struct RawProperty<'a> {
    id: PropertyId,
    id_len: u8,
    at: u32,
    value: &'a [u8],
}

impl<'a> Walk<'a> {
    /// Steps over one property; at a fault it stays where it is.
    #[inline]
    fn step(&mut self) -> Result<Option<RawProperty<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (behind, id_int) = var_int(self.rest).map_err(|error| self.var_int_fault(Field::PropertyIdentifier, error, 0))?;
        let Some(id) = PropertyId::from_u32(id_int.value) else {
            return Err(self.fault(Field::PropertyIdentifier, MalformedKind::UnknownProperty(id_int.value), 0));
        };
        let field = Field::Property(id_int.value);
        let id_len = usize::from(id_int.encoded_len);
        let value_len = match id.ty() {
            PropertyType::Byte => 1,
            PropertyType::TwoByte => 2,
            PropertyType::FourByte => 4,
            PropertyType::Varint => match var_int(behind) {
                Ok((_, value)) => usize::from(value.encoded_len),
                Err(error) => return Err(self.var_int_fault(field, error, id_len)),
            },
            PropertyType::Binary | PropertyType::Text => prefixed_len(behind),
            PropertyType::Pair => {
                let name_len = prefixed_len(behind);
                name_len + behind.get(name_len..).map_or(0, prefixed_len)
            }
        };
        let Some((value, rest)) = behind.split_at_checked(value_len) else {
            return Err(self.fault(field, MalformedKind::Truncated, id_len + value_len));
        };
        let raw = RawProperty { id, id_len: id_int.encoded_len, at: self.at, value };
        self.at += (id_len + value_len) as u32;
        self.rest = rest;
        Ok(Some(raw))
    }

    #[cold]
    fn fault(&self, field: Field, kind: MalformedKind, needed: usize) -> Malformed {
        Malformed { at: self.at as usize, field, kind, needed, have: self.rest.len() }
    }

    #[cold]
    fn var_int_fault<E>(&self, field: Field, error: nom::Err<E>, before: usize) -> Malformed {
        match error {
            nom::Err::Incomplete(_) => self.fault(field, MalformedKind::Truncated, self.rest.len().max(before) + 1),
            _ => self.fault(field, MalformedKind::VarIntTooLong, 0),
        }
    }
}

impl<'a> RawProperty<'a> {
    #[inline]
    fn read(&self) -> Option<Property<'a>> {
        let at = self.at + u32::from(self.id_len);
        let text = |bytes: &'a [u8]| Text::new(bytes, at + 2);
        let value = match self.id.ty() {
            PropertyType::Byte => be_u8::<_, ()>.map(PropertyValue::Byte).parse(self.value).ok()?.1,
            PropertyType::TwoByte => be_u16::<_, ()>.map(PropertyValue::TwoByte).parse(self.value).ok()?.1,
            PropertyType::FourByte => be_u32::<_, ()>.map(PropertyValue::FourByte).parse(self.value).ok()?.1,
            PropertyType::Varint => PropertyValue::Varint(var_int(self.value).ok()?.1),
            PropertyType::Binary => prefixed.map(|bytes| PropertyValue::Binary(Binary { bytes, at: at + 2 })).parse(self.value).ok()?.1,
            PropertyType::Text => prefixed.map(|bytes| PropertyValue::Text(text(bytes))).parse(self.value).ok()?.1,
            PropertyType::Pair => {
                let (_, (name, value, _)) = (prefixed, prefixed, rest).parse(self.value).ok()?;
                PropertyValue::Pair(text(name), Text::new(value, at + 4 + name.len() as u32))
            }
        };
        Some(Property { id: self.id.to_u32(), id_len: self.id_len, at: self.at, value })
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    fn read(body: &[u8]) -> (Properties<'_>, Option<Malformed>) {
        let mut reader = Reader::new(body, 2);
        (Properties::read(&mut reader, Field::PropertyLength, Field::Properties), reader.malformed())
    }

    #[test]
    fn order_and_duplicates_are_kept() {
        let body = hex!("11  26 0001 61 0001 62  0b 07  0b 8100  26 0000 0000");
        let (properties, malformed) = read(&body);
        assert_eq!(malformed, None);
        let read: Vec<_> = properties.iter().map(|property| (property.id, property.at, property.value)).collect();
        assert_eq!(
            read,
            [
                (0x26, 3, PropertyValue::Pair(Text::new(b"a", 6), Text::new(b"b", 9))),
                (0x0b, 10, PropertyValue::Varint(VarInt { value: 7, encoded_len: 1 })),
                (0x0b, 12, PropertyValue::Varint(VarInt { value: 1, encoded_len: 2 })),
                (0x26, 15, PropertyValue::Pair(Text::new(b"", 18), Text::new(b"", 20))),
            ]
        );
        assert_eq!(properties.count(PropertyId::SubscriptionIdentifier), 2);
        let ids: Vec<_> = properties.ids().map(|(id, at)| (id.to_u32(), at)).collect();
        assert_eq!(ids, [(0x26, 3), (0x0b, 10), (0x0b, 12), (0x26, 15)]);
        assert!(properties.has_repeated() && properties.contains(PropertyId::UserProperty));
        assert!(!properties.contains(PropertyId::TopicAlias));
    }

    #[test]
    fn typed_helpers_find_the_first() {
        let body = hex!("17  11 0000000a  11 0000000b  21 0014  17 00  09 0002 ff00  03 0000");
        let (properties, malformed) = read(&body);
        assert_eq!(malformed, None);
        assert_eq!(properties.u32(PropertyId::SessionExpiryInterval), Some(10));
        assert_eq!(properties.u16(PropertyId::ReceiveMaximum), Some(20));
        assert_eq!(properties.byte(PropertyId::RequestProblemInformation), Some(0));
        assert_eq!(properties.binary(PropertyId::CorrelationData).map(|data| data.bytes), Some(&hex!("ff00")[..]));
        assert_eq!(properties.text(PropertyId::ContentType).map(|text| text.is_empty()), Some(true));
        assert_eq!(properties.byte(PropertyId::MaximumQos), None);
        assert!(properties.has_repeated());
        assert!(!read(&hex!("02 17 00")).0.has_repeated());
    }

    #[test]
    fn absent_and_empty_differ() {
        assert!(!read(&hex!("00")).0.is_absent());
        assert!(Properties::absent(2).is_absent());
        assert_eq!(read(&hex!("8000")).0.length, Some(VarInt { value: 0, encoded_len: 2 }));
    }

    #[test]
    fn unknown_identifier_ends_the_iteration() {
        let (properties, malformed) = read(&hex!("05  01 01  7e 01 01"));
        assert_eq!(properties.iter().count(), 1);
        assert_eq!(properties.unread(), hex!("7e 01 01"));
        let malformed = malformed.unwrap();
        assert_eq!((malformed.at, malformed.kind), (5, MalformedKind::UnknownProperty(0x7e)));
        assert_eq!(malformed.to_string(), "Property Identifier 0x7e is not defined");
    }

    #[test]
    fn value_may_not_run_past_the_block() {
        let (properties, malformed) = read(&hex!("04  02 000000  0a 61"));
        assert_eq!(properties.iter().count(), 0);
        assert_eq!(properties.bytes, &hex!("02 000000"));
        assert_eq!(malformed.unwrap().to_string(), "Message Expiry Interval needs 5 bytes, 4 are left");
        let (_, malformed) = read(&hex!("06  26 0001 61 0005"));
        assert_eq!(malformed.unwrap().to_string(), "User Property needs 11 bytes, 6 are left");
        let (_, malformed) = read(&hex!("04  26 0001 61"));
        assert_eq!(malformed.unwrap().to_string(), "User Property needs 6 bytes, 4 are left");
    }

    #[test]
    fn block_may_not_run_past_the_body() {
        let (properties, malformed) = read(&hex!("0a  01 01  02 00"));
        assert_eq!(malformed.unwrap().to_string(), "Properties need 10 bytes, 4 are left");
        assert_eq!(properties.iter().count(), 1);
        assert!(properties.is_cut());
        assert!(!read(&hex!("02  01 01")).0.is_cut());
    }

    #[test]
    fn padded_identifier_is_kept_and_endless_integers_are_not_read() {
        let (properties, _) = read(&hex!("03  8100 01"));
        assert_eq!(properties.iter().next().map(|property| (property.id, property.id_len, property.value_at())), Some((1, 2, 5)));
        let (_, malformed) = read(&hex!("06  0b 8080808001"));
        assert_eq!(malformed.unwrap().to_string(), "Subscription Identifier is longer than 4 bytes");
        assert_eq!(read(&hex!("ffffffff")).1.unwrap().to_string(), "Property Length is longer than 4 bytes");
        assert_eq!(read(&hex!("02 0b80")).1.unwrap().to_string(), "Subscription Identifier needs 3 bytes, 2 are left");
    }
}
