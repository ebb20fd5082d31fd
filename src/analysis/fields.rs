//! A packet taken apart: every field with its bytes, as a tree, in the words of the specification. Describes, never judges.

use std::ops::Range;

use super::secret;
use crate::mqtt::{
    Binary, Body, Connect, ConnectFlags, Packet, PacketType, Properties, Property, PropertyValue, SubscribeFilter, Text, VarInt, Version,
    Will, reason,
};
use crate::show;

/// Longest text shown.
const TEXT: usize = 200;

/// Most binary bytes shown.
const BYTES: usize = 32;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value, fit for a terminal; empty where the parts say it.
    pub value: String,
    /// Its bytes, counted from the start of the packet; length prefixes belong to their fields.
    pub range: Range<usize>,
    /// Its parts.
    pub parts: Vec<Field>,
}

/// Takes a packet apart. Passwords and Authentication Data are shown only with `show_secrets`.
pub fn fields(packet: &Packet<'_>, show_secrets: bool) -> Vec<Field> {
    let mut tree = Tree { list: vec![fixed_header(packet)], version: packet.version, show_secrets };
    let end = packet.header.packet_len();
    match &packet.body {
        Body::Connect(connect) => tree.connect(connect),
        Body::Connack(connack) => {
            if let Some(flags) = connack.flags {
                let present = if packet.version == Version::V3_1 { "" } else { word(flags & 1 != 0, ", Session Present") };
                tree.byte("Connect Acknowledge Flags", connack.flags_at, format!("0x{flags:02x}{present}"));
            }
            tree.code(packet, if packet.version == Version::V5_0 { "Reason Code" } else { "Return Code" }, connack.code, connack.code_at);
            tree.properties("Properties", &connack.properties);
        }
        Body::Publish(publish) => {
            tree.text("Topic Name", publish.topic);
            tree.id(publish.packet_id, publish.packet_id_at);
            tree.properties("Properties", &publish.properties);
            if packet.malformed.is_none() {
                let at = publish.payload_at as usize;
                let shown = if publish.payload.is_empty() { String::new() } else { format!(": {}", payload(publish.payload)) };
                tree.put("Payload", format!("{}{shown}", size(publish.payload_len as usize)), at..end);
            }
        }
        Body::Ack(ack) => {
            tree.id(ack.packet_id, ack.packet_id_at);
            tree.code(packet, "Reason Code", ack.reason_code, ack.reason_code_at);
            tree.properties("Properties", &ack.properties);
        }
        Body::Subscribe(subscribe) => {
            tree.id(subscribe.packet_id, subscribe.packet_id_at);
            tree.properties("Properties", &subscribe.properties);
            for entry in &subscribe.filters {
                tree.text("Topic Filter", Some(entry.filter));
                tree.options(&entry);
            }
        }
        Body::Unsubscribe(unsubscribe) => {
            tree.id(unsubscribe.packet_id, unsubscribe.packet_id_at);
            tree.properties("Properties", &unsubscribe.properties);
            for filter in unsubscribe.filters.iter() {
                tree.text("Topic Filter", Some(filter));
            }
        }
        Body::Suback(suback) => {
            tree.id(suback.packet_id, suback.packet_id_at);
            tree.properties("Properties", &suback.properties);
            tree.codes(packet, suback.codes, suback.codes_at);
        }
        Body::Unsuback(unsuback) => {
            tree.id(unsuback.packet_id, unsuback.packet_id_at);
            tree.properties("Properties", &unsuback.properties);
            tree.codes(packet, unsuback.codes, unsuback.codes_at);
        }
        Body::Disconnect(disconnect) => {
            tree.code(packet, "Reason Code", disconnect.reason_code, disconnect.reason_code_at);
            tree.properties("Properties", &disconnect.properties);
        }
        Body::Auth(auth) => {
            tree.code(packet, "Reason Code", auth.reason_code, auth.reason_code_at);
            tree.properties("Properties", &auth.properties);
        }
        Body::Pingreq | Body::Pingresp | Body::Reserved => {}
    }
    if let Some(malformed) = packet.malformed {
        let range = malformed.at..malformed.at + malformed.have;
        tree.put(malformed.field.name(), format!("malformed: {malformed}"), range);
    } else if let Some(trailing) = packet.trailing_bytes() {
        // Behind a CONNECT that does not announce a password, there may be one.
        let secret = secret::is_possible_in(packet.packet_type()) && !show_secrets;
        let shown = if secret { ", not shown".into() } else { format!(": {}", hex(packet.trailing)) };
        tree.put("Behind the last field", format!("{}{shown}", size(trailing.have)), trailing.at..trailing.at + trailing.have);
    }
    tree.list
}

