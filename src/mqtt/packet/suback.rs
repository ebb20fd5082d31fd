//! SUBACK (3.1.1 and 5.0 section 3.9).

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::version::Version;

/// The variable header and payload of a SUBACK.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Suback<'a> {
    /// The Packet Identifier.
    pub packet_id: Option<u16>,
    /// The offset of the Packet Identifier from the start of the packet.
    pub packet_id_at: u32,
    /// The properties of 5.0.
    pub properties: Properties<'a>,
    /// One Return Code (3.x) or Reason Code (5.0) for each Topic Filter of the SUBSCRIBE.
    pub codes: &'a [u8],
    /// The offset of the codes from the start of the packet.
    pub codes_at: u32,
}

impl<'a> Suback<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Suback<'a> {
        let packet_id_at = reader.at();
        let packet_id = reader.u16(Field::PacketIdentifier);
        let properties = match version {
            Version::V5_0 => Properties::read(reader, Field::PropertyLength, Field::Properties),
            _ => Properties::absent(reader.at()),
        };
        let codes_at = reader.at();
        Suback { packet_id, packet_id_at, properties, codes: reader.take_rest(), codes_at }
    }
}
