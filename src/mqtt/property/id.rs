//! What the specification says about each property identifier: name, type, places.

use crate::mqtt::header::PacketType;

/// The data type of a property's value (5.0 table 2-4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs, reason = "the variants are the data types of the specification")]
pub enum PropertyType {
    Byte,
    TwoByte,
    FourByte,
    Varint,
    Binary,
    Text,
    Pair,
}

impl PropertyType {
    /// The name in the words of the specification.
    pub const fn name(self) -> &'static str {
        match self {
            PropertyType::Byte => "Byte",
            PropertyType::TwoByte => "Two Byte Integer",
            PropertyType::FourByte => "Four Byte Integer",
            PropertyType::Varint => "Variable Byte Integer",
            PropertyType::Binary => "Binary Data",
            PropertyType::Text => "UTF-8 Encoded String",
            PropertyType::Pair => "UTF-8 String Pair",
        }
    }
}

/// A place a property block can stand in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PropertyPlace {
    /// The variable header of a packet of this type.
    Packet(PacketType),
    /// The Will Properties in the payload of CONNECT.
    Will,
}

impl PropertyPlace {
    /// The name in the words of the specification, `CONNECT` or `Will Properties`.
    pub const fn name(self) -> &'static str {
        match self {
            PropertyPlace::Packet(packet_type) => packet_type.name(),
            PropertyPlace::Will => "Will Properties",
        }
    }

    const fn bit(self) -> u32 {
        match self {
            PropertyPlace::Packet(packet_type) => 1 << packet_type as u32,
            PropertyPlace::Will => WILL,
        }
    }
}

const CONNECT: u32 = PropertyPlace::Packet(PacketType::Connect).bit();
const CONNACK: u32 = PropertyPlace::Packet(PacketType::Connack).bit();
const PUBLISH: u32 = PropertyPlace::Packet(PacketType::Publish).bit();
const PUBACK: u32 = PropertyPlace::Packet(PacketType::Puback).bit();
const PUBREC: u32 = PropertyPlace::Packet(PacketType::Pubrec).bit();
const PUBREL: u32 = PropertyPlace::Packet(PacketType::Pubrel).bit();
const PUBCOMP: u32 = PropertyPlace::Packet(PacketType::Pubcomp).bit();
const SUBSCRIBE: u32 = PropertyPlace::Packet(PacketType::Subscribe).bit();
const SUBACK: u32 = PropertyPlace::Packet(PacketType::Suback).bit();
const UNSUBSCRIBE: u32 = PropertyPlace::Packet(PacketType::Unsubscribe).bit();
const UNSUBACK: u32 = PropertyPlace::Packet(PacketType::Unsuback).bit();
const DISCONNECT: u32 = PropertyPlace::Packet(PacketType::Disconnect).bit();
const AUTH: u32 = PropertyPlace::Packet(PacketType::Auth).bit();
const WILL: u32 = 1 << 16;
const ACKS: u32 = PUBACK | PUBREC | PUBREL | PUBCOMP;
const REASONED: u32 = CONNACK | ACKS | SUBACK | UNSUBACK | DISCONNECT | AUTH;

macro_rules! property_ids {
    ($($number:literal $id:ident $name:literal $key:literal $ty:ident $places:expr;)*) => {
        /// A property the specification defines (5.0 table 2-4).
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the variants are the names of the specification")]
        pub enum PropertyId {
            $($id = $number,)*
        }

        impl PropertyId {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [PropertyId] = &[$(PropertyId::$id,)*];

            /// The property with this number, or `None` when there is none.
            #[inline]
            pub const fn from_u32(number: u32) -> Option<PropertyId> {
                match number {
                    $($number => Some(PropertyId::$id),)*
                    _ => None,
                }
            }

            /// The name in the words of the specification, `Session Expiry Interval`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(PropertyId::$id => $name,)*
                }
            }

            /// The name for machines, `session_expiry_interval`.
            pub const fn key(self) -> &'static str {
                match self {
                    $(PropertyId::$id => $key,)*
                }
            }

            /// The data type of the value.
            #[inline]
            pub const fn ty(self) -> PropertyType {
                match self {
                    $(PropertyId::$id => PropertyType::$ty,)*
                }
            }

            const fn places_mask(self) -> u32 {
                match self {
                    $(PropertyId::$id => $places,)*
                }
            }
        }
    };
}

