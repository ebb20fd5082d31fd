//! Laws of the wire format, tried on packets made at random, damaged at random, and on plain noise.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::super::encode::{self, Packet as P, Property, PropertyValue as V};
use super::super::*;
use super::packet;

fn version() -> impl Strategy<Value = Version> {
    proptest::sample::select(Version::ALL.to_vec())
}

fn string() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..20)
}

fn var_int_max() -> impl Strategy<Value = VarInt> {
    (0..=VarInt::MAX, 0..=4u8).prop_map(|(value, len)| {
        let minimal = VarInt::minimal(value);
        VarInt { encoded_len: minimal.encoded_len.max(len), ..minimal }
    })
}

fn property() -> impl Strategy<Value = Property> {
    (proptest::sample::select(PropertyId::ALL), 1..=4u8).prop_flat_map(|(id, id_len)| {
        let value = match id.ty() {
            PropertyType::Byte => any::<u8>().prop_map(V::Byte).boxed(),
            PropertyType::TwoByte => any::<u16>().prop_map(V::TwoByte).boxed(),
            PropertyType::FourByte => any::<u32>().prop_map(V::FourByte).boxed(),
            PropertyType::Varint => var_int_max().prop_map(V::Varint).boxed(),
            PropertyType::Binary => string().prop_map(V::Binary).boxed(),
            PropertyType::Text => string().prop_map(V::Text).boxed(),
            PropertyType::Pair => (string(), string()).prop_map(|(name, value)| V::Pair(name, value)).boxed(),
        };
        value.prop_map(move |value| Property { id: id.to_u32(), id_len, value })
    })
}

/// A block as a decoder gives it back: with its length, or none at all in 3.x.
fn properties(version: Version) -> BoxedStrategy<Option<encode::Properties>> {
    if version != Version::V5_0 {
        return Just(None).boxed();
    }
    vec(property(), 0..5).prop_map(|items| Some(items.into())).boxed()
}

fn connect(version: Version) -> impl Strategy<Value = P> {
    let will = (properties(version), string(), string());
    let will = will.prop_map(|(properties, topic, message)| encode::Will { properties, topic: Some(topic), message: Some(message) });
    (string(), any::<u8>(), any::<u16>(), properties(version), string(), of(will), of(string()), of(string())).prop_map(
        move |(name, flags, keep_alive, properties, client_id, will, user_name, password)| {
            let announced = u8::from(will.is_some()) << 2 | u8::from(password.is_some()) << 6 | u8::from(user_name.is_some()) << 7;
            P::connect(encode::Connect {
                protocol_name: Some(name),
                protocol_level: Some(version.level()),
                flags: Some(flags & 0b0011_1011 | announced),
                keep_alive: Some(keep_alive),
                properties,
                client_id: Some(client_id),
                will,
                user_name,
                password,
            })
        },
    )
}

fn reason(version: Version) -> BoxedStrategy<(Option<u8>, Option<encode::Properties>)> {
    if version != Version::V5_0 {
        return Just((None, None)).boxed();
    }
    let with_properties = (any::<u8>(), properties(version)).prop_map(|(code, properties)| (Some(code), properties));
    prop_oneof![Just((None, None)), any::<u8>().prop_map(|code| (Some(code), None)), with_properties].boxed()
}

