//! What CONNECT asked for and CONNACK granted (3.1.1 sections 3.1 and 3.2; 5.0 the same).

use crate::frame::Stamp;
use crate::mqtt::{Connack, Connect, Packet, Properties, PropertyId, Version};

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

impl Limits {
    fn new(properties: &Properties<'_>) -> Self {
        Self {
            receive_maximum: properties.u16(PropertyId::ReceiveMaximum).unwrap_or(u16::MAX),
            maximum_packet_size: properties.u32(PropertyId::MaximumPacketSize),
            topic_alias_maximum: properties.u16(PropertyId::TopicAliasMaximum).unwrap_or(0),
        }
    }
}

/// Whether properties are all there, and none but User Property twice: only then an absent one is known to be absent, and one
/// that is there has one value.
fn is_clear(properties: &Properties<'_>, malformed: bool) -> bool {
    let single = |id: PropertyId| id == PropertyId::UserProperty || properties.count(id) == 1;
    !malformed && (!properties.has_repeated() || properties.ids().all(|(id, _)| single(id)))
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
    /// QoS of the Will Message; 0 if there is none.
    pub will_qos: u8,
    /// Whether the Will Message is to be retained.
    pub will_retain: bool,
    /// 5.0: what the server has to keep.
    pub limits: Limits,
    /// 5.0: Session Expiry Interval in seconds.
    pub session_expiry: Option<u32>,
    /// 5.0: the client lets the server put Reason String and User Property on every packet.
    pub wants_problem_information: bool,
    /// 5.0: the client asks for Response Information.
    pub wants_response_information: bool,
    /// 5.0: Authentication Method.
    pub authentication_method: Option<Box<[u8]>>,
    /// 5.0: what the properties say is clear.
    pub is_clear: bool,
    /// The packet does not have the layout of a CONNECT.
    pub malformed: bool,
    /// Nothing is wrong with its flags, nor with the strings that have a say in them.
    flags_and_strings_fit: bool,
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
            will_qos: connect.flags.filter(|flags| flags.will()).map_or(0, |flags| flags.will_qos()),
            will_retain: connect.flags.is_some_and(|flags| flags.will() && flags.will_retain()),
            limits: Limits::new(properties),
            session_expiry: properties.u32(PropertyId::SessionExpiryInterval),
            wants_problem_information: properties.byte(PropertyId::RequestProblemInformation) != Some(0),
            wants_response_information: properties.byte(PropertyId::RequestResponseInformation).is_some_and(|wants| wants != 0),
            authentication_method: properties.text(PropertyId::AuthenticationMethod).map(|method| method.bytes.into()),
            is_clear: is_clear(properties, malformed),
            malformed,
            flags_and_strings_fit: flags_fit(connect) && strings_fit(connect),
        }
    }

    /// Whether a server has no reason to find fault with it. A fault in the value of a property is not looked for.
    pub fn is_sound(&self) -> bool {
        !self.malformed && self.is_clear && self.has_right_name() && self.flags_and_strings_fit
    }

    /// Whether its level is known and its name the one that goes with it.
    pub fn has_right_name(&self) -> bool {
        self.version.is_some_and(|version| *self.protocol_name == *version.protocol_name().as_bytes())
    }

    /// Protocol level with the bit by which a bridge announces itself.
    pub fn is_bridge(&self) -> bool {
        self.protocol_level.is_some_and(|level| level & 0x80 != 0)
    }
}

fn flags_fit(connect: &Connect<'_>) -> bool {
    connect.flags.is_some_and(|flags| {
        // Before 5.0 a Password has to have a User Name [MQTT-3.1.2-22].
        let named = flags.user_name() || !flags.password() || connect.version() == Some(Version::V5_0);
        let will = if flags.will() { flags.will_qos() < 3 } else { flags.will_qos() == 0 && !flags.will_retain() };
        !flags.reserved() && named && will
    })
}

fn strings_fit(connect: &Connect<'_>) -> bool {
    let will_topic = connect.will.as_ref().and_then(|will| will.topic);
    let mut texts = [connect.client_id, connect.user_name, will_topic].into_iter().flatten();
    texts.all(|text| text.is_well_formed() && text.first_control().is_none() && text.first_nul().is_none())
        && will_topic.is_none_or(|topic| !topic.is_empty() && !topic.has_wildcard())
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
    /// 5.0: whether the client may subscribe with wildcards.
    pub wildcards_available: bool,
    /// 5.0: whether the client may subscribe with Subscription Identifiers.
    pub subscription_ids_available: bool,
    /// 5.0: whether the client may use Shared Subscriptions.
    pub shared_available: bool,
    /// 5.0: what the properties say is clear.
    pub is_clear: bool,
    /// Offset behind its last byte in what the server sent: who has acknowledged that has received it.
    pub end: u64,
}

impl ConnackFacts {
    /// Reads a CONNACK that has a code; `end` is the offset behind it.
    pub fn new(connack: &Connack<'_>, packet: &Packet<'_>, stamp: Stamp, end: u64) -> Option<Self> {
        let properties = &connack.properties;
        let available = |id: PropertyId| properties.byte(id) != Some(0);
        Some(Self {
            stamp,
            code: connack.code?,
            session_present: if packet.version == Version::V3_1 { None } else { connack.session_present() },
            server_keep_alive: properties.u16(PropertyId::ServerKeepAlive),
            assigned_client_id: properties.text(PropertyId::AssignedClientIdentifier).map(|id| id.bytes.into()),
            limits: Limits::new(properties),
            maximum_qos: properties.byte(PropertyId::MaximumQos).unwrap_or(2),
            retain_available: available(PropertyId::RetainAvailable),
            wildcards_available: available(PropertyId::WildcardSubscriptionAvailable),
            subscription_ids_available: available(PropertyId::SubscriptionIdentifierAvailable),
            shared_available: available(PropertyId::SharedSubscriptionAvailable),
            is_clear: is_clear(properties, packet.malformed.is_some()),
            end,
        })
    }

    /// The connection was accepted.
    pub fn accepted(&self) -> bool {
        self.code == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::{Body, HeaderStatus, decode, fixed_header};
    use hex_literal::hex;

    fn connack(bytes: &[u8]) -> ConnackFacts {
        let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("no header") };
        let packet = decode(header, &bytes[header.len()..], Version::V5_0);
        let Body::Connack(connack) = &packet.body else { panic!("no CONNACK") };
        ConnackFacts::new(connack, &packet, Stamp::default(), bytes.len() as u64).unwrap()
    }

    #[test]
    fn absent_properties_have_their_defaults() {
        let facts = connack(&hex!("20 03 00 00 00"));
        assert_eq!(facts.limits, Limits { receive_maximum: 65_535, maximum_packet_size: None, topic_alias_maximum: 0 });
        assert!(facts.is_clear && facts.wildcards_available && facts.subscription_ids_available && facts.shared_available);
        assert_eq!((facts.maximum_qos, facts.retain_available, facts.end), (2, true, 5));
    }

    #[test]
    fn a_property_twice_is_not_clear_unless_it_may_be() {
        assert!(!connack(&hex!("20 07 00 00 04 2800 2801")).is_clear);
        assert!(connack(&hex!("20 0d 00 00 0a 26 0000 0000 26 0000 0000")).is_clear);
        assert!(!connack(&hex!("20 04 00 00 02 28")).is_clear, "it breaks off");
    }
}
