//! Packets by name: `PUBLISH topic=a qos=1 packet_id=7` into bytes.

use super::TraceError;
use super::words::{Value, number};
use crate::mqtt::encode::{
    Ack, Body, Connack, Connect, Packet, Properties, Property, PropertyValue, Publish, Reason, Suback, Subscribe, Unsubscribe,
};
use crate::mqtt::{PacketType, PropertyId, PropertyType, VarInt, Version};

/// The packet type of a name in capitals; type 0 has none.
pub(super) fn type_named(name: &str) -> Option<PacketType> {
    PacketType::ALL.into_iter().filter(|kind| *kind != PacketType::Reserved).find(|kind| kind.name() == name)
}

/// Encodes a packet from its keys; with the version of a CONNECT, if it names one that is known.
pub(super) fn encode(kind: PacketType, words: &[&str], version: Version, line: usize) -> Result<(Vec<u8>, Option<Version>), TraceError> {
    use PacketType as T;
    let mut keys = Keys::new(kind, words, version, line)?;
    let packet = match kind {
        T::Connect => return keys.connect(),
        T::Connack => keys.connack()?,
        T::Publish => keys.publish()?,
        T::Puback | T::Pubrec | T::Pubrel | T::Pubcomp => keys.ack()?,
        T::Subscribe => keys.subscribe()?,
        T::Suback | T::Unsuback => keys.suback()?,
        T::Unsubscribe => keys.unsubscribe()?,
        T::Disconnect | T::Auth => keys.reason()?,
        T::Pingreq | T::Pingresp | T::Reserved => Packet::new(kind, Body::Empty),
    };
    keys.finish()?;
    Ok((packet.encode(version), None))
}

/// One `key=value` or `key`.
struct Key<'t> {
    name: &'t str,
    value: Option<&'t str>,
    taken: bool,
}

/// The keys of one packet. What is asked for is taken; what is left at the end is unknown.
struct Keys<'t> {
    kind: PacketType,
    version: Version,
    line: usize,
    keys: Vec<Key<'t>>,
    /// All names that were asked for, for the message about one that was not.
    known: Vec<&'static str>,
}

impl<'t> Keys<'t> {
    fn new(kind: PacketType, words: &[&'t str], version: Version, line: usize) -> Result<Self, TraceError> {
        let key = |word: &&'t str| match word.split_once('=') {
            Some((name, value)) => Key { name, value: Some(value), taken: false },
            None => Key { name: word, value: None, taken: false },
        };
        Ok(Self { kind, version, line, keys: words.iter().map(key).collect(), known: Vec::new() })
    }

    fn connect(mut self) -> Result<(Vec<u8>, Option<Version>), TraceError> {
        if let Some(Some(version)) = self.take("version") {
            self.version = version.parse().map_err(|_| self.expected("a version: 3.1, 3.1.1 or 5.0", version))?;
        }
        let client_id = self.text("client_id")?.unwrap_or_default();
        let mut connect = Connect::new(self.version, client_id);
        if let Some(name) = self.text("protocol_name")? {
            connect.protocol_name = Some(name);
        }
        if let Some(level) = self.int("protocol_level")? {
            connect.protocol_level = Some(level);
        }
        // The layout is that of the level sent.
        let spoken = connect.protocol_level.and_then(Version::from_level);
        self.version = spoken.unwrap_or(self.version);
        connect.keep_alive = Some(self.int("keep_alive")?.unwrap_or(60));
        let clean_start: u8 = self.int_up_to("clean_start", 1)?.unwrap_or(1);
        connect.flags = Some(clean_start << 1);
        let (topic, message) = (self.text("will_topic")?, self.text("will_payload")?);
        let (qos, retain) = (self.int_up_to("will_qos", 3)?, self.flag("will_retain")?);
        let will_properties = self.properties("will.")?;
        if topic.is_some() || message.is_some() || qos.is_some() || retain || !will_properties.items.is_empty() {
            connect = connect.with_will(topic.unwrap_or_default(), message.unwrap_or_default(), qos.unwrap_or(0), retain);
            if let Some(will) = &mut connect.will {
                will.properties = Some(will_properties);
            }
        }
        if let Some(user_name) = self.text("user_name")? {
            connect = connect.with_user_name(user_name);
        }
        if let Some(password) = self.text("password")? {
            connect = connect.with_password(password);
        }
        if let Some(flags) = self.int("flags")? {
            connect.flags = Some(flags);
        }
        connect.properties = Some(self.properties("")?);
        self.finish()?;
        Ok((Packet::connect(connect).encode(self.version), spoken))
    }

    fn connack(&mut self) -> Result<Packet, TraceError> {
        let flags = u8::from(self.flag("session_present")?);
        let flags = self.int("flags")?.unwrap_or(flags);
        let connack = Connack { flags: Some(flags), code: Some(self.int("code")?.unwrap_or(0)), properties: Some(self.properties("")?) };
        Ok(Packet::new(self.kind, Body::Connack(connack)))
    }

