//! PUBACK, PUBREC, PUBREL and PUBCOMP (3.1.1 and 5.0 sections 3.4 to 3.7), which share one layout.

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::version::Version;

/// The variable header of a PUBACK, PUBREC, PUBREL or PUBCOMP; which of them is in the fixed header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ack<'a> {
    /// The Packet Identifier.
    pub packet_id: Option<u16>,
    /// The offset of the Packet Identifier from the start of the packet.
    pub packet_id_at: u32,
    /// The Reason Code of 5.0; `None` in the short form, which stands for Success (5.0 section 3.4.2.1).
    pub reason_code: Option<u8>,
    /// The offset of the Reason Code from the start of the packet.
    pub reason_code_at: u32,
    /// The properties of 5.0; absent in the short forms.
    pub properties: Properties<'a>,
}

impl<'a> Ack<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Ack<'a> {
        let packet_id_at = reader.at();
        let packet_id = reader.u16(Field::PacketIdentifier);
        let reason_code_at = reader.at();
        let mut reason_code = None;
        let mut properties = Properties::absent(reason_code_at);
        // 5.0 sections 3.4.2.1 and 3.4.2.2.1: Remaining Length 2 leaves out the Reason Code, less than 4 the Property Length.
        if version == Version::V5_0 && !reader.is_empty() {
            reason_code = reader.u8(Field::ReasonCode);
            properties = Properties::absent(reader.at());
            if !reader.is_empty() {
                properties = Properties::read(reader, Field::PropertyLength, Field::Properties);
            }
        }
        Ack { packet_id, packet_id_at, reason_code, reason_code_at, properties }
    }
}
