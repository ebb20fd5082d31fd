//! A packet in words, on one line: `PUBLISH #7 QoS 1 "plant/pump/07" 42 B`.

use std::fmt::Write as _;

use crate::flow::Role;
use crate::framing::{Completeness, Framed};
use crate::mqtt::{Body, Packet, PacketType, PropertyId, Version, reason};
use crate::session::Session;
use crate::show;

/// Longest topic, filter or client id shown.
const TEXT: usize = 60;

/// How many filters are shown one by one.
const FILTERS: usize = 3;

/// Describes a packet. Never shows a password or a payload.
pub fn describe(packet: &Packet<'_>, framed: &Framed<'_>, session: &Session, from: Role) -> String {
    let kind = packet.packet_type();
    let mut out = String::from(kind.name());
    if framed.completeness != Completeness::Whole && kind != PacketType::Publish {
        let _ = write!(out, " {} B, not whole in the capture", packet.header.packet_len());
        return out;
    }
    if let Some(id) = packet.packet_id() {
        let _ = write!(out, " #{id}");
    }
    match &packet.body {
        Body::Connect(connect) => {
            match connect.version() {
                Some(version) => out.push_str(&format!(" {version}")),
                None => out.push_str(&format!(" level {}", connect.protocol_level.map_or("missing".into(), |level| level.to_string()))),
            }
            if connect.is_bridge() {
                out.push_str(" bridge");
            }
            if let Some(id) = connect.client_id {
                out.push_str(&format!(" {}", quoted(id.bytes)));
            }
            if let Some(seconds) = connect.keep_alive {
                out.push_str(&format!(" keep alive {seconds} s"));
            }
            if connect.flags.is_some_and(|flags| flags.clean_start()) {
                out.push_str(if connect.version() == Some(Version::V5_0) { " clean start" } else { " clean session" });
            }
            if let Some(topic) = connect.will.and_then(|will| will.topic) {
                out.push_str(&format!(" will {}", quoted(topic.bytes)));
            }
            if let Some(name) = connect.user_name {
                out.push_str(&format!(" user {}", quoted(name.bytes)));
            }
        }
        Body::Connack(connack) => {
            code(&mut out, packet, connack.code);
            if packet.version != Version::V3_1 && connack.session_present() == Some(true) {
                out.push_str(", session present");
            }
        }
        Body::Publish(publish) => {
            let _ = write!(out, " QoS {}", packet.header.qos_bits());
            if packet.header.dup() {
                out.push_str(" DUP");
            }
            if packet.header.retain() {
                out.push_str(" retain");
            }
            if let Some(topic) = publish.topic {
                let _ = write!(out, " {}", quoted(topic.bytes));
            }
            if let Some(alias) = publish.properties.u16(PropertyId::TopicAlias) {
                let _ = write!(out, " alias {alias}");
                if publish.topic.is_some_and(|topic| topic.is_empty())
                    && let Some(topic) = session.alias_topic(from, publish)
                {
                    let _ = write!(out, " = {}", quoted(topic));
                }
            }
            // Where the packet breaks off before its payload, nothing is known of that.
            if publish.payload_len > 0 || packet.malformed.is_none() {
                let _ = write!(out, " {} B", publish.payload_len);
            }
        }
        Body::Ack(ack) => {
            if ack.reason_code.is_some_and(|code| code != 0) {
                code(&mut out, packet, ack.reason_code);
            }
        }
        Body::Subscribe(subscribe) => {
            let filters = subscribe.filters.iter().map(|entry| format!("{} QoS {}", quoted(entry.filter.bytes), entry.options.qos()));
            list(&mut out, filters, subscribe.filters.len());
        }
        Body::Unsubscribe(unsubscribe) => {
            list(&mut out, unsubscribe.filters.iter().map(|filter| quoted(filter.bytes)), unsubscribe.filters.len());
        }
        Body::Suback(suback) => {
            let names = suback.codes.iter().map(|code| reason_name(packet, *code));
            list(&mut out, names, suback.codes.len());
        }
        Body::Unsuback(unsuback) => {
            list(&mut out, unsuback.codes.iter().map(|code| reason_name(packet, *code)), unsuback.codes.len());
        }
        Body::Disconnect(disconnect) => code(&mut out, packet, disconnect.reason_code),
        Body::Auth(auth) => code(&mut out, packet, auth.reason_code),
        Body::Pingreq | Body::Pingresp | Body::Reserved => {}
    }
    if let Some(malformed) = packet.malformed {
        let _ = write!(out, " [malformed: {malformed}]");
    }
    out
}

/// A string from the wire in quotes, fit for a terminal.
pub fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", show::short(bytes, TEXT))
}

fn reason_name(packet: &Packet<'_>, code: u8) -> String {
    reason::name(packet.packet_type(), packet.version, code).map_or_else(|| format!("code 0x{code:02x}"), str::to_owned)
}

fn code(out: &mut String, packet: &Packet<'_>, code: Option<u8>) {
    if let Some(code) = code {
        let _ = write!(out, " {}", reason_name(packet, code));
        if code != 0 {
            let _ = write!(out, " (0x{code:02x})");
        }
    }
}

fn list(out: &mut String, items: impl Iterator<Item = String>, len: usize) {
    let shown: Vec<String> = items.take(FILTERS).collect();
    if !shown.is_empty() {
        let _ = write!(out, " {}", shown.join(", "));
    }
    if len > FILTERS {
        let _ = write!(out, " and {} more", len - FILTERS);
    }
}
