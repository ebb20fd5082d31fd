//! Whole packets: one of each in hex, then the laws that hold for all bytes.

use hex_literal::hex;

use super::*;

pub(crate) mod laws;

/// Decodes the packet at the beginning of `bytes`.
fn packet(bytes: &[u8], version: Version) -> Packet<'_> {
    let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("incomplete header") };
    assert!(bytes.len() >= header.packet_len(), "the Remaining Length is {} too long", header.packet_len() - bytes.len());
    decode(header, &bytes[header.len()..], version)
}

/// The body of a packet that must be of the kind named and, unless its fault is asked for, without one.
macro_rules! body {
    ($kind:ident, $bytes:expr, $version:ident) => {{
        let packet = packet($bytes, Version::$version);
        assert_eq!(packet.malformed, None);
        let Body::$kind(body) = packet.body else { panic!("{:?}", packet.body) };
        body
    }};
}

fn fault(bytes: &[u8], version: Version) -> String {
    packet(bytes, version).malformed.map(|malformed| format!("{}: {malformed}", malformed.at)).unwrap_or_default()
}

fn bytes(text: Option<Text<'_>>) -> Option<&[u8]> {
    text.map(|text| text.bytes)
}

#[test]
fn connect_v3_1_1_with_everything() {
    let connect =
        body!(Connect, &hex!("10 21  0004 4d515454 04 f6 003c  0003 616263  0001 74  0002 6869  0004 75736572  0003 00ff70"), V3_1_1);
    assert_eq!(connect.version(), Some(Version::V3_1_1));
    assert_eq!(bytes(connect.protocol_name), Some(&b"MQTT"[..]));
    assert_eq!((connect.protocol_level_at, connect.flags_at, connect.keep_alive_at), (8, 9, 10));
    let flags = connect.flags.unwrap();
    assert_eq!((flags.user_name(), flags.password(), flags.will_retain(), flags.will_qos()), (true, true, true, 2));
    assert_eq!((flags.will(), flags.clean_start(), flags.reserved()), (true, true, false));
    assert_eq!(connect.keep_alive, Some(60));
    assert!(connect.properties.is_absent());
    assert_eq!(connect.client_id, Some(Text::new(b"abc", 14)));
    let will = connect.will.unwrap();
    assert_eq!((bytes(will.topic), will.message), (Some(&b"t"[..]), Some(Binary { bytes: b"hi", at: 22 })));
    assert_eq!(bytes(connect.user_name), Some(&b"user"[..]));
    assert_eq!(connect.password.unwrap().bytes, hex!("00ff70"));
}

#[test]
fn connect_v5_with_both_property_blocks() {
    let bytes = hex!("10 1d  0004 4d515454 05 06 0000  05 11 0000000a  0000  05 18 00000007  0001 74  0000");
    // The version argument does not matter: the level says how to go on.
    let connect = body!(Connect, &bytes, V3_1_1);
    assert_eq!(packet(&bytes, Version::V3_1_1).version, Version::V5_0);
    assert_eq!(connect.properties.u32(PropertyId::SessionExpiryInterval), Some(10));
    let will = connect.will.unwrap();
    assert_eq!(will.properties.u32(PropertyId::WillDelayInterval), Some(7));
    assert!(will.message.unwrap().bytes.is_empty());
    assert!(connect.client_id.unwrap().is_empty());
}

#[test]
fn connect_v3_1_may_leave_out_announced_strings() {
    let both_missing = hex!("10 0f  0006 4d5149736470 03 c2 003c  0001 61");
    let connect = body!(Connect, &both_missing, V3_1);
    assert_eq!((connect.version(), connect.user_name, connect.password), (Some(Version::V3_1), None, None));
    let cut = hex!("10 11  0006 4d5149736470 03 c2 003c  0001 61  0005");
    assert_eq!(fault(&cut, Version::V3_1), "17: User Name needs 7 bytes, 2 are left");
    let as_3_1_1 = hex!("10 0d  0004 4d515454 04 c2 003c  0001 61");
    assert_eq!(fault(&as_3_1_1, Version::V3_1_1), "15: User Name needs 2 bytes, 0 are left");
}