fn fixed_header(packet: &Packet<'_>) -> Field {
    let header = packet.header;
    let kind = packet.packet_type();
    let flags = match kind {
        PacketType::Publish => format!("DUP {}, QoS {}, RETAIN {}", u8::from(header.dup()), header.qos_bits(), u8::from(header.retain())),
        _ => format!("0b{:04b}", header.flags()),
    };
    let part = |name: &str, value: String, range: Range<usize>| Field { name: name.into(), value, range, parts: Vec::new() };
    let bits = match kind {
        PacketType::Publish => bits(header.first_byte, 0, &[("DUP", 0x08), ("QoS", 0x06), ("RETAIN", 0x01)]),
        _ => Vec::new(),
    };
    Field {
        name: "Fixed Header".into(),
        value: kind.name().into(),
        range: 0..header.len(),
        parts: vec![
            part("Packet Type", format!("{} ({kind})", kind.index()), 0..1),
            Field { parts: bits, ..part("Flags", flags, 0..1) },
            part("Remaining Length", var_int(header.remaining_length), 1..header.len()),
        ],
    }
}

/// Fields in the order of their bytes.
struct Tree {
    list: Vec<Field>,
    version: Version,
    show_secrets: bool,
}

impl Tree {
    fn put(&mut self, name: &str, value: String, range: Range<usize>) {
        self.list.push(Field { name: name.into(), value, range, parts: Vec::new() });
    }

    fn byte(&mut self, name: &str, at: u32, value: String) {
        self.put(name, value, at as usize..at as usize + 1);
    }

    /// A byte whose bits mean something each.
    fn bits(&mut self, name: &str, at: u32, byte: u8, value: String, bits: &[(&str, u8)]) {
        let range = at as usize..at as usize + 1;
        self.list.push(Field { name: name.into(), value, range, parts: self::bits(byte, at as usize, bits) });
    }

    fn two_bytes(&mut self, name: &str, at: u32, value: String) {
        self.put(name, value, at as usize..at as usize + 2);
    }

    fn id(&mut self, id: Option<u16>, at: u32) {
        if let Some(id) = id {
            self.two_bytes("Packet Identifier", at, id.to_string());
        }
    }

    fn text(&mut self, name: &str, text: Option<Text<'_>>) {
        if let Some(text) = text {
            self.put(name, self::text(&text), prefixed(text.at, text.len()));
        }
    }

    fn code(&mut self, packet: &Packet<'_>, name: &str, code: Option<u8>, at: u32) {
        if let Some(code) = code {
            let named = reason::name(packet.packet_type(), packet.version, code).unwrap_or("has no meaning here");
            self.byte(name, at, format!("0x{code:02x} {named}"));
        }
    }

