//! What CONNECT and CONNACK of a connection say.

use mqttscope::mqtt::encode::{Connect, Packet, Properties, Property, PropertyValue};
use mqttscope::mqtt::{PropertyId as Id, Version};

use super::World;

/// What one side takes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub in_flight: usize,
    pub packet: usize,
    pub aliases: u16,
}

/// What the two sides agree on, known beforehand.
#[derive(Clone, Debug)]
pub struct Terms {
    pub version: Version,
    pub client_id: String,
    /// The client leaves its name to the server.
    pub anonymous: bool,
    pub clean: bool,
    /// The Session Expiry Interval, in seconds.
    expiry: u32,
    asked_keep_alive: u16,
    server_keep_alive: Option<u16>,
    /// Of client and server.
    pub limits: [Limits; 2],
    pub maximum_qos: u8,
    pub retain: bool,
    pub wildcards: bool,
    pub shared: bool,
    pub identifiers: bool,
    pub authentication: bool,
    pub problem_information: bool,
    pub response_information: bool,
    pub refused: bool,
}

impl Terms {
    /// Whether the session outlives the connection.
    pub fn session_lasts(&self) -> bool {
        if self.version == Version::V5_0 { self.expiry > 0 } else { !self.clean }
    }

    /// The server gives the client a name, which lasts no longer than the connection.
    pub fn give_no_name(&mut self, given: String) {
        (self.client_id, self.clean, self.expiry) = (given, true, 0);
    }

    /// The Keep Alive in force, in seconds.
    pub fn keep_alive(&self) -> u64 {
        u64::from(self.server_keep_alive.unwrap_or(self.asked_keep_alive))
    }

    /// The one that the client may not exceed before it has seen CONNACK, too.
    pub fn shortest_keep_alive(&self) -> u64 {
        [self.keep_alive(), u64::from(self.asked_keep_alive)].into_iter().filter(|seconds| *seconds > 0).min().unwrap_or(0)
    }
}

/// A property.
pub fn property(id: Id, value: PropertyValue) -> Property {
    Property::from((id, value))
}

/// A property that is a string.
pub fn text(id: Id, text: &str) -> Property {
    property(id, PropertyValue::Text(text.into()))
}

/// A User Property.
pub fn pair() -> Property {
    property(Id::UserProperty, PropertyValue::Pair(b"k".into(), "ä".into()))
}

impl World {
    /// Terms for a new connection of a host.
    pub fn terms(&mut self, version: Version, client_id: String) -> Terms {
        let v5 = version == Version::V5_0;
        let mut limits = || Limits {
            in_flight: if v5 && !self.one_in(4) { 1 + self.dice.up_to(4) } else { 65_535 },
            // Room for every CONNECT and CONNACK that is made here.
            packet: if v5 && self.one_in(3) { 250 + self.dice.up_to(60) } else { 300_000 },
            aliases: if v5 { self.dice.up_to(4) as u16 } else { 0 },
        };
        let limits = [limits(), limits()];
        let clean = self.one_in(3);
        let anonymous = version != Version::V3_1 && clean && self.one_in(4);
        let asked_keep_alive = [0, 5, 10, 20, 60][self.dice.up_to(5)];
        let server_keep_alive = (v5 && self.one_in(4)).then(|| [4, 15, 30][self.dice.up_to(3)]);
        let expiry = if v5 && !self.one_in(4) && !anonymous { 3_600 } else { 0 };
        let mut given = |share| !v5 || !self.one_in(share);
        let (retain, wildcards, shared, identifiers) = (given(4), given(4), v5 && given(4), v5 && given(4));
        Terms {
            version,
            client_id,
            anonymous,
            clean,
            expiry,
            asked_keep_alive,
            server_keep_alive,
            limits,
            maximum_qos: if v5 && self.one_in(4) { self.dice.up_to(2) as u8 } else { 2 },
            retain,
            wildcards,
            shared,
            identifiers,
            authentication: v5 && self.one_in(5),
            problem_information: !v5 || !self.one_in(4),
            response_information: v5 && self.one_in(4),
            refused: self.one_in(12),
        }
    }

