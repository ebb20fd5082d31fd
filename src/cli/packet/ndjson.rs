//! A control packet as one line of JSON. A field that is absent was not on the wire, or not in the capture.
//!
//! Besides the fields named in the specification's words: `protocol_name` and `protocol_level` of a CONNECT as sent;
//! `resolved_topic` where a Topic Alias stands for the topic; `malformed` where the body does not have its layout, also
//! when bytes follow its last field; `incomplete` where the capture holds no more of the packet than its fixed header (no
//! other field of the body is there then); `certainty` where the packet's boundary was found by its looks after missing
//! bytes. Binary properties (`correlation_data`, `authentication_data`) are hex. Passwords and Authentication Data are `***`
//! unless secrets are wanted.

use super::properties;
use crate::analysis::PacketView;
use crate::analysis::secret::REDACTED;
use crate::cli::clock::Clock;
use crate::cli::json::Json;
use crate::mqtt::{Body, Connack, Connect, Malformed, Packet, PacketType, PropertyId, Publish, Version, reason};

/// Writes packets.
#[derive(Debug)]
pub struct Writer {
    json: Json,
    clock: Clock,
    /// Names of the inputs if there are several.
    files: Vec<String>,
    show_secrets: bool,
}

impl Writer {
    /// A writer; `inputs` are the names of all inputs.
    pub fn new(inputs: &[String], show_secrets: bool) -> Self {
        let mut writer = Self { json: Json::default(), clock: Clock::default(), files: Vec::new(), show_secrets };
        writer.inputs(inputs);
        writer
    }

    /// There are more inputs now.
    pub fn inputs(&mut self, inputs: &[String]) {
        self.files = if inputs.len() > 1 { inputs.to_vec() } else { Vec::new() };
    }

    /// The line of a packet, with its end.
    pub fn line(&mut self, view: &PacketView<'_>) -> &[u8] {
        self.json.clear();
        self.json.object();
        self.place(view);
        self.header(view);
        if view.is_header_only() {
            self.json.boolean_field("incomplete", true);
        } else {
            self.body(view);
            if let Some(malformed) = view.packet.malformed.or(view.packet.trailing_bytes()) {
                malformed_field(&mut self.json, &malformed);
            }
        }
        if !view.framed.certain {
            self.json.string_field("certainty", "likely");
        }
        self.json.end_object();
        self.json.end_line();
        self.json.as_bytes()
    }

    fn place(&mut self, view: &PacketView<'_>) {
        let json = &mut self.json;
        let end = view.framed.end;
        json.number_field("frame", end.frame.number());
        if let Some(file) = self.files.get(end.frame.input() as usize) {
            json.string_field("file", file);
        }
        json.string_field("time", self.clock.rfc3339(end.time));
        json.number_field("connection", view.connection);
        json.display_field("src", view.source);
        json.display_field("dst", view.destination);
        json.string_field("from", view.from.name());
    }

    fn header(&mut self, view: &PacketView<'_>) {
        let (json, header) = (&mut self.json, view.packet.header);
        if let Some(version) = view.version() {
            json.string_field("version", version.name());
        }
        json.string_field("type", view.packet.packet_type().name());
        json.number_field("size", header.packet_len() as u64);
        json.number_field("remaining_length", header.remaining_length.value);
        json.string_field("transport", view.transport.name());
        if view.packet.packet_type() == PacketType::Publish {
            json.boolean_field("dup", header.dup());
            json.number_field("qos", header.qos_bits());
            json.boolean_field("retain", header.retain());
        }
    }