#[test]
fn connect_of_a_bridge_and_of_an_unknown_level() {
    let bridge = hex!("10 0d  0004 4d515454 84 02 003c  0001 61");
    let connect = body!(Connect, &bridge, V5_0);
    assert_eq!((connect.version(), connect.protocol_level, connect.is_bridge()), (Some(Version::V3_1_1), Some(0x84), true));
    let unknown = hex!("10 0d  0004 4d515454 06 02 003c  0001 61");
    let connect = body!(Connect, &unknown, V5_0);
    assert_eq!((connect.version(), bytes(connect.client_id)), (None, Some(&b"a"[..])));
    assert_eq!(packet(&unknown, Version::V5_0).version, Version::V3_1_1);
}

#[test]
fn connect_that_breaks_off_keeps_what_came_before() {
    let broken = hex!("10 09  0004 4d515454 04 06 00");
    let packet = packet(&broken, Version::V3_1_1);
    assert_eq!(packet.malformed.unwrap().to_string(), "Keep Alive needs 2 bytes, 1 is left");
    let Body::Connect(connect) = packet.body else { panic!("CONNECT") };
    assert_eq!((connect.flags.map(|flags| flags.0), connect.keep_alive, connect.client_id), (Some(6), None, None));
    // The Will Flag is set, so there is a will; nothing of it was sent.
    assert_eq!(connect.will.unwrap().topic, None);
    assert!(packet.trailing.is_empty());
}

#[test]
fn connack() {
    let connack = body!(Connack, &hex!("20 02 01 00"), V3_1_1);
    assert_eq!((connack.flags, connack.code, connack.session_present(), connack.code_at), (Some(1), Some(0), Some(true), 3));
    let connack = body!(Connack, &hex!("20 06 fe 87 03 21 0014"), V5_0);
    assert_eq!((connack.flags, connack.code), (Some(0xfe), Some(0x87)));
    assert_eq!(connack.properties.u16(PropertyId::ReceiveMaximum), Some(20));
    assert_eq!(fault(&hex!("20 02 00 00"), Version::V5_0), "4: Property Length needs 1 byte, 0 are left");
    assert_eq!(fault(&hex!("20 01 00"), Version::V3_1_1), "3: Return Code needs 1 byte, 0 are left");
    assert_eq!(fault(&hex!("20 01 00"), Version::V5_0), "3: Reason Code needs 1 byte, 0 are left");
}

#[test]
fn publish_keeps_qos_3_and_its_packet_id() {
    let publish = body!(Publish, &hex!("36 09  0003 612f62 0007 6869"), V3_1_1);
    assert_eq!((publish.topic, publish.packet_id), (Some(Text::new(b"a/b", 4)), Some(7)));
    assert_eq!((publish.payload, publish.payload_len, publish.payload_at), (&b"hi"[..], 2, 9));
}

#[test]
fn publish_payload_need_not_be_at_hand() {
    let header = FixedHeader { first_byte: 0x30, remaining_length: VarInt { value: 0x20_0000, encoded_len: 4 } };
    let Body::Publish(publish) = decode(header, &hex!("0003 612f62 6869"), Version::V3_1_1).body else { panic!("PUBLISH") };
    assert_eq!((publish.payload, publish.payload_len, publish.payload_at), (&b"hi"[..], 2_097_147, 10));
}

#[test]
fn publish_behind_an_unknown_property_is_still_read() {
    let bytes = hex!("30 0a  0001 61  04 01 01 7e 00  6869");
    assert_eq!(fault(&bytes, Version::V5_0), "8: Property Identifier 0x7e is not defined");
    let Body::Publish(publish) = packet(&bytes, Version::V5_0).body else { panic!("PUBLISH") };
    assert_eq!((publish.payload, publish.payload_len), (&b"hi"[..], 2));
    assert_eq!(publish.properties.byte(PropertyId::PayloadFormatIndicator), Some(1));
}

#[test]
fn publish_that_breaks_off_has_no_payload() {
    let bytes = hex!("32 04  0001 61 00");
    assert_eq!(fault(&bytes, Version::V3_1_1), "5: Packet Identifier needs 2 bytes, 1 is left");
    let Body::Publish(publish) = packet(&bytes, Version::V3_1_1).body else { panic!("PUBLISH") };
    assert_eq!((publish.payload, publish.payload_len, publish.payload_at), (&b""[..], 0, 6));
    assert_eq!(fault(&hex!("30 06 0001 61 09 01 01"), Version::V5_0), "6: Properties need 9 bytes, 2 are left");
    assert_eq!(fault(&hex!("30 00"), Version::V3_1_1), "2: Topic Name needs 2 bytes, 0 are left");
}

