//! A packet in words, from what the index has of it: `PUBLISH #7 QoS 1 plant/pump/07 42 B`.

use crate::framing::Completeness;
use crate::index::{Entry, PacketId};
use crate::mqtt::{PacketType, Version, reason};
use crate::report::number;
use crate::show;
use crate::tui::model::Data;

/// Longest topic or client id shown.
const TEXT: usize = 500;

/// The words of a packet: its type, and what else is known of it.
pub fn words(data: &Data, packet: PacketId, entry: &Entry) -> (&'static str, String) {
    let mut parts: Vec<String> = Vec::new();
    if let Some(id) = entry.packet_id() {
        parts.push(format!("#{id}"));
    }
    match entry.kind() {
        PacketType::Connect => parts.extend(connect(data, packet, entry)),
        PacketType::Publish => parts.extend(publish(data, entry)),
        PacketType::Subscribe | PacketType::Unsubscribe => parts.extend(data.index.topic(entry).map(text)),
        _ => {}
    }
    parts.extend(code(entry));
    match entry.completeness() {
        Completeness::Whole => {}
        Completeness::Damaged => parts.push("[not whole in the capture]".into()),
        Completeness::Oversize => parts.push("[too long to be looked into]".into()),
    }
    if entry.is_malformed() {
        parts.push("[malformed]".into());
    }
    if !entry.is_certain() {
        parts.push("[guessed behind a gap]".into());
    }
    (entry.kind().name(), parts.join(" "))
}

/// What the connection has of its CONNECT. Of a second one nothing is known here.
fn connect(data: &Data, packet: PacketId, entry: &Entry) -> Vec<String> {
    let mut parts = Vec::new();
    let Some(connection) = data.connection(entry.connection()) else { return parts };
    let found = &connection.summary;
    if connection.packets.first() != Some(&packet) || found.client_id.is_none() {
        return parts;
    }
    parts.extend(found.version.map(|version| version.name().to_owned()));
    parts.extend(found.client_id.as_deref().map(text));
    // In 5.0 the server may have set another one than was asked for.
    if let Some(seconds) = found.keep_alive.filter(|_| found.version != Some(Version::V5_0)) {
        parts.push(format!("keep alive {seconds} s"));
    }
    if found.clean_start == Some(true) {
        parts.push(if found.version == Some(Version::V5_0) { "clean start" } else { "clean session" }.into());
    }
    parts.extend(found.user_name.as_deref().map(|name| format!("user {}", text(name))));
    parts
}

fn publish(data: &Data, entry: &Entry) -> Vec<String> {
    let mut parts = vec![format!("QoS {}", entry.qos().unwrap_or_default())];
    if entry.dup() {
        parts.push("DUP".into());
    }
    if entry.retain() {
        parts.push("retain".into());
    }
    parts.extend(data.index.topic(entry).map(text));
    parts.push(number::bytes(entry.size().into()));
    parts
}

/// What a code says, where it says more than yes.
fn code(entry: &Entry) -> Option<String> {
    let code = entry.code()?;
    let always = matches!(entry.kind(), PacketType::Connack | PacketType::Suback | PacketType::Unsuback);
    (always || code != 0).then(|| match reason::name(entry.kind(), entry.version(), code) {
        Some(name) if code == 0 => name.to_owned(),
        Some(name) => format!("{name} (0x{code:02x})"),
        None => format!("code 0x{code:02x}"),
    })
}

/// Text from the wire; in quotes where one would not see where it begins and ends.
fn text(bytes: &[u8]) -> String {
    let shown = show::short(bytes, TEXT);
    if shown.is_empty() || shown.contains(char::is_whitespace) { format!("\"{shown}\"") } else { shown }
}