    pub fn connect_packet(&mut self, terms: &Terms) -> Packet {
        let client_id = if terms.anonymous { "" } else { &terms.client_id };
        let mut connect = Connect::new(terms.version, client_id);
        connect.flags = Some(u8::from(terms.clean) << 1);
        connect.keep_alive = Some(terms.asked_keep_alive);
        if self.one_in(3) {
            let qos = self.dice.up_to(1 + usize::from(terms.maximum_qos)) as u8;
            connect = connect.with_will("will/ä", "gone", qos, terms.retain && self.one_in(2));
            let will = connect.will.as_mut().unwrap();
            will.properties = Some(self.message_properties(terms.version, false).into());
        }
        if self.one_in(3) {
            connect = connect.with_user_name("u");
            connect = if self.one_in(2) { connect.with_password("p") } else { connect };
        }
        let mut items = self.limit_properties(terms.limits[0]);
        if terms.expiry > 0 || self.one_in(3) {
            items.push(property(Id::SessionExpiryInterval, PropertyValue::FourByte(terms.expiry)));
        }
        if terms.authentication {
            items.push(text(Id::AuthenticationMethod, "M"));
            if self.one_in(2) {
                items.push(property(Id::AuthenticationData, PropertyValue::Binary(vec![0, 255])));
            }
        }
        if !terms.problem_information {
            items.push(property(Id::RequestProblemInformation, PropertyValue::Byte(0)));
        }
        if terms.response_information {
            items.push(property(Id::RequestResponseInformation, PropertyValue::Byte(1)));
        }
        connect.properties = Some(self.shuffled(items));
        Packet::connect(connect)
    }

    pub fn connack_packet(&mut self, terms: &Terms, session_present: bool) -> Packet {
        let v5 = terms.version == Version::V5_0;
        let code = if !terms.refused {
            0
        } else if v5 {
            0x87
        } else {
            5
        };
        let present = session_present && terms.version != Version::V3_1;
        let mut packet = Packet::connack(u8::from(present), code);
        let mut items = Vec::new();
        if !terms.refused {
            items = self.limit_properties(terms.limits[1]);
            let off = [
                (terms.retain, Id::RetainAvailable),
                (terms.wildcards, Id::WildcardSubscriptionAvailable),
                (terms.shared, Id::SharedSubscriptionAvailable),
                (terms.identifiers, Id::SubscriptionIdentifierAvailable),
            ];
            for (given, id) in off {
                if !given || self.one_in(6) {
                    items.push(property(id, PropertyValue::Byte(u8::from(given))));
                }
            }
            if terms.maximum_qos < 2 {
                items.push(property(Id::MaximumQos, PropertyValue::Byte(terms.maximum_qos)));
            }
            if let Some(seconds) = terms.server_keep_alive {
                items.push(property(Id::ServerKeepAlive, PropertyValue::TwoByte(seconds)));
            }
            if terms.anonymous {
                items.push(text(Id::AssignedClientIdentifier, &terms.client_id));
            }
            if terms.response_information && self.one_in(2) {
                items.push(text(Id::ResponseInformation, "r/1"));
            }
        }
        if terms.authentication && !terms.refused {
            items.push(text(Id::AuthenticationMethod, "M"));
        }
        if self.one_in(4) {
            items.push(text(Id::ReasonString, "so be it"));
        }
        if let mqttscope::mqtt::encode::Body::Connack(connack) = &mut packet.body {
            connack.properties = Some(self.shuffled(items));
        }
        packet
    }

    fn limit_properties(&mut self, limits: Limits) -> Vec<Property> {
        let mut items = Vec::new();
        if limits.in_flight < 65_535 || self.one_in(4) {
            items.push(property(Id::ReceiveMaximum, PropertyValue::TwoByte(limits.in_flight as u16)));
        }
        if limits.packet < 300_000 {
            items.push(property(Id::MaximumPacketSize, PropertyValue::FourByte(limits.packet as u32)));
        }
        if limits.aliases > 0 || self.one_in(4) {
            items.push(property(Id::TopicAliasMaximum, PropertyValue::TwoByte(limits.aliases)));
        }
        items
    }

    /// Properties of a PUBLISH or a will.
    pub fn message_properties(&mut self, version: Version, topic_allowed: bool) -> Vec<Property> {
        let mut items = Vec::new();
        if version != Version::V5_0 {
            return items;
        }
        let all = [
            property(Id::PayloadFormatIndicator, PropertyValue::Byte(1)),
            property(Id::MessageExpiryInterval, PropertyValue::FourByte(3_600)),
            text(Id::ContentType, "text"),
            property(Id::CorrelationData, PropertyValue::Binary(vec![0, 1])),
            pair(),
            pair(),
        ];
        for item in all {
            if self.one_in(8) {
                items.push(item);
            }
        }
        if topic_allowed && self.one_in(8) {
            items.push(text(Id::ResponseTopic, "answers/1"));
        }
        items
    }

    fn shuffled(&mut self, mut items: Vec<Property>) -> Properties {
        for index in (1..items.len()).rev() {
            items.swap(index, self.dice.up_to(index + 1));
        }
        items.into()
    }
}