fn body(packet_type: PacketType, version: Version) -> BoxedStrategy<P> {
    let new = move |body| P::new(packet_type, body);
    let id = || any::<u16>().prop_map(Some);
    let codes = move || if version != Version::V5_0 && packet_type == PacketType::Unsuback { 0..1 } else { 0..9 };
    match packet_type {
        PacketType::Connect => connect(version).boxed(),
        PacketType::Connack => (any::<u8>(), any::<u8>(), properties(version))
            .prop_map(move |(flags, code, properties)| {
                new(encode::Body::Connack(encode::Connack { flags: Some(flags), code: Some(code), properties }))
            })
            .boxed(),
        PacketType::Publish => (0..16u8, string(), any::<u16>(), properties(version), vec(any::<u8>(), 0..200))
            .prop_map(move |(flags, topic, id, properties, payload)| {
                let packet_id = (flags & 0x06 != 0).then_some(id);
                let publish = encode::Publish { topic: Some(topic), packet_id, properties, payload };
                P { first_byte: 0x30 | flags, ..new(encode::Body::Publish(publish)) }
            })
            .boxed(),
        PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => (id(), reason(version))
            .prop_map(move |(packet_id, (reason_code, properties))| {
                new(encode::Body::Ack(encode::Ack { packet_id, reason_code, properties }))
            })
            .boxed(),
        PacketType::Subscribe => (id(), properties(version), vec((string(), any::<u8>()), 0..5))
            .prop_map(move |(packet_id, properties, filters)| {
                new(encode::Body::Subscribe(encode::Subscribe { packet_id, properties, filters }))
            })
            .boxed(),
        PacketType::Suback | PacketType::Unsuback => (id(), properties(version), vec(any::<u8>(), codes()))
            .prop_map(move |(packet_id, properties, codes)| new(encode::Body::Suback(encode::Suback { packet_id, properties, codes })))
            .boxed(),
        PacketType::Unsubscribe => (id(), properties(version), vec(string(), 0..5))
            .prop_map(move |(packet_id, properties, filters)| {
                new(encode::Body::Unsubscribe(encode::Unsubscribe { packet_id, properties, filters }))
            })
            .boxed(),
        PacketType::Disconnect => reason(version)
            .prop_map(move |(reason_code, properties)| new(encode::Body::Reason(encode::Reason { reason_code, properties })))
            .boxed(),
        // An AUTH has both or neither, and neither in 3.x.
        PacketType::Auth => of((any::<u8>(), properties(version)))
            .prop_map(move |reason| {
                let (code, properties) = reason.filter(|_| version == Version::V5_0).unzip();
                new(encode::Body::Reason(encode::Reason { reason_code: code, properties: properties.flatten() }))
            })
            .boxed(),
        PacketType::Pingreq | PacketType::Pingresp | PacketType::Reserved => Just(new(encode::Body::Empty)).boxed(),
    }
}

pub(crate) fn any_packet() -> impl Strategy<Value = (P, Version)> {
    (proptest::sample::select(PacketType::ALL.to_vec()), version())
        .prop_flat_map(|(packet_type, version)| (body(packet_type, version), Just(version)))
}

/// A header that promises `body`, or a little more, and a body: noise, or a good one cut and with bytes changed.
fn any_bytes() -> impl Strategy<Value = (FixedHeader, Vec<u8>, Version)> {
    let noise = (any::<u8>(), vec(prop_oneof![0..4u8, any::<u8>()], 0..60), version());
    let damaged = (any_packet(), vec((any::<prop::sample::Index>(), any::<u8>()), 0..4), any::<prop::sample::Index>()).prop_map(
        |((packet, version), changes, end)| {
            let bytes = packet.encode(version);
            let HeaderStatus::Complete(header) = fixed_header(&bytes) else { panic!("a header") };
            let mut body = bytes[header.len()..].to_vec();
            for (index, byte) in changes {
                if !body.is_empty() {
                    let index = index.index(body.len());
                    body[index] = byte;
                }
            }
            if end.index(3) == 0 {
                body.truncate(end.index(body.len() + 1));
            }
            (packet.first_byte, body, version)
        },
    );
    (prop_oneof![noise, damaged], prop_oneof![9 => Just(0u32), 1 => 1..10u32]).prop_map(|((first_byte, body, version), missing)| {
        let header = FixedHeader { first_byte, remaining_length: VarInt::minimal(body.len() as u32 + missing) };
        (header, body, version)
    })
}

