//! SUBSCRIBE (3.1.1 and 5.0 section 3.8).

use std::iter::FusedIterator;

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::text::Text;
use crate::mqtt::version::Version;

/// The variable header and payload of a SUBSCRIBE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subscribe<'a> {
    /// The Packet Identifier.
    pub packet_id: Option<u16>,
    /// The offset of the Packet Identifier from the start of the packet.
    pub packet_id_at: u32,
    /// The properties of 5.0.
    pub properties: Properties<'a>,
    /// The payload.
    pub filters: Filters<'a>,
}

impl<'a> Subscribe<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Subscribe<'a> {
        let packet_id_at = reader.at();
        let packet_id = reader.u16(Field::PacketIdentifier);
        let (properties, options) = match version {
            Version::V5_0 => (Properties::read(reader, Field::PropertyLength, Field::Properties), Field::SubscriptionOptions),
            _ => (Properties::absent(reader.at()), Field::RequestedQos),
        };
        Subscribe { packet_id, packet_id_at, properties, filters: Filters::read(reader, options) }
    }
}

/// The complete pairs of Topic Filter and Subscription Options in the payload of a SUBSCRIBE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Filters<'a> {
    /// The payload; behind the last complete pair there may be an incomplete one.
    pub bytes: &'a [u8],
    /// The offset of the payload from the start of the packet.
    pub at: u32,
    count: u32,
}

impl<'a> Filters<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>, options: Field) -> Filters<'a> {
        let (bytes, at) = (reader.rest(), reader.at());
        let mut count = 0;
        while !reader.is_empty() && reader.skip_prefixed(Field::TopicFilter).is_some() && reader.u8(options).is_some() {
            count += 1;
        }
        Filters { bytes, at, count }
    }

    /// The number of complete pairs.
    #[inline]
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is no complete pair.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The pairs in the order sent.
    #[inline]
    pub fn iter(&self) -> FiltersIter<'a> {
        FiltersIter { reader: Reader::new(self.bytes, self.at), left: self.count }
    }
}

impl<'a> IntoIterator for &Filters<'a> {
    type Item = SubscribeFilter<'a>;
    type IntoIter = FiltersIter<'a>;

    fn into_iter(self) -> FiltersIter<'a> {
        self.iter()
    }
}

/// The iterator of [`Filters::iter`].
#[derive(Clone, Debug)]
pub struct FiltersIter<'a> {
    reader: Reader<'a>,
    left: u32,
}

impl<'a> Iterator for FiltersIter<'a> {
    type Item = SubscribeFilter<'a>;

    #[inline]
    fn next(&mut self) -> Option<SubscribeFilter<'a>> {
        self.left = self.left.checked_sub(1)?;
        let filter = self.reader.text(Field::TopicFilter)?;
        let options_at = self.reader.at();
        let options = self.reader.u8(Field::SubscriptionOptions).map(SubscriptionOptions)?;
        Some(SubscribeFilter { filter, options, options_at })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for FiltersIter<'_> {}
impl FusedIterator for FiltersIter<'_> {}

/// One pair of a SUBSCRIBE payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SubscribeFilter<'a> {
    /// The Topic Filter.
    pub filter: Text<'a>,
    /// The Subscription Options of 5.0, the Requested QoS of 3.x.
    pub options: SubscriptionOptions,
    /// The offset of the options from the start of the packet.
    pub options_at: u32,
}

/// The byte behind a Topic Filter, as sent; in 3.x all but the lowest two bits are reserved (5.0 section 3.8.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SubscriptionOptions(
    /// All eight bits.
    pub u8,
);

impl SubscriptionOptions {
    /// Bits 1 and 0, the Maximum QoS asked for; 3 is possible on the wire.
    pub const fn qos(self) -> u8 {
        self.0 & 0x03
    }

    /// Bit 2, No Local.
    pub const fn no_local(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Bit 3, Retain As Published.
    pub const fn retain_as_published(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Bits 5 and 4, Retain Handling; 3 is possible on the wire.
    pub const fn retain_handling(self) -> u8 {
        (self.0 >> 4) & 0x03
    }

    /// The bits that have no meaning in the version, in their places: 7 and 6 in 5.0, 7 to 2 in 3.x.
    pub const fn reserved(self, version: Version) -> u8 {
        match version {
            Version::V5_0 => self.0 & 0xc0,
            Version::V3_1 | Version::V3_1_1 => self.0 & 0xfc,
        }
    }
}