#[test]
fn ack_short_forms_are_legal_in_v5_only() {
    let ack = body!(Ack, &hex!("40 02 0007"), V5_0);
    assert_eq!((ack.packet_id, ack.reason_code, ack.properties.is_absent()), (Some(7), None, true));
    let ack = body!(Ack, &hex!("50 03 0007 10"), V5_0);
    assert_eq!((ack.reason_code, ack.reason_code_at, ack.properties.is_absent()), (Some(0x10), 4, true));
    let ack = body!(Ack, &hex!("62 04 0007 92 00"), V5_0);
    assert_eq!((ack.reason_code, ack.properties.is_absent()), (Some(0x92), false));
    let packet = packet(&hex!("70 03 0007 00"), Version::V3_1_1);
    assert_eq!((packet.malformed, packet.trailing, packet.trailing_at), (None, &[0][..], 4));
    assert_eq!(packet.trailing_bytes().unwrap().to_string(), "1 byte follows the last field");
    assert_eq!(fault(&hex!("40 01 00"), Version::V5_0), "2: Packet Identifier needs 2 bytes, 1 is left");
}

#[test]
fn subscribe() {
    let subscribe = body!(Subscribe, &hex!("82 0d 000a 00 0003 612f23 2e 0001 2b ff"), V5_0);
    let filters: Vec<_> = subscribe.filters.iter().map(|pair| (pair.filter.bytes, pair.options.0, pair.options_at)).collect();
    assert_eq!(filters, [(&b"a/#"[..], 0x2e, 10), (&b"+"[..], 0xff, 14)]);
    assert_eq!((subscribe.filters.len(), subscribe.filters.iter().len()), (2, 2));
    let options = SubscriptionOptions(0x2e);
    assert_eq!((options.qos(), options.no_local(), options.retain_as_published(), options.retain_handling()), (2, true, true, 2));
    assert_eq!((options.reserved(Version::V5_0), options.reserved(Version::V3_1_1)), (0, 0x2c));
}

#[test]
fn subscribe_that_breaks_off_keeps_the_complete_pairs() {
    let bytes = hex!("82 09 000a 0001 61 01 0001 62");
    assert_eq!(fault(&bytes, Version::V3_1_1), "11: Requested QoS needs 1 byte, 0 are left");
    let Body::Subscribe(subscribe) = packet(&bytes, Version::V3_1_1).body else { panic!("SUBSCRIBE") };
    assert_eq!(subscribe.filters.iter().map(|pair| pair.filter.bytes).collect::<Vec<_>>(), [b"a"]);
    assert!(body!(Subscribe, &hex!("82 02 000a"), V3_1_1).filters.is_empty());
}

#[test]
fn suback_and_unsuback() {
    let suback = body!(Suback, &hex!("90 05 000a 00 80 7f"), V3_1_1);
    assert_eq!((suback.codes, suback.codes_at), (&hex!("00 80 7f")[..], 4));
    let suback = body!(Suback, &hex!("90 05 000a 00 80 7f"), V5_0);
    assert_eq!((suback.codes, suback.codes_at), (&hex!("80 7f")[..], 5));
    let unsuback = body!(Unsuback, &hex!("b0 05 000a 00 11 00"), V5_0);
    assert_eq!(unsuback.codes, hex!("11 00"));
    let packet = packet(&hex!("b0 03 000a 00"), Version::V3_1_1);
    assert_eq!((packet.packet_id(), packet.trailing), (Some(10), &[0][..]));
}

#[test]
fn unsubscribe() {
    let unsubscribe = body!(Unsubscribe, &hex!("a2 08 000a 0001 61 0001 62"), V3_1);
    let filters: Vec<_> = unsubscribe.filters.iter().map(|filter| (filter.bytes, filter.at)).collect();
    assert_eq!(filters, [(&b"a"[..], 6), (&b"b"[..], 9)]);
    assert_eq!(fault(&hex!("a2 04 000a 00 00"), Version::V5_0), "5: Topic Filter needs 2 bytes, 1 is left");
}