property_ids! {
    0x01 PayloadFormatIndicator "Payload Format Indicator" "payload_format_indicator" Byte PUBLISH | WILL;
    0x02 MessageExpiryInterval "Message Expiry Interval" "message_expiry_interval" FourByte PUBLISH | WILL;
    0x03 ContentType "Content Type" "content_type" Text PUBLISH | WILL;
    0x08 ResponseTopic "Response Topic" "response_topic" Text PUBLISH | WILL;
    0x09 CorrelationData "Correlation Data" "correlation_data" Binary PUBLISH | WILL;
    0x0b SubscriptionIdentifier "Subscription Identifier" "subscription_identifier" Varint PUBLISH | SUBSCRIBE;
    0x11 SessionExpiryInterval "Session Expiry Interval" "session_expiry_interval" FourByte CONNECT | CONNACK | DISCONNECT;
    0x12 AssignedClientIdentifier "Assigned Client Identifier" "assigned_client_identifier" Text CONNACK;
    0x13 ServerKeepAlive "Server Keep Alive" "server_keep_alive" TwoByte CONNACK;
    0x15 AuthenticationMethod "Authentication Method" "authentication_method" Text CONNECT | CONNACK | AUTH;
    0x16 AuthenticationData "Authentication Data" "authentication_data" Binary CONNECT | CONNACK | AUTH;
    0x17 RequestProblemInformation "Request Problem Information" "request_problem_information" Byte CONNECT;
    0x18 WillDelayInterval "Will Delay Interval" "will_delay_interval" FourByte WILL;
    0x19 RequestResponseInformation "Request Response Information" "request_response_information" Byte CONNECT;
    0x1a ResponseInformation "Response Information" "response_information" Text CONNACK;
    0x1c ServerReference "Server Reference" "server_reference" Text CONNACK | DISCONNECT;
    0x1f ReasonString "Reason String" "reason_string" Text REASONED;
    0x21 ReceiveMaximum "Receive Maximum" "receive_maximum" TwoByte CONNECT | CONNACK;
    0x22 TopicAliasMaximum "Topic Alias Maximum" "topic_alias_maximum" TwoByte CONNECT | CONNACK;
    0x23 TopicAlias "Topic Alias" "topic_alias" TwoByte PUBLISH;
    0x24 MaximumQos "Maximum QoS" "maximum_qos" Byte CONNACK;
    0x25 RetainAvailable "Retain Available" "retain_available" Byte CONNACK;
    0x26 UserProperty "User Property" "user_property" Pair CONNECT | PUBLISH | WILL | SUBSCRIBE | UNSUBSCRIBE | REASONED;
    0x27 MaximumPacketSize "Maximum Packet Size" "maximum_packet_size" FourByte CONNECT | CONNACK;
    0x28 WildcardSubscriptionAvailable "Wildcard Subscription Available" "wildcard_subscription_available" Byte CONNACK;
    0x29 SubscriptionIdentifierAvailable "Subscription Identifier Available" "subscription_identifier_available" Byte CONNACK;
    0x2a SharedSubscriptionAvailable "Shared Subscription Available" "shared_subscription_available" Byte CONNACK;
}

impl PropertyId {
    /// The identifier as a number.
    #[inline]
    pub const fn to_u32(self) -> u32 {
        self as u32
    }

    /// The property with this [`PropertyId::key`].
    pub fn from_key(key: &str) -> Option<PropertyId> {
        PropertyId::ALL.iter().copied().find(|id| id.key() == key)
    }

    /// Whether the specification lets the property stand there (5.0 table 2-4).
    #[inline]
    pub const fn allowed_in(self, place: PropertyPlace) -> bool {
        self.places_mask() & place.bit() != 0
    }

    /// The places the property may stand in, packets in the order of their types, then the Will Properties.
    pub fn places(self) -> impl Iterator<Item = PropertyPlace> {
        let places = PacketType::ALL.into_iter().map(PropertyPlace::Packet).chain([PropertyPlace::Will]);
        places.filter(move |&place| self.allowed_in(place))
    }

    /// Whether it may occur there more than once: User Property anywhere, Subscription Identifier in PUBLISH (5.0 section 3.3.2.3.8).
    #[inline]
    pub const fn repeatable(self, place: PropertyPlace) -> bool {
        match self {
            PropertyId::UserProperty => true,
            PropertyId::SubscriptionIdentifier => matches!(place, PropertyPlace::Packet(PacketType::Publish)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_has_all_27() {
        assert_eq!(PropertyId::ALL.len(), 27);
        for &id in PropertyId::ALL {
            assert_eq!(PropertyId::from_u32(id.to_u32()), Some(id));
            assert_eq!(PropertyId::from_key(id.key()), Some(id));
            assert_eq!(id.name().to_lowercase().replace(' ', "_"), id.key());
            assert!(id.places().count() > 0);
        }
    }
}