    fn publish(&mut self) -> Result<Packet, TraceError> {
        let qos: u8 = self.int_up_to("qos", 3)?.unwrap_or(0);
        let flags = u8::from(self.flag("dup")?) << 3 | qos << 1 | u8::from(self.flag("retain")?);
        let packet_id = if qos == 0 { None } else { Some(self.packet_id()?) };
        let publish = Publish {
            topic: Some(self.text("topic")?.unwrap_or_default()),
            packet_id,
            properties: Some(self.properties("")?),
            payload: self.bytes("payload")?.unwrap_or_default(),
        };
        let mut packet = Packet::new(self.kind, Body::Publish(publish));
        packet.first_byte |= flags;
        Ok(packet)
    }

    fn ack(&mut self) -> Result<Packet, TraceError> {
        let packet_id = Some(self.packet_id()?);
        let (reason_code, properties) = self.short_form()?;
        Ok(Packet::new(self.kind, Body::Ack(Ack { packet_id, reason_code, properties })))
    }

    fn reason(&mut self) -> Result<Packet, TraceError> {
        if self.kind == PacketType::Auth {
            // Other versions have no AUTH, so it can only be meant as that of 5.0.
            self.version = Version::V5_0;
        }
        let (reason_code, mut properties) = self.short_form()?;
        // 5.0 section 3.15.2.1: Reason Code and Property Length can only be left out together, unlike in DISCONNECT.
        if self.kind == PacketType::Auth && reason_code.is_some() {
            properties.get_or_insert_default();
        }
        Ok(Packet::new(self.kind, Body::Reason(Reason { reason_code, properties })))
    }

    /// Reason Code and properties of packets that may end before either.
    fn short_form(&mut self) -> Result<(Option<u8>, Option<Properties>), TraceError> {
        let code = self.int("code")?;
        if code.is_some() {
            self.only_in_5_0("code")?;
        }
        let written = self.flag("properties")?;
        if written {
            self.only_in_5_0("properties")?;
        }
        let properties = Some(self.properties("")?).filter(|properties| written || !properties.items.is_empty());
        Ok((code.or(properties.is_some().then_some(0)), properties))
    }

    fn subscribe(&mut self) -> Result<Packet, TraceError> {
        let mut subscribe = Subscribe { packet_id: Some(self.packet_id()?), ..Subscribe::default() };
        for raw in self.take_all("filter") {
            let value = Value::read(raw, self.line)?;
            let (filter, options) = match value.split_last() {
                Some((filter, options)) => match std::str::from_utf8(options).ok().and_then(number) {
                    Some(options) => (filter, u8::try_from(options).map_err(|_| self.expected("options from 0 to 255 in filter=", raw))?),
                    None => (&value.bytes[..], 0),
                },
                None => (&value.bytes[..], 0),
            };
            subscribe.filters.push((self.short(filter.to_vec(), raw)?, options));
        }
        subscribe.properties = Some(self.properties("")?);
        Ok(Packet::new(self.kind, Body::Subscribe(subscribe)))
    }

    fn unsubscribe(&mut self) -> Result<Packet, TraceError> {
        let mut unsubscribe = Unsubscribe { packet_id: Some(self.packet_id()?), ..Unsubscribe::default() };
        for raw in self.take_all("filter") {
            unsubscribe.filters.push(self.short(Value::read(raw, self.line)?.bytes, raw)?);
        }
        unsubscribe.properties = Some(self.properties("")?);
        Ok(Packet::new(self.kind, Body::Unsubscribe(unsubscribe)))
    }

    fn suback(&mut self) -> Result<Packet, TraceError> {
        let packet_id = Some(self.packet_id()?);
        let mut codes = Vec::new();
        match self.take("codes") {
            Some(list) => {
                let list = list.unwrap_or_default();
                for word in list.split(',').filter(|_| !list.is_empty()) {
                    let code = number(word).and_then(|code| u8::try_from(code).ok());
                    codes.push(code.ok_or_else(|| self.expected("numbers from 0 to 255 with commas in codes=", list))?);
                }
                if self.kind == PacketType::Unsuback {
                    self.only_in_5_0("codes")?;
                }
            }
            None if self.kind == PacketType::Unsuback && self.version != Version::V5_0 => {}
            None => return Err(self.missing("codes")),
        }
        let properties = Some(self.properties("")?);
        Ok(Packet::new(self.kind, Body::Suback(Suback { packet_id, properties, codes })))
    }

    fn packet_id(&mut self) -> Result<u16, TraceError> {
        self.int("packet_id")?.ok_or_else(|| self.missing("packet_id"))
    }

    /// The value of a key: `None` if it is not there, `Some(None)` if it is a bare word.
    fn take(&mut self, name: &'static str) -> Option<Option<&'t str>> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        let key = self.keys.iter_mut().find(|key| key.name == name && !key.taken)?;
        key.taken = true;
        Some(key.value)
    }