    fn codes(&mut self, packet: &Packet<'_>, codes: &[u8], at: u32) {
        let name = if packet.version == Version::V5_0 { "Reason Code" } else { "Return Code" };
        for (at, code) in (at..).zip(codes) {
            self.code(packet, name, Some(*code), at);
        }
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        self.text("Protocol Name", connect.protocol_name);
        if let Some(level) = connect.protocol_level {
            let version = connect.version().map_or(" (no version has it)".into(), |version| format!(" (MQTT {version})"));
            self.byte(
                "Protocol Level",
                connect.protocol_level_at,
                format!("{level}{version}{}", word(connect.is_bridge(), ", bridge bit")),
            );
        }
        if let Some(flags) = connect.flags {
            let clean = if self.version == Version::V5_0 { "Clean Start" } else { "Clean Session" };
            let bits = [
                ("User Name Flag", 0x80),
                ("Password Flag", 0x40),
                ("Will Retain", 0x20),
                ("Will QoS", 0x18),
                ("Will Flag", 0x04),
                (clean, 0x02),
                ("reserved", 0x01),
            ];
            self.bits("Connect Flags", connect.flags_at, flags.0, connect_flags(flags, self.version), &bits);
        }
        if let Some(seconds) = connect.keep_alive {
            let off = word(seconds == 0, " (off)");
            self.two_bytes("Keep Alive", connect.keep_alive_at, format!("{seconds} s{off}"));
        }
        self.properties("Properties", &connect.properties);
        self.text("Client Identifier", connect.client_id);
        if let Some(will) = &connect.will {
            self.will(will);
        }
        self.text("User Name", connect.user_name);
        if let Some(password) = connect.password {
            let value = self.secret(&password);
            self.put("Password", value, prefixed(password.at, password.bytes.len()));
        }
    }

    fn will(&mut self, will: &Will<'_>) {
        self.properties("Will Properties", &will.properties);
        self.text("Will Topic", will.topic);
        if let Some(message) = will.message {
            let name = if self.version == Version::V5_0 { "Will Payload" } else { "Will Message" };
            let shown = if message.bytes.is_empty() { String::new() } else { format!(": {}", payload(message.bytes)) };
            self.put(name, format!("{}{shown}", size(message.bytes.len())), prefixed(message.at, message.bytes.len()));
        }
    }

    fn options(&mut self, entry: &SubscribeFilter<'_>) {
        let options = entry.options;
        let mut value = format!("0x{:02x} QoS {}", options.0, options.qos());
        if self.version == Version::V5_0 {
            value.push_str(word(options.no_local(), ", No Local"));
            value.push_str(word(options.retain_as_published(), ", Retain As Published"));
            value.push_str(&format!(", Retain Handling {}", options.retain_handling()));
        }
        value.push_str(word(options.reserved(self.version) != 0, ", reserved bits set"));
        let v5: [(&str, u8); 5] =
            [("reserved", 0xc0), ("Retain Handling", 0x30), ("Retain As Published", 0x08), ("No Local", 0x04), ("Maximum QoS", 0x03)];
        let (name, bits) = match self.version {
            Version::V5_0 => ("Subscription Options", &v5[..]),
            _ => ("Requested QoS", &[("reserved", 0xfc), ("QoS", 0x03)][..]),
        };
        self.bits(name, entry.options_at, options.0, value, bits);
    }

    fn properties(&mut self, name: &str, properties: &Properties<'_>) {
        let Some(length) = properties.length else { return };
        let at = properties.at as usize;
        let range = at.saturating_sub(usize::from(length.encoded_len))..at + properties.bytes.len();
        let value = format!("{} byte{}", var_int(length), if length.value == 1 { "" } else { "s" });
        let parts = properties.iter().map(|one| self.property(&one)).collect();
        self.list.push(Field { name: name.into(), value, range, parts });
    }

    fn property(&self, property: &Property<'_>) -> Field {
        let at = property.value_at() as usize;
        let (value, len) = match property.value {
            PropertyValue::Byte(value) => (value.to_string(), 1),
            PropertyValue::TwoByte(value) => (value.to_string(), 2),
            PropertyValue::FourByte(value) => (value.to_string(), 4),
            PropertyValue::Varint(value) => (var_int(value), usize::from(value.encoded_len)),
            PropertyValue::Binary(value) if secret::is_secret(property.property_id()) => (self.secret(&value), 2 + value.bytes.len()),
            PropertyValue::Binary(value) => (binary(&value), 2 + value.bytes.len()),
            PropertyValue::Text(value) => (text(&value), 2 + value.len()),
            PropertyValue::Pair(name, value) => (format!("{} = {}", text(&name), text(&value)), 4 + name.len() + value.len()),
        };
        let name = property.property_id().map_or_else(|| format!("Property 0x{:02x}", property.id), |id| id.name().into());
        Field { name, value, range: property.at as usize..at + len, parts: Vec::new() }
    }

