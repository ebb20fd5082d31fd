//! DISCONNECT (3.1.1 and 5.0 section 3.14).

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::version::Version;

/// The variable header of a DISCONNECT; in 3.x it has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Disconnect<'a> {
    /// The Reason Code of 5.0; `None` in the short form, which stands for Normal disconnection (5.0 section 3.14.2.1).
    pub reason_code: Option<u8>,
    /// The offset of the Reason Code from the start of the packet.
    pub reason_code_at: u32,
    /// The properties of 5.0; absent in the short forms.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>, version: Version) -> Disconnect<'a> {
        let reason_code_at = reader.at();
        let mut reason_code = None;
        let mut properties = Properties::absent(reason_code_at);
        // 5.0 sections 3.14.2.1 and 3.14.2.2.1: Remaining Length 0 leaves out the Reason Code, less than 2 the Property Length.
        if version == Version::V5_0 && !reader.is_empty() {
            reason_code = reader.u8(Field::ReasonCode);
            properties = Properties::absent(reader.at());
            if !reader.is_empty() {
                properties = Properties::read(reader, Field::PropertyLength, Field::Properties);
            }
        }
        Disconnect { reason_code, reason_code_at, properties }
    }
}
