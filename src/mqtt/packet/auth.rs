//! AUTH (5.0 section 3.15).

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::version::Version;

/// The variable header of an AUTH; 3.x knows no such packet, so there the whole body is trailing bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Auth<'a> {
    /// The Authenticate Reason Code; `None` in the short form, which stands for Success (5.0 section 3.15.2.1).
    pub reason_code: Option<u8>,
    /// The offset of the Reason Code from the start of the packet.
    pub reason_code_at: u32,
    /// The properties; absent in the short form.
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Auth<'a> {
        let reason_code_at = reader.at();
        let mut reason_code = None;
        let mut properties = Properties::absent(reason_code_at);
        // 5.0 section 3.15.2.1: Reason Code and Property Length can only be left out together, unlike in DISCONNECT.
        if version == Version::V5_0 && !reader.is_empty() {
            reason_code = reader.u8(Field::ReasonCode);
            properties = Properties::read(reader, Field::PropertyLength, Field::Properties);
        }
        Auth { reason_code, reason_code_at, properties }
    }
}
