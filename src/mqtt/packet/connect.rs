//! CONNECT (3.1.1 and 5.0 section 3.1).

use crate::mqtt::property::Properties;
use crate::mqtt::read::{Field, Reader};
use crate::mqtt::text::{Binary, Text};
use crate::mqtt::version::Version;

/// The variable header and payload of a CONNECT.
///
/// A field is `None` when the packet broke off before it, or when the Connect Flags do not announce it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connect<'a> {
    /// The Protocol Name, `MQTT` or, in 3.1, `MQIsdp`.
    pub protocol_name: Option<Text<'a>>,
    /// The Protocol Level as sent; bit 7 is how bridges announce themselves.
    pub protocol_level: Option<u8>,
    /// The offset of the Protocol Level from the start of the packet.
    pub protocol_level_at: u32,
    /// The Connect Flags.
    pub flags: Option<ConnectFlags>,
    /// The offset of the Connect Flags from the start of the packet.
    pub flags_at: u32,
    /// The Keep Alive in seconds; 0 turns it off.
    pub keep_alive: Option<u16>,
    /// The offset of the Keep Alive from the start of the packet.
    pub keep_alive_at: u32,
    /// The properties of 5.0.
    pub properties: Properties<'a>,
    /// The Client Identifier.
    pub client_id: Option<Text<'a>>,
    /// What the Will Flag announces; `Some` exactly when it is set.
    pub will: Option<Will<'a>>,
    /// The User Name.
    pub user_name: Option<Text<'a>>,
    /// The Password.
    pub password: Option<Binary<'a>>,
}

/// The Will of a CONNECT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Will<'a> {
    /// The Will Properties of 5.0.
    pub properties: Properties<'a>,
    /// The Will Topic.
    pub topic: Option<Text<'a>>,
    /// The Will Message, Will Payload in 5.0.
    pub message: Option<Binary<'a>>,
}

impl<'a> Connect<'a> {
    /// The version the Protocol Level stands for, or `None` when it is missing or unknown.
    pub fn version(&self) -> Option<Version> {
        Version::from_level(self.protocol_level?)
    }

    /// Whether the Protocol Level has bit 7 set, by which a bridge asks not to get its own messages back.
    pub fn is_bridge(&self) -> bool {
        self.protocol_level.is_some_and(|level| level & 0x80 != 0)
    }

    #[inline]
    pub(in crate::mqtt) fn read(reader: &mut Reader<'a>) -> Connect<'a> {
        let protocol_name = reader.text(Field::ProtocolName);
        let protocol_level_at = reader.at();
        let protocol_level = reader.u8(Field::ProtocolLevel);
        // An unknown level: what 3.1.1 and every version so far begin with is the best guess, and the session ends here anyway.
        let version = protocol_level.and_then(Version::from_level).unwrap_or(Version::V3_1_1);
        let flags_at = reader.at();
        let flags = reader.u8(Field::ConnectFlags).map(ConnectFlags);
        let keep_alive_at = reader.at();
        let keep_alive = reader.u16(Field::KeepAlive);
        let properties = match version {
            Version::V5_0 => Properties::read(reader, Field::PropertyLength, Field::Properties),
            _ => Properties::absent(reader.at()),
        };
        let client_id = reader.text(Field::ClientIdentifier);
        let announced = flags.unwrap_or(ConnectFlags(0));
        let will = announced.will().then(|| Will::read(reader, version));
        // 3.1 section 3.1, "User name and password flags": the Remaining Length takes precedence, so a client of an older 3.1
        // may set a flag and send no string.
        let may_be_left_out = version == Version::V3_1;
        let user_name = match announced.user_name() && !(may_be_left_out && reader.is_empty()) {
            true => reader.text(Field::UserName),
            false => None,
        };
        let password = match announced.password() && !(may_be_left_out && reader.is_empty()) {
            true => reader.binary(Field::Password),
            false => None,
        };
        Connect {
            protocol_name,
            protocol_level,
            protocol_level_at,
            flags,
            flags_at,
            keep_alive,
            keep_alive_at,
            properties,
            client_id,
            will,
            user_name,
            password,
        }
    }
}

impl<'a> Will<'a> {
    fn read(reader: &mut Reader<'a>, version: Version) -> Will<'a> {
        let properties = match version {
            Version::V5_0 => Properties::read(reader, Field::WillPropertyLength, Field::WillProperties),
            _ => Properties::absent(reader.at()),
        };
        let topic = reader.text(Field::WillTopic);
        let message = reader.binary(Field::WillMessage);
        Will { properties, topic, message }
    }
}

/// The Connect Flags as sent (3.1.1 and 5.0 section 3.1.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConnectFlags(
    /// All eight bits.
    pub u8,
);

impl ConnectFlags {
    /// Bit 0, which has no meaning.
    pub const fn reserved(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// Bit 1, Clean Start; Clean Session in 3.1.1 and 3.1.
    pub const fn clean_start(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// Bit 2, the Will Flag.
    pub const fn will(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Bits 4 and 3, the Will QoS; 3 is possible on the wire.
    pub const fn will_qos(self) -> u8 {
        (self.0 >> 3) & 0x03
    }

    /// Bit 5, Will Retain.
    pub const fn will_retain(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Bit 6, the Password Flag.
    pub const fn password(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Bit 7, the User Name Flag.
    pub const fn user_name(self) -> bool {
        self.0 & 0x80 != 0
    }
}
