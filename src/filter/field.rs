//! The fields that an expression may name: the table that parsing and help are made from.

/// A field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Field {
    /// A word alone: client ids and topics.
    Any,
    /// Client Identifier.
    Client,
    /// User Name.
    User,
    /// Address of either end, also with its port.
    Address,
    /// Port of either end.
    Port,
    /// Number of the connection.
    Connection,
    /// MQTT version.
    Version,
    /// Keep Alive in force, in seconds.
    KeepAlive,
    /// Longest silence of the client, in Keep Alive periods.
    Gap,
    /// How the connection ended.
    Ended,
    /// Packet type.
    Type,
    /// QoS of a PUBLISH.
    Qos,
    /// Topic Name of a PUBLISH.
    Topic,
    /// Packet Identifier.
    Id,
    /// Reason Code, by number or name.
    Reason,
    /// Size of the packet in bytes.
    Size,
    /// Number of its frame.
    Frame,
    /// Rule or clause that was broken.
    Rule,
    /// Number of findings.
    Findings,
    /// The worst severity found.
    Severity,
}

/// What its values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, compared without regard to case.
    Text,
    /// A Topic Name: with a wildcard, `~` matches as a subscription does.
    Topic,
    /// A number.
    Number,
    /// One of these words, from the least to the most.
    Rank(&'static [&'static str]),
    /// One of these words.
    Word(&'static [&'static str]),
}

const TYPES: &[&str] = &[
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH",
];

/// Names (the first is the one to show), field, kind, and what it is. Of [`Field::Any`] there is no name.
pub const FIELDS: &[(&[&str], Field, Kind, &str)] = &[
    (&["client", "client_id"], Field::Client, Kind::Text, "client id"),
    (&["user", "username"], Field::User, Kind::Text, "user name"),
    (&["address", "addr", "ip"], Field::Address, Kind::Text, "address of either end"),
    (&["port"], Field::Port, Kind::Number, "port of either end"),
    (&["connection", "conn"], Field::Connection, Kind::Number, "number of the connection"),
    (&["version", "ver"], Field::Version, Kind::Word(&["3.1", "3.1.1", "5.0"]), "3.1, 3.1.1 or 5.0"),
    (&["keepalive", "keep_alive"], Field::KeepAlive, Kind::Number, "Keep Alive in seconds"),
    (&["gap"], Field::Gap, Kind::Number, "longest silence in Keep Alive periods"),
    (&["ended"], Field::Ended, Kind::Text, "how it ended, such as taken-over"),
    (&["type"], Field::Type, Kind::Word(TYPES), "packet type, such as PUBLISH"),
    (&["qos"], Field::Qos, Kind::Number, "QoS of a PUBLISH"),
    (&["topic"], Field::Topic, Kind::Topic, "topic; ~ takes filters such as a/#"),
    (&["id", "packet_id"], Field::Id, Kind::Number, "packet identifier"),
    (&["reason", "code"], Field::Reason, Kind::Text, "reason code: 0x87, 135 or its name"),
    (&["size"], Field::Size, Kind::Number, "bytes of the packet"),
    (&["frame"], Field::Frame, Kind::Number, "number of the frame"),
    (&["rule", "clause"], Field::Rule, Kind::Text, "rule or clause that was broken"),
    (&["finding", "findings"], Field::Findings, Kind::Number, "number of findings; alone: at least one"),
    (&["severity"], Field::Severity, Kind::Rank(&["info", "warning", "error"]), "worst severity found"),
];

/// Operators, and what they mean.
pub const OPERATORS: &[(&str, &str)] = &[
    ("=  !=", "is, is not"),
    ("~  !~", "has in it, has not"),
    (":", "~ for text, = for numbers"),
    ("<  <=  >  >=", "compares numbers and severities"),
    ("a b   a or b", "both, one of them"),
    ("!a   not a   (a)", "not, brackets"),
];

impl Field {
    /// The field of a name, and what its values are.
    pub fn named(name: &str) -> Option<(Self, Kind)> {
        let found = FIELDS.iter().find(|(names, ..)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        found.map(|(_, field, kind, _)| (*field, *kind))
    }

    /// Whether it is about a packet; else it is about a whole connection.
    pub const fn is_of_packet(self) -> bool {
        matches!(self, Self::Type | Self::Qos | Self::Topic | Self::Id | Self::Reason | Self::Size | Self::Frame)
    }
}