    fn body(&mut self, view: &PacketView<'_>) {
        let packet = view.packet;
        match &packet.body {
            Body::Connect(connect) => self.connect(connect),
            Body::Publish(publish) => self.publish(publish, view),
            body => {
                if let Some(id) = packet.packet_id() {
                    self.json.number_field("packet_id", id);
                }
                match body {
                    Body::Connack(connack) => self.connack(connack, packet),
                    Body::Subscribe(_) | Body::Unsubscribe(_) => self.filters(packet),
                    Body::Suback(suback) => self.codes(suback.codes),
                    Body::Unsuback(unsuback) if packet.version == Version::V5_0 => self.codes(unsuback.codes),
                    _ => self.reason(packet),
                }
            }
        }
        if let Some(properties) = packet.properties() {
            properties::field(&mut self.json, properties, packet.packet_type(), self.show_secrets);
        }
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        let json = &mut self.json;
        if let Some(name) = connect.protocol_name {
            json.text_field("protocol_name", name.bytes);
        }
        if let Some(level) = connect.protocol_level {
            json.number_field("protocol_level", level);
        }
        if let Some(id) = connect.client_id {
            json.text_field("client_id", id.bytes);
        }
        if let Some(flags) = connect.flags {
            json.boolean_field("clean_start", flags.clean_start());
        }
        if let Some(seconds) = connect.keep_alive {
            json.number_field("keep_alive", seconds);
        }
        if let Some(name) = connect.user_name {
            json.text_field("username", name.bytes);
        }
        match connect.password {
            Some(password) if self.show_secrets => json.text_field("password", password.bytes),
            Some(_) => json.string_field("password", REDACTED),
            None => {}
        }
        if let (Some(will), Some(flags)) = (connect.will, connect.flags) {
            json.key("will");
            json.object();
            if let Some(topic) = will.topic {
                json.text_field("topic", topic.bytes);
            }
            json.number_field("qos", flags.will_qos());
            json.boolean_field("retain", flags.will_retain());
            if let Some(message) = will.message {
                json.number_field("payload_length", message.bytes.len() as u64);
            }
            properties::field(json, &will.properties, PacketType::Connect, self.show_secrets);
            json.end_object();
        }
    }

    fn connack(&mut self, connack: &Connack<'_>, packet: &Packet<'_>) {
        // In 3.1 the byte is reserved.
        if let Some(present) = connack.session_present().filter(|_| packet.version != Version::V3_1) {
            self.json.boolean_field("session_present", present);
        }
        self.reason(packet);
    }

    fn publish(&mut self, publish: &Publish<'_>, view: &PacketView<'_>) {
        let json = &mut self.json;
        if let Some(topic) = publish.topic {
            json.text_field("topic", topic.bytes);
        }
        if let Some(alias) = publish.properties.u16(PropertyId::TopicAlias) {
            json.number_field("topic_alias", alias);
            if publish.topic.is_some_and(|topic| topic.is_empty())
                && let Some(topic) = view.session.alias_topic(view.from, publish)
            {
                json.text_field("resolved_topic", topic);
            }
        }
        if let Some(id) = publish.packet_id {
            json.number_field("packet_id", id);
        }
        if let Some(length) = super::payload_len(publish, view.packet) {
            json.number_field("payload_length", length);
        }
    }

    fn filters(&mut self, packet: &Packet<'_>) {
        let json = &mut self.json;
        json.key("filters");
        json.array();
        match &packet.body {
            Body::Subscribe(subscribe) => {
                for entry in &subscribe.filters {
                    json.object();
                    json.text_field("filter", entry.filter.bytes);
                    json.number_field("qos", entry.options.qos());
                    if packet.version == Version::V5_0 {
                        json.boolean_field("no_local", entry.options.no_local());
                        json.boolean_field("retain_as_published", entry.options.retain_as_published());
                        json.number_field("retain_handling", entry.options.retain_handling());
                    }
                    json.end_object();
                }
            }
            Body::Unsubscribe(unsubscribe) => {
                for filter in &unsubscribe.filters {
                    json.object();
                    json.text_field("filter", filter.bytes);
                    json.end_object();
                }
            }
            _ => {}
        }
        json.end_array();
    }

    fn codes(&mut self, codes: &[u8]) {
        self.json.key("reason_codes");
        self.json.array();
        for code in codes {
            self.json.number(u64::from(*code));
        }
        self.json.end_array();
    }

    fn reason(&mut self, packet: &Packet<'_>) {
        let Some(code) = packet.reason_code() else { return };
        self.json.number_field("reason_code", code);
        if let Some(name) = reason::name(packet.packet_type(), packet.version, code) {
            self.json.string_field("reason", name);
        }
    }
}

fn malformed_field(json: &mut Json, malformed: &Malformed) {
    json.key("malformed");
    json.object();
    json.number_field("at", malformed.at as u64);
    json.string_field("field", malformed.field.name());
    json.number_field("needed", malformed.needed as u64);
    json.number_field("have", malformed.have as u64);
    json.display_field("why", malformed);
    json.end_object();
}