#[test]
fn pings_keep_trailing_bytes() {
    let packet = packet(&hex!("c0 02 0102"), Version::V5_0);
    assert_eq!((packet.body, packet.malformed, packet.trailing), (Body::Pingreq, None, &[1, 2][..]));
    assert_eq!(packet.trailing_bytes().unwrap().to_string(), "2 bytes follow the last field");
}

#[test]
fn disconnect_and_auth_short_forms() {
    let disconnect = body!(Disconnect, &hex!("e0 00"), V5_0);
    assert_eq!((disconnect.reason_code, disconnect.properties.is_absent()), (None, true));
    assert_eq!(body!(Disconnect, &hex!("e0 01 8e"), V5_0).reason_code, Some(0x8e));
    assert_eq!(body!(Disconnect, &hex!("e0 02 ee 00"), V5_0).reason_code, Some(0xee));
    assert_eq!(packet(&hex!("e0 01 00"), Version::V3_1_1).trailing, [0]);
    assert_eq!(body!(Auth, &hex!("f0 00"), V5_0).reason_code, None);
    let auth = body!(Auth, &hex!("f0 06 18 04 15 0001 78"), V5_0);
    assert_eq!(bytes(auth.properties.text(PropertyId::AuthenticationMethod)), Some(&b"x"[..]));
    assert_eq!(fault(&hex!("f0 01 18"), Version::V5_0), "3: Property Length needs 1 byte, 0 are left");
    assert_eq!(packet(&hex!("f0 02 1800"), Version::V3_1_1).trailing, [0x18, 0]);
}

#[test]
fn reserved_type_is_all_trailing() {
    let packet = packet(&hex!("0f 01 aa"), Version::V5_0);
    assert_eq!((packet.body, packet.trailing, packet.trailing_at), (Body::Reserved, &[0xaa][..], 2));
}

#[test]
fn bytes_of_the_next_packet_are_not_looked_at() {
    let packet = packet(&hex!("40 02 0007 c000"), Version::V5_0);
    assert_eq!((packet.trailing, packet.reason_code()), (&[][..], None));
}

#[test]
fn builders_give_the_bytes_of_the_specification() {
    use encode::Packet as P;
    let v4 = |packet: P| packet.encode(Version::V3_1_1);
    let v5 = |packet: P| packet.encode(Version::V5_0);
    assert_eq!(v4(P::publish("a/b", "hi")), hex!("30 07 0003 612f62 6869"));
    assert_eq!(v5(P::publish("a/b", "hi")), hex!("30 08 0003 612f62 00 6869"));
    assert_eq!(v5(P::ack(PacketType::Pubrel, 7)), hex!("62 02 0007"));
    assert_eq!(v4(P::connack(1, 0)), hex!("20 02 01 00"));
    assert_eq!(v4(P::subscribe(1, [("a", 1)])), hex!("82 06 0001 0001 61 01"));
    assert_eq!(v5(P::unsubscribe(1, ["a"])), hex!("a2 06 0001 00 0001 61"));
    assert_eq!(v4(P::unsuback(1, [0])), hex!("b0 02 0001"));
    assert_eq!(v5(P::suback(1, [0])), hex!("90 04 0001 00 00"));
    assert_eq!(v5(P::disconnect(Some(4))), hex!("e0 01 04"));
    assert_eq!(v4(P::disconnect(Some(4))), hex!("e0 00"));
    assert_eq!(v4(P::auth(Some(0x18), None)), hex!("f0 01 18"));
    assert_eq!((v4(P::pingreq()), v4(P::pingresp())), (hex!("c0 00").to_vec(), hex!("d0 00").to_vec()));
    assert_eq!(v4(P::raw(0x00, [1])), hex!("00 01 01"));
    let connect = encode::Connect::new(Version::V3_1_1, "a").with_will("t", "", 1, true).with_user_name("u").with_password("p");
    assert_eq!(v4(P::connect(connect)), hex!("10 18 0004 4d515454 04 ee 003c 0001 61 0001 74 0000 0001 75 0001 70"));
}

#[test]
fn packet_stays_small_enough_to_build_in_place() {
    assert!(size_of::<Publish<'_>>() <= 112, "{}", size_of::<Publish<'_>>());
    assert!(size_of::<Packet<'_>>() <= 448, "{}", size_of::<Packet<'_>>());
}
