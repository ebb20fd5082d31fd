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
    parts.extend(entry.packet_id().map(|id| format!("#{id}")));
    if entry.kind() == PacketType::Connect {
        parts.extend(connect(data, packet, entry));
    }
    parts.extend(flags(entry));
    parts.extend(data.index.topic(entry).map(text));
    parts.extend((entry.kind() == PacketType::Publish).then(|| number::bytes(entry.size().into())));
    parts.extend(code(entry));
    parts.extend(state(entry).map(str::to_owned));
    (entry.kind().name(), parts.join(" "))
}

/// Those of the words that many packets share: without identifier, topic and size.
pub fn shape(entry: &Entry) -> String {
    let mut parts = vec![entry.kind().name().to_owned()];
    parts.extend(flags(entry));
    parts.extend(code(entry));
    parts.extend(state(entry).map(str::to_owned));
    parts.join(" ")
}

/// What the first byte says.
fn flags(entry: &Entry) -> Vec<String> {
    let qos = entry.qos().map(|qos| format!("QoS {qos}"));
    let dup = entry.dup().then(|| "DUP".to_owned());
    let retain = entry.retain().then(|| "retain".to_owned());
    [qos, dup, retain].into_iter().flatten().collect()
}

/// What is wrong with how it was captured or sent.
fn state(entry: &Entry) -> impl Iterator<Item = &'static str> {
    let whole = match entry.completeness() {
        Completeness::Whole => None,
        Completeness::Damaged => Some("[not whole in the capture]"),
        Completeness::Oversize => Some("[too long to be looked into]"),
    };
    let malformed = entry.is_malformed().then_some("[malformed]");
    let guessed = (!entry.is_certain()).then_some("[boundary guessed]");
    [whole, malformed, guessed].into_iter().flatten()
}

/// What the connection has of its CONNECT. Of a second one nothing is known here.
fn connect(data: &Data, packet: PacketId, entry: &Entry) -> Vec<String> {
    let mut parts = Vec::new();
    let Some(connection) = data.connection(entry.connection()) else { return parts };
    let found = &connection.summary;
    if connection.packets.gone() > 0 || connection.packets.first() != Some(&packet) || found.client_id.is_none() {
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