    fn take_all(&mut self, name: &'static str) -> Vec<&'t str> {
        std::iter::from_fn(|| self.take(name)).map(Option::unwrap_or_default).collect()
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, TraceError> {
        match self.take(name) {
            None | Some(Some("0")) => Ok(false),
            Some(None | Some("1")) => Ok(true),
            Some(Some(other)) => Err(self.expected(format!("{name}, {name}=1 or {name}=0"), other)),
        }
    }

    fn int<T: Bounded>(&mut self, name: &'static str) -> Result<Option<T>, TraceError> {
        self.int_up_to(name, T::MAX)
    }

    fn int_up_to<T: Bounded>(&mut self, name: &'static str, max: T) -> Result<Option<T>, TraceError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => self.to_int(name, value.unwrap_or_default(), max).map(Some),
        }
    }

    fn to_int<T: Bounded>(&self, name: &str, value: &str, max: T) -> Result<T, TraceError> {
        let int = number(value).filter(|int| *int <= max.into()).and_then(|int| T::try_from(int).ok());
        int.ok_or_else(|| self.expected(format!("a number from 0 to {} in {name}=", max.into()), value))
    }

    fn bytes(&mut self, name: &'static str) -> Result<Option<Vec<u8>>, TraceError> {
        match self.take(name) {
            None => Ok(None),
            Some(None) => Err(self.expected(format!("{name}=value"), name)),
            Some(Some(raw)) => Ok(Some(Value::read(raw, self.line)?.bytes)),
        }
    }

    fn text(&mut self, name: &'static str) -> Result<Option<Vec<u8>>, TraceError> {
        self.bytes(name)?.map(|bytes| self.short(bytes, name)).transpose()
    }

    /// Makes sure that the bytes fit behind a length of two bytes.
    fn short(&self, bytes: Vec<u8>, name: &str) -> Result<Vec<u8>, TraceError> {
        if bytes.len() > usize::from(u16::MAX) {
            return Err(self.expected("at most 65,535 bytes in a string", name));
        }
        Ok(bytes)
    }

    /// All keys that are properties, in their order.
    fn properties(&mut self, prefix: &str) -> Result<Properties, TraceError> {
        let mut keys = std::mem::take(&mut self.keys);
        let mut items = Vec::new();
        for key in keys.iter_mut().filter(|key| !key.taken) {
            let Some(id) = key.name.strip_prefix(prefix).and_then(PropertyId::from_key) else { continue };
            self.only_in_5_0(key.name)?;
            items.push(Property::from((id, self.property(id, key)?)));
            key.taken = true;
        }
        self.keys = keys;
        Ok(Properties::from(items))
    }

    fn property(&self, id: PropertyId, key: &Key<'_>) -> Result<PropertyValue, TraceError> {
        let raw = key.value.ok_or_else(|| self.expected(format!("{}=value", key.name), key.name))?;
        let text = || self.short(Value::read(raw, self.line)?.bytes, key.name);
        Ok(match id.ty() {
            PropertyType::Byte => PropertyValue::Byte(self.to_int(key.name, raw, u8::MAX)?),
            PropertyType::TwoByte => PropertyValue::TwoByte(self.to_int(key.name, raw, u16::MAX)?),
            PropertyType::FourByte => PropertyValue::FourByte(self.to_int(key.name, raw, u32::MAX)?),
            PropertyType::Varint => PropertyValue::Varint(VarInt::minimal(self.to_int(key.name, raw, VarInt::MAX)?)),
            PropertyType::Binary => PropertyValue::Binary(text()?),
            PropertyType::Text => PropertyValue::Text(text()?),
            PropertyType::Pair => {
                let value = Value::read(raw, self.line)?;
                let (name, value) = value.split_first().ok_or_else(|| self.expected(format!("{}=name:value", key.name), raw))?;
                PropertyValue::Pair(self.short(name.to_vec(), key.name)?, self.short(value.to_vec(), key.name)?)
            }
        })
    }

    fn only_in_5_0(&self, key: &str) -> Result<(), TraceError> {
        if self.version == Version::V5_0 {
            return Ok(());
        }
        Err(TraceError::NotInVersion { line: self.line, version: self.version, key: crate::show::text(key.as_bytes()) })
    }

    /// Every key has to have been taken.
    fn finish(&self) -> Result<(), TraceError> {
        let Some(key) = self.keys.iter().find(|key| !key.taken) else { return Ok(()) };
        let known = self.known.join(", ");
        let twice = if self.known.contains(&key.name) { " only once each" } else { "" };
        let list = if known.is_empty() { "no keys".to_owned() } else { format!("the keys {known}, or a property,{twice}") };
        Err(self.expected(format!("{} in {}", list.trim_end_matches(','), self.kind), key.name))
    }

    fn missing(&self, key: &'static str) -> TraceError {
        TraceError::Missing { line: self.line, packet: self.kind.name(), key }
    }

    fn expected(&self, expected: impl Into<String>, found: &str) -> TraceError {
        TraceError::expected(self.line, expected, found)
    }
}

/// Integers by their size on the wire.
trait Bounded: Copy + TryFrom<u32> + Into<u32> {
    const MAX: Self;
}

impl Bounded for u8 {
    const MAX: Self = u8::MAX;
}

impl Bounded for u16 {
    const MAX: Self = u16::MAX;
}

impl Bounded for u32 {
    const MAX: Self = u32::MAX;
}