    /// What must not be shown unasked.
    fn secret(&self, data: &Binary<'_>) -> String {
        if self.show_secrets { binary(data) } else { format!("{}, not shown", size(data.bytes.len())) }
    }
}

/// The bits of a byte, each with its place in it: `..1. .... 1`.
fn bits(byte: u8, at: usize, bits: &[(&str, u8)]) -> Vec<Field> {
    let digit = |mask: u8, bit: u8| match (mask >> bit & 1, byte >> bit & 1) {
        (0, _) => '.',
        (_, 0) => '0',
        _ => '1',
    };
    let part = |(name, mask): &(&str, u8)| {
        let [high, low] = [4, 0].map(|from| (from..from + 4).rev().map(|bit| digit(*mask, bit)).collect::<String>());
        let value = format!("{high} {low}  {}", (byte & mask) >> mask.trailing_zeros());
        Field { name: (*name).into(), value, range: at..at + 1, parts: Vec::new() }
    };
    bits.iter().map(part).collect()
}

fn connect_flags(flags: ConnectFlags, version: Version) -> String {
    let mut value = format!("0b{:08b}", flags.0);
    value.push_str(word(flags.user_name(), ", User Name"));
    value.push_str(word(flags.password(), ", Password"));
    value.push_str(word(flags.will_retain(), ", Will Retain"));
    if flags.will() || flags.will_qos() > 0 {
        value.push_str(&format!(", Will QoS {}", flags.will_qos()));
    }
    value.push_str(word(flags.will(), ", Will Flag"));
    value.push_str(word(flags.clean_start(), if version == Version::V5_0 { ", Clean Start" } else { ", Clean Session" }));
    value.push_str(word(flags.reserved(), ", reserved bit set"));
    value
}

fn word(there: bool, text: &str) -> &str {
    if there { text } else { "" }
}

/// A field with a length prefix of two bytes.
fn prefixed(at: u32, len: usize) -> Range<usize> {
    (at as usize).saturating_sub(2)..at as usize + len
}

fn var_int(value: VarInt) -> String {
    if value.is_minimal() { value.value.to_string() } else { format!("{} (in {} bytes)", value.value, value.encoded_len) }
}

fn text(text: &Text<'_>) -> String {
    let ill = if text.is_well_formed() { String::new() } else { format!(" (not UTF-8: {})", hex(text.bytes)) };
    format!("\"{}\"{ill}", show::short(text.bytes, TEXT))
}

fn binary(binary: &Binary<'_>) -> String {
    if binary.bytes.is_empty() { size(0) } else { format!("{}: {}", size(binary.bytes.len()), hex(binary.bytes)) }
}

fn payload(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| show::is_hidden(c) && c != '\n') => format!("\"{}\"", show::short(bytes, TEXT)),
        _ => hex(bytes),
    }
}

fn hex(bytes: &[u8]) -> String {
    let shown = bytes.get(..BYTES).unwrap_or(bytes);
    format!("{}{}", show::hex(shown), word(shown.len() < bytes.len(), "…"))
}

