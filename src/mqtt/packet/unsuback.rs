//! UNSUBACK (3.1.1 and 5.0 section 3.11).

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::version::Version;

/// The variable header and payload of an UNSUBACK.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsuback<'a> {
    /// The Packet Identifier.
    pub packet_id: Option<u16>,
    /// The offset of the Packet Identifier from the start of the packet.
    pub packet_id_at: u32,
    /// The properties of 5.0.
    pub properties: Properties<'a>,
    /// One Reason Code for each Topic Filter of the UNSUBSCRIBE; empty in 3.x, where UNSUBACK has no payload.
    pub codes: &'a [u8],
    /// The offset of the codes from the start of the packet.
    pub codes_at: u32,
}

impl<'a> Unsuback<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Unsuback<'a> {
        let packet_id_at = reader.at();
        let packet_id = reader.u16(Field::PacketIdentifier);
        if version != Version::V5_0 {
            let at = reader.at();
            return Unsuback { packet_id, packet_id_at, properties: Properties::absent(at), codes: &[], codes_at: at };
        }
        let properties = Properties::read(reader, Field::PropertyLength, Field::Properties);
        let codes_at = reader.at();
        Unsuback { packet_id, packet_id_at, properties, codes: reader.take_rest(), codes_at }
    }
}