/// Everything a packet has with an offset, to be compared with the bytes at that offset.
fn located<'a>(packet: &Packet<'a>) -> Vec<(u32, &'a [u8])> {
    let mut parts = vec![(packet.trailing_at, packet.trailing)];
    let mut blocks: Vec<Properties<'a>> = packet.properties().copied().into_iter().collect();
    match packet.body {
        Body::Connect(connect) => {
            let will = connect.will;
            blocks.extend(will.map(|will| will.properties));
            let texts = [connect.protocol_name, connect.client_id, will.and_then(|will| will.topic), connect.user_name];
            parts.extend(texts.into_iter().flatten().map(|text| (text.at, text.bytes)));
            parts.extend([will.and_then(|will| will.message), connect.password].into_iter().flatten().map(|data| (data.at, data.bytes)));
        }
        Body::Publish(publish) => {
            parts.extend(publish.topic.map(|text| (text.at, text.bytes)));
            parts.push((publish.payload_at, publish.payload));
        }
        Body::Subscribe(subscribe) => {
            assert_eq!(subscribe.filters.iter().count(), subscribe.filters.len());
            parts.push((subscribe.filters.at, subscribe.filters.bytes));
            parts.extend(subscribe.filters.iter().map(|pair| (pair.filter.at, pair.filter.bytes)));
        }
        Body::Unsubscribe(unsubscribe) => {
            assert_eq!(unsubscribe.filters.iter().count(), unsubscribe.filters.len());
            parts.push((unsubscribe.filters.at, unsubscribe.filters.bytes));
            parts.extend(unsubscribe.filters.iter().map(|filter| (filter.at, filter.bytes)));
        }
        Body::Suback(suback) => parts.push((suback.codes_at, suback.codes)),
        Body::Unsuback(unsuback) => parts.push((unsuback.codes_at, unsuback.codes)),
        _ => {}
    }
    for block in blocks {
        parts.push((block.at, block.bytes));
        for property in &block {
            match property.value {
                PropertyValue::Text(text) => parts.push((text.at, text.bytes)),
                PropertyValue::Binary(data) => parts.push((data.at, data.bytes)),
                PropertyValue::Pair(name, value) => parts.extend([(name.at, name.bytes), (value.at, value.bytes)]),
                _ => {}
            }
            assert_eq!(block.find(property.property_id().unwrap()).map(|first| first.at <= property.at), Some(true));
        }
    }
    parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn round_trip_keeps_every_field((mut model, version) in any_packet(), trailing in vec(any::<u8>(), 0..3)) {
        // Only where the last field has an end of its own can something stand behind it.
        if matches!(model.body, encode::Body::Connect(_) | encode::Body::Connack(_) | encode::Body::Empty) {
            let password_or_end = version != Version::V3_1;
            if password_or_end { model.trailing = trailing; }
        }
        let bytes = model.encode(version);
        let decoded = packet(&bytes, version);
        prop_assert_eq!(decoded.malformed, None);
        let mut back = P::from(&decoded);
        prop_assert_eq!(back.encode(version), bytes);
        back.remaining_length = None;
        forget_lengths(&mut back);
        prop_assert_eq!(back, model);
    }

    #[test]
    fn what_is_not_malformed_encodes_to_the_same_bytes((header, body, version) in any_bytes()) {
        let decoded = decode(header, &body, version);
        if decoded.malformed.is_none() {
            let bytes = P::from(&decoded).encode(decoded.version);
            prop_assert_eq!(&bytes[header.len()..], &body);
        }
    }

    #[test]
    fn offsets_point_at_the_bytes((header, body, version) in any_bytes()) {
        let decoded = decode(header, &body, version);
        for (at, bytes) in located(&decoded) {
            let at = at as usize - header.len();
            prop_assert!(bytes.is_empty() || body.get(at..at + bytes.len()) == Some(bytes));
        }
        if let Some(malformed) = decoded.malformed {
            prop_assert!(malformed.at >= header.len() && malformed.at + malformed.have <= header.len() + body.len());
            prop_assert!(malformed.kind != MalformedKind::Truncated || malformed.needed > malformed.have);
            prop_assert!(!malformed.to_string().is_empty());
        }
    }

    #[test]
    fn no_prefix_panics_and_each_reads_what_is_there((header, body, version) in any_bytes()) {
        let whole = decode(header, &body, version);
        for end in 0..=body.len() {
            let part = decode(header, &body[..end], version);
            located(&part);
            // What a shorter piece shows of an identifier, the longer one shows too.
            if part.packet_id().is_some() {
                prop_assert_eq!(part.packet_id(), whole.packet_id());
            }
        }
    }

    #[test]
    fn publish_head_ends_where_decode_finds_the_payload((header, body, version) in any_bytes(), flags in 0..16u8) {
        let header = FixedHeader { first_byte: 0x30 | flags, ..header };
        let mut full = body.clone();
        full.resize(header.remaining_length.value as usize, 0);
        let whole = decode(header, &full, version);
        let Body::Publish(publish) = whole.body else { panic!("PUBLISH") };
        let head_len = publish.payload_at as usize - header.len();
        prop_assert_eq!(publish_head_len(header, version, &full), Some(head_len));
        for end in 0..full.len() {
            if let Some(early) = publish_head_len(header, version, &full[..end]) {
                prop_assert_eq!(early, head_len);
            }
            if end >= head_len {
                prop_assert_eq!(publish_head_len(header, version, &full[..end]), Some(head_len));
                let part = decode(header, &full[..end], version);
                let Body::Publish(part_publish) = part.body else { panic!("PUBLISH") };
                prop_assert_eq!(part.malformed, whole.malformed);
                prop_assert_eq!(Publish { payload: publish.payload, ..part_publish }, publish);
            }
        }
    }

    #[test]
    fn fixed_header_of_any_bytes(bytes in vec(any::<u8>(), 0..8)) {
        match fixed_header(&bytes) {
            HeaderStatus::Complete(header) => {
                let mut out = vec![header.first_byte];
                encode::push_var_int(&mut out, header.remaining_length);
                prop_assert_eq!(&out, &bytes[..header.len()]);
            }
            HeaderStatus::Incomplete => prop_assert!(bytes.len() < 5),
            HeaderStatus::LengthTooLong => prop_assert!(bytes.len() >= 5 && bytes[1..5].iter().all(|byte| byte & 0x80 != 0)),
        }
    }

    #[test]
    fn filter_without_wildcards_matches_itself_alone(filter in "[ab/$]{0,8}", topic in "[ab/$]{0,8}") {
        prop_assert_eq!(topic::matches(filter.as_bytes(), topic.as_bytes()), filter == topic);
        prop_assert_eq!(topic::matches(b"#", topic.as_bytes()), !topic.starts_with('$'));
    }
}

/// The model has no lengths of its own, what was decoded has those that were sent.
fn forget_lengths(packet: &mut P) {
    let forget = |properties: &mut Option<encode::Properties>| {
        if let Some(properties) = properties {
            properties.length = None;
        }
    };
    match &mut packet.body {
        encode::Body::Connect(connect) => {
            forget(&mut connect.properties);
            if let Some(will) = &mut connect.will {
                forget(&mut will.properties);
            }
        }
        encode::Body::Connack(connack) => forget(&mut connack.properties),
        encode::Body::Publish(publish) => forget(&mut publish.properties),
        encode::Body::Ack(ack) => forget(&mut ack.properties),
        encode::Body::Subscribe(subscribe) => forget(&mut subscribe.properties),
        encode::Body::Suback(suback) => forget(&mut suback.properties),
        encode::Body::Unsubscribe(unsubscribe) => forget(&mut unsubscribe.properties),
        encode::Body::Reason(reason) => forget(&mut reason.properties),
        encode::Body::Empty => {}
    }
}