fn size(len: usize) -> String {
    format!("{len} B")
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;
    use crate::mqtt::{HeaderStatus, decode, fixed_header};

    fn lines(bytes: &[u8], version: Version, show_secrets: bool) -> Vec<String> {
        fn push(lines: &mut Vec<String>, depth: usize, field: &Field) {
            lines.push(format!("{:1$}{2}..{3} {4}: {5}", "", depth * 2, field.range.start, field.range.end, field.name, field.value));
            field.parts.iter().for_each(|part| push(lines, depth + 1, part));
        }
        let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("a header") };
        let mut out = Vec::new();
        for field in fields(&decode(header, &bytes[header.len()..], version), show_secrets) {
            push(&mut out, 0, &field);
        }
        out
    }

    #[test]
    fn connect_has_all_its_fields() {
        let bytes = b"\x10\x2e\x00\x04MQTT\x05\xce\x00\x3c\x05\x11\x00\x00\x00\x0a\x00\x01c\x05\x18\x00\x00\x00\x05\x00\x01w\x00\x02hi\x00\x01u\x00\x02pw\x00\x00\x00";
        assert_eq!(
            lines(bytes, Version::V3_1_1, false),
            [
                "0..2 Fixed Header: CONNECT",
                "  0..1 Packet Type: 1 (CONNECT)",
                "  0..1 Flags: 0b0000",
                "  1..2 Remaining Length: 46",
                "2..8 Protocol Name: \"MQTT\"",
                "8..9 Protocol Level: 5 (MQTT 5.0)",
                "9..10 Connect Flags: 0b11001110, User Name, Password, Will QoS 1, Will Flag, Clean Start",
                "  9..10 User Name Flag: 1... ....  1",
                "  9..10 Password Flag: .1.. ....  1",
                "  9..10 Will Retain: ..0. ....  0",
                "  9..10 Will QoS: ...0 1...  1",
                "  9..10 Will Flag: .... .1..  1",
                "  9..10 Clean Start: .... ..1.  1",
                "  9..10 reserved: .... ...0  0",
                "10..12 Keep Alive: 60 s",
                "12..18 Properties: 5 bytes",
                "  13..18 Session Expiry Interval: 10",
                "18..21 Client Identifier: \"c\"",
                "21..27 Will Properties: 5 bytes",
                "  22..27 Will Delay Interval: 5",
                "27..30 Will Topic: \"w\"",
                "30..34 Will Payload: 2 B: \"hi\"",
                "34..37 User Name: \"u\"",
                "37..41 Password: 2 B, not shown",
                "41..44 Behind the last field: 3 B, not shown",
            ]
        );
        assert!(lines(bytes, Version::V5_0, true).contains(&"37..41 Password: 2 B: 7077".to_owned()));
    }

    #[test]
    fn authentication_data_is_shown_on_request_only() {
        let auth = hex!("f0 0c 18 09 15 0001 6d 16 0002 7879 7a");
        let expected = ["  4..8 Authentication Method: \"m\"", "  8..13 Authentication Data: 2 B, not shown"];
        assert_eq!(lines(&auth, Version::V5_0, false)[6..8], expected);
        assert_eq!(lines(&auth, Version::V5_0, false)[8], "13..14 Behind the last field: 1 B, not shown");
        assert_eq!(lines(&auth, Version::V5_0, true)[7], "  8..13 Authentication Data: 2 B: 7879");
    }

    #[test]
    fn malformed_field_comes_last() {
        let lines = lines(&hex!("82 07 0001 0005 61 62 63"), Version::V3_1_1, false);
        assert_eq!(lines[4..], ["2..4 Packet Identifier: 1", "4..9 Topic Filter: malformed: Topic Filter needs 7 bytes, 5 are left"]);
    }

    #[test]
    fn codes_have_names_and_padding_shows() {
        assert_eq!(
            lines(&hex!("90 8500 0001 00 01 87"), Version::V5_0, false)[3..],
            [
                "  1..3 Remaining Length: 5 (in 2 bytes)",
                "3..5 Packet Identifier: 1",
                "5..6 Properties: 0 bytes",
                "6..7 Reason Code: 0x01 Granted QoS 1",
                "7..8 Reason Code: 0x87 Not authorized",
            ]
        );
    }

    #[test]
    fn text_from_the_wire_is_tamed() {
        assert_eq!(
            lines(b"\x30\x09\x00\x04a\x1b[2\xff\x00\x07", Version::V3_1_1, false)[7..],
            ["2..8 Topic Name: \"a\\x1b[2\"", "8..11 Payload: 3 B: ff0007",]
        );
        assert_eq!(lines(b"\x30\x03\x00\x01\xff", Version::V3_1_1, false)[7], "2..5 Topic Name: \"\u{fffd}\" (not UTF-8: ff)");
    }
}
