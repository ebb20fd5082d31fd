//! UNSUBSCRIBE (3.1.1 and 5.0 section 3.10).

use std::iter::FusedIterator;

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::text::Text;
use crate::mqtt::version::Version;

/// The variable header and payload of an UNSUBSCRIBE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsubscribe<'a> {
    /// The Packet Identifier.
    pub packet_id: Option<u16>,
    /// The offset of the Packet Identifier from the start of the packet.
    pub packet_id_at: u32,
    /// The properties of 5.0.
    pub properties: Properties<'a>,
    /// The payload.
    pub filters: TopicFilters<'a>,
}

impl<'a> Unsubscribe<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Unsubscribe<'a> {
        let packet_id_at = reader.at();
        let packet_id = reader.u16(Field::PacketIdentifier);
        let properties = match version {
            Version::V5_0 => Properties::read(reader, Field::PropertyLength, Field::Properties),
            _ => Properties::absent(reader.at()),
        };
        Unsubscribe { packet_id, packet_id_at, properties, filters: TopicFilters::read(reader) }
    }
}

/// The complete Topic Filters in the payload of an UNSUBSCRIBE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopicFilters<'a> {
    /// The payload; behind the last complete filter there may be an incomplete one.
    pub bytes: &'a [u8],
    /// The offset of the payload from the start of the packet.
    pub at: u32,
    count: u32,
}

impl<'a> TopicFilters<'a> {
    #[inline]
    fn read(reader: &mut Reader<'a>) -> TopicFilters<'a> {
        let (bytes, at) = (reader.rest(), reader.at());
        let mut count = 0;
        while !reader.is_empty() && reader.skip_prefixed(Field::TopicFilter).is_some() {
            count += 1;
        }
        TopicFilters { bytes, at, count }
    }

    /// The number of complete filters.
    #[inline]
    pub const fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there is no complete filter.
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The filters in the order sent.
    #[inline]
    pub fn iter(&self) -> TopicFiltersIter<'a> {
        TopicFiltersIter { reader: Reader::new(self.bytes, self.at), left: self.count }
    }
}

impl<'a> IntoIterator for &TopicFilters<'a> {
    type Item = Text<'a>;
    type IntoIter = TopicFiltersIter<'a>;

    fn into_iter(self) -> TopicFiltersIter<'a> {
        self.iter()
    }
}

/// The iterator of [`TopicFilters::iter`].
#[derive(Clone, Debug)]
pub struct TopicFiltersIter<'a> {
    reader: Reader<'a>,
    left: u32,
}

impl<'a> Iterator for TopicFiltersIter<'a> {
    type Item = Text<'a>;

    #[inline]
    fn next(&mut self) -> Option<Text<'a>> {
        self.left = self.left.checked_sub(1)?;
        self.reader.text(Field::TopicFilter)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for TopicFiltersIter<'_> {}
impl FusedIterator for TopicFiltersIter<'_> {}
