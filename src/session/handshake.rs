//! What CONNECT asked for and CONNACK granted (3.1.1 sections 3.1 and 3.2; 5.0 the same).

use crate::frame::Stamp;
use crate::mqtt::{Connack, Connect, PropertyId, Version};

/// Limits that one side announces and the other has to keep (5.0 sections 3.1.2.11 and 3.2.2.3). Absent properties have the
/// value that the specification gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// PUBLISH packets with QoS above 0 that may be unacknowledged at a time.
    pub receive_maximum: u16,
    /// Bytes of a whole packet; `None` for no limit.
    pub maximum_packet_size: Option<u32>,
    /// Highest Topic Alias; 0 for none.
    pub topic_alias_maximum: u16,
}

/// A CONNECT, as far as it was read.
#[derive(Clone, Debug)]
pub struct ConnectFacts {
    /// Its frame.
    pub stamp: Stamp,
    /// Its version; `None` for a level that no standard defines.
    pub version: Option<Version>,
    /// Protocol Name as sent.
    pub protocol_name: Box<[u8]>,
    /// Protocol Level as sent, with the bridge bit.
    pub protocol_level: Option<u8>,
    /// Client Identifier as sent; empty if it was empty or missing.
    pub client_id: Box<[u8]>,
    /// Keep Alive in seconds.
    pub keep_alive: Option<u16>,
    /// Clean Session (3.1, 3.1.1) or Clean Start (5.0).
    pub clean_start: bool,
    /// User Name as sent.
    pub user_name: Option<Box<[u8]>>,
    /// Whether a Will Message is set.
    pub will: bool,
    /// 5.0: what the server has to keep.
    pub limits: Limits,
    /// 5.0: Session Expiry Interval in seconds.
    pub session_expiry: Option<u32>,
    /// 5.0: Authentication Method.
    pub authentication_method: Option<Box<[u8]>>,
    /// The packet does not have the layout of a CONNECT.
    pub malformed: bool,
}

impl ConnectFacts {
    /// Reads a CONNECT.
    pub fn new(connect: &Connect<'_>, malformed: bool, stamp: Stamp) -> Self {
        let properties = &connect.properties;
        Self {
            stamp,
            version: connect.version(),
            protocol_name: connect.protocol_name.map_or(Box::default(), |name| name.bytes.into()),
            protocol_level: connect.protocol_level,
            client_id: connect.client_id.map_or(Box::default(), |id| id.bytes.into()),
            keep_alive: connect.keep_alive,
            clean_start: connect.flags.is_some_and(|flags| flags.clean_start()),
            user_name: connect.user_name.map(|name| name.bytes.into()),
            will: connect.will.is_some(),
            limits: Limits {
                receive_maximum: properties.u16(PropertyId::ReceiveMaximum).unwrap_or(u16::MAX),
                maximum_packet_size: properties.u32(PropertyId::MaximumPacketSize),
                topic_alias_maximum: properties.u16(PropertyId::TopicAliasMaximum).unwrap_or(0),
            },
            session_expiry: properties.u32(PropertyId::SessionExpiryInterval),
            authentication_method: properties.text(PropertyId::AuthenticationMethod).map(|method| method.bytes.into()),
            malformed,
        }
    }

    /// Protocol level with the bit by which a bridge announces itself.
    pub fn is_bridge(&self) -> bool {
        self.protocol_level.is_some_and(|level| level & 0x80 != 0)
    }
}

/// A CONNACK, as far as it was read.
#[derive(Clone, Debug)]
pub struct ConnackFacts {
    /// Its frame.
    pub stamp: Stamp,
    /// Return Code (3.1, 3.1.1) or Reason Code (5.0).
    pub code: u8,
    /// Session Present; `None` in 3.1, which has no such flag.
    pub session_present: Option<bool>,
    /// 5.0: the Keep Alive that the client has to use, in seconds.
    pub server_keep_alive: Option<u16>,
    /// 5.0: the Client Identifier that the server gave.
    pub assigned_client_id: Option<Box<[u8]>>,
    /// 5.0: what the client has to keep.
    pub limits: Limits,
    /// 5.0: highest QoS that the client may publish with.
    pub maximum_qos: u8,
    /// 5.0: whether the client may publish retained messages.
    pub retain_available: bool,
}

impl ConnackFacts {
    /// Reads a CONNACK that has a code.
    pub fn new(connack: &Connack<'_>, version: Version, stamp: Stamp) -> Option<Self> {
        let properties = &connack.properties;
        Some(Self {
            stamp,
            code: connack.code?,
            session_present: if version == Version::V3_1 { None } else { connack.session_present() },
            server_keep_alive: properties.u16(PropertyId::ServerKeepAlive),
            assigned_client_id: properties.text(PropertyId::AssignedClientIdentifier).map(|id| id.bytes.into()),
            limits: Limits {
                receive_maximum: properties.u16(PropertyId::ReceiveMaximum).unwrap_or(u16::MAX),
                maximum_packet_size: properties.u32(PropertyId::MaximumPacketSize),
                topic_alias_maximum: properties.u16(PropertyId::TopicAliasMaximum).unwrap_or(0),
            },
            maximum_qos: properties.byte(PropertyId::MaximumQos).unwrap_or(2),
            retain_available: properties.byte(PropertyId::RetainAvailable) != Some(0),
        })
    }

    /// The connection was accepted.
    pub fn accepted(&self) -> bool {
        self.code == 0
    }
}
