//! Packets into words, `PUBLISH topic=a qos=1 packet_id=7`, where exactly those words give the same bytes.

use std::fmt::{Display, Write as _};

use super::packet::{encode, type_named};
use super::words::{quote, quote_name, words};
use crate::analysis::secret;
use crate::mqtt::encode::{Body, Connect, Packet, Properties, PropertyValue, Will};
use crate::mqtt::{self, PacketType, PropertyId, Version};

/// A packet in words, see [`named`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub text: String,
    /// The version that it sets, if it is a CONNECT.
    pub sets: Option<Version>,
    /// A secret is not shown, so `text` does not give the same bytes.
    pub hidden: bool,
}

/// A packet by name, if exactly `bytes` come out when that is read in `version`. Hides passwords and Authentication
/// Data unless told otherwise.
pub(super) fn named(packet: &mqtt::Packet<'_>, bytes: &[u8], version: Version, show_secrets: bool) -> Option<Named> {
    let (kind, packet) = (packet.packet_type(), Packet::from(packet));
    let text = name(&packet, kind, version, true)?;
    let words = words(&text, 0).ok()?;
    let (_, keys) = words.split_first()?;
    let (encoded, sets) = encode(kind, keys, version, 0).ok()?;
    if encoded != bytes {
        return None;
    }
    let shown = name(&packet, kind, version, show_secrets)?;
    Some(Named { hidden: shown != text, text: shown, sets })
}

/// The words that come closest to a packet.
fn name(packet: &Packet, kind: PacketType, version: Version, show_secrets: bool) -> Option<String> {
    let mut out = Words { text: type_named(kind.name())?.name().to_owned(), show_secrets };
    match &packet.body {
        Body::Connect(connect) => out.connect(connect)?,
        Body::Connack(connack) => {
            out.key("code", connack.code?);
            out.flag("session_present", connack.flags? & 1 != 0);
            out.properties("", &connack.properties);
        }
        Body::Publish(publish) => {
            let flags = packet.first_byte;
            out.text("topic", publish.topic.as_ref()?);
            if flags & 6 != 0 {
                out.key("qos", flags >> 1 & 3);
            }
            out.packet_id(publish.packet_id);
            out.flag("dup", flags & 8 != 0);
            out.flag("retain", flags & 1 != 0);
            out.properties("", &publish.properties);
            if !publish.payload.is_empty() {
                out.text("payload", &publish.payload);
            }
        }
        Body::Ack(ack) => {
            out.packet_id(ack.packet_id);
            out.short_form(ack.reason_code, &ack.properties);
        }
        Body::Subscribe(subscribe) => {
            out.packet_id(subscribe.packet_id);
            out.properties("", &subscribe.properties);
            for (filter, options) in &subscribe.filters {
                out.key("filter", format_args!("{}:{options}", quote(filter)));
            }
        }
        Body::Suback(suback) => {
            out.packet_id(suback.packet_id);
            if kind == PacketType::Suback || version == Version::V5_0 {
                out.key("codes", suback.codes.iter().map(u8::to_string).collect::<Vec<_>>().join(","));
            }
            out.properties("", &suback.properties);
        }
        Body::Unsubscribe(unsubscribe) => {
            out.packet_id(unsubscribe.packet_id);
            out.properties("", &unsubscribe.properties);
            unsubscribe.filters.iter().for_each(|filter| out.text("filter", filter));
        }
        Body::Reason(reason) => out.short_form(reason.reason_code, &reason.properties),
        Body::Empty => {}
    }
    Some(out.text)
}

struct Words {
    text: String,
    show_secrets: bool,
}

impl Words {
    fn connect(&mut self, connect: &Connect) -> Option<()> {
        let level = connect.protocol_level?;
        let version = Version::from_level(level)?;
        let flags = connect.flags?;
        self.key("version", version);
        self.text("client_id", connect.client_id.as_ref()?);
        self.key("keep_alive", connect.keep_alive?);
        if flags & 2 == 0 {
            self.key("clean_start", 0);
        }
        if level != version.level() {
            self.key("protocol_level", format_args!("0x{level:02x}"));
        }
        if connect.protocol_name.as_deref() != Some(version.protocol_name().as_bytes()) {
            self.text("protocol_name", connect.protocol_name.as_ref()?);
        }
        self.properties("", &connect.properties);
        if let Some(Will { properties, topic, message }) = &connect.will {
            self.text("will_topic", topic.as_ref()?);
            self.text("will_payload", message.as_ref()?);
            if flags >> 3 & 3 != 0 {
                self.key("will_qos", flags >> 3 & 3);
            }
            self.flag("will_retain", flags & 0x20 != 0);
            self.properties("will.", properties);
        }
        if let Some(user_name) = &connect.user_name {
            self.text("user_name", user_name);
        }
        if let Some(password) = &connect.password {
            self.secret("password", password);
        }
        // A bit that no field stands for.
        if flags & 1 != 0 {
            self.key("flags", format_args!("0x{flags:02x}"));
        }
        Some(())
    }

    fn key(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.text, " {name}={value}");
    }

    fn text(&mut self, name: &str, value: &[u8]) {
        self.key(name, quote(value));
    }

    fn secret(&mut self, name: &str, value: &[u8]) {
        self.text(name, if self.show_secrets { value } else { secret::REDACTED.as_bytes() });
    }

    fn flag(&mut self, name: &str, set: bool) {
        if set {
            let _ = write!(self.text, " {name}");
        }
    }

    fn packet_id(&mut self, packet_id: Option<u16>) {
        if let Some(packet_id) = packet_id {
            self.key("packet_id", packet_id);
        }
    }

    fn short_form(&mut self, code: Option<u8>, properties: &Option<Properties>) {
        if let Some(code) = code {
            self.key("code", code);
        }
        self.flag("properties", properties.as_ref().is_some_and(|properties| properties.items.is_empty()));
        self.properties("", properties);
    }

    fn properties(&mut self, prefix: &str, properties: &Option<Properties>) {
        for property in properties.iter().flat_map(|properties| &properties.items) {
            let Some(id) = PropertyId::from_u32(property.id) else { continue };
            let name = format!("{prefix}{}", id.key());
            match &property.value {
                PropertyValue::Byte(value) => self.key(&name, value),
                PropertyValue::TwoByte(value) => self.key(&name, value),
                PropertyValue::FourByte(value) => self.key(&name, value),
                PropertyValue::Varint(value) => self.key(&name, value.value),
                PropertyValue::Binary(bytes) if secret::is_secret(Some(id)) => self.secret(&name, bytes),
                PropertyValue::Binary(bytes) | PropertyValue::Text(bytes) => self.text(&name, bytes),
                PropertyValue::Pair(key, value) => self.key(&name, format_args!("{}:{}", quote_name(key), quote(value))),
                PropertyValue::Raw(_) => {}
            }
        }
    }
}
