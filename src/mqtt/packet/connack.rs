//! CONNACK (3.1.1 and 5.0 section 3.2).

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::version::Version;

/// The variable header of a CONNACK.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connack<'a> {
    /// The Connect Acknowledge Flags, all eight bits.
    pub flags: Option<u8>,
    /// The offset of the flags from the start of the packet.
    pub flags_at: u32,
    /// The Connect Return Code of 3.x, the Connect Reason Code of 5.0.
    pub code: Option<u8>,
    /// The offset of the code from the start of the packet.
    pub code_at: u32,
    /// The properties of 5.0.
    pub properties: Properties<'a>,
}

impl<'a> Connack<'a> {
    /// Bit 0 of the flags, Session Present (not in 3.1).
    pub fn session_present(&self) -> Option<bool> {
        Some(self.flags? & 0x01 != 0)
    }

    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Connack<'a> {
        let flags_at = reader.at();
        let flags = reader.u8(Field::ConnectAcknowledgeFlags);
        let code_at = reader.at();
        let (code, properties) = match version {
            Version::V5_0 => (reader.u8(Field::ReasonCode), Properties::read(reader, Field::PropertyLength, Field::Properties)),
            _ => (reader.u8(Field::ReturnCode), Properties::absent(reader.at())),
        };
        Connack { flags, flags_at, code, code_at, properties }
    }
}
