//! Streams cut in every way, with holes and without a beginning.

use hex_literal::hex;
use proptest::prelude::*;

use super::*;
use crate::mqtt::encode;
use crate::mqtt::{Body, PacketType, decode};

/// What came out, without what depends on how the stream was cut.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Packet { first_byte: u8, offset: u64, completeness: Completeness, certain: bool, topic: Vec<u8>, digest: Option<u32> },
    BadLength(Vec<u8>),
    Lost(u64),
    Skipped(u64),
}

struct Log {
    version: Version,
    seen: Vec<Seen>,
}

impl Reader for Log {
    fn version(&self) -> Version {
        self.version
    }

    fn take(&mut self, unit: Unit<'_>) {
        self.seen.push(match unit {
            Unit::Packet(framed) => {
                let packet = decode(framed.header, framed.body, self.version);
                let (topic, digest) = match &packet.body {
                    Body::Publish(publish) => {
                        (publish.topic.map(|topic| topic.bytes.to_vec()).unwrap_or_default(), framed.payload_digest(publish))
                    }
                    _ => (framed.body.to_vec(), None),
                };
                Seen::Packet {
                    first_byte: framed.header.first_byte,
                    offset: framed.begin.offset,
                    completeness: framed.completeness,
                    certain: framed.certain,
                    topic,
                    digest,
                }
            }
            Unit::BadLength { bytes, .. } => Seen::BadLength(bytes.to_vec()),
            Unit::Lost { at } => Seen::Lost(at.offset),
            Unit::Skipped { bytes } => Seen::Skipped(bytes),
        });
    }
}

/// A part of a stream.
#[derive(Clone, Debug)]
enum Part {
    Bytes(Vec<u8>),
    Gap(u64),
}

fn run(parts: &[Part], from_start: bool, cut: usize) -> Vec<Seen> {
    let mut framer = Framer::new(Role::Client, from_start, FramerLimits { packet: 4096 });
    let mut log = Log { version: Version::V3_1_1, seen: Vec::new() };
    let mut offset = 0;
    for part in parts {
        match part {
            Part::Bytes(bytes) => {
                for chunk in bytes.chunks(cut) {
                    framer.bytes(chunk, Position { offset, ..Position::default() }, &mut log);
                    offset += chunk.len() as u64;
                }
            }
            Part::Gap(len) => {
                framer.gap(*len, Position { offset, ..Position::default() }, &mut log);
                offset += len;
            }
        }
    }
    framer.finish(&mut log);
    log.seen
}

fn types(seen: &[Seen]) -> Vec<String> {
    seen.iter()
        .map(|seen| match seen {
            Seen::Packet { first_byte, completeness: Completeness::Whole, .. } => PacketType::from_first_byte(*first_byte).name().into(),
            Seen::Packet { first_byte, completeness, .. } => {
                format!("{} {completeness:?}", PacketType::from_first_byte(*first_byte).name())
            }
            Seen::BadLength(_) => "bad length".into(),
            Seen::Lost(at) => format!("lost at {at}"),
            Seen::Skipped(bytes) => format!("skipped {bytes}"),
        })
        .collect()
}

const PING: [u8; 2] = hex!("c000");
const PUBLISH: [u8; 10] = hex!("30 08 0003 612f62 010203");

fn bytes(parts: &[&[u8]]) -> Part {
    Part::Bytes(parts.concat())
}

#[test]
fn remaining_length_cut_in_the_middle() {
    let long = [hex!("30 c801 0003 612f62").to_vec(), vec![7; 195]].concat();
    let stream = [bytes(&[&long, &PING])];
    for cut in [1, 2, 3, 7, 1000] {
        assert_eq!(types(&run(&stream, true, cut)), ["PUBLISH", "PINGREQ"]);
        assert_eq!(run(&stream, true, cut), run(&stream, true, 1));
    }
}

#[test]
fn gap_inside_a_payload_is_skipped_exactly() {
    let stream = [bytes(&[&PUBLISH[..8]]), Part::Gap(1), bytes(&[&PUBLISH[9..], &PING])];
    assert_eq!(types(&run(&stream, true, 100)), ["PUBLISH Damaged", "PINGREQ"]);
    let ends = [bytes(&[&PUBLISH[..8]]), Part::Gap(2), bytes(&[&PING])];
    assert_eq!(types(&run(&ends, true, 100)), ["PUBLISH Damaged", "PINGREQ"]);
}

#[test]
fn gap_inside_another_body_damages_it_but_keeps_the_boundary() {
    let subscribe = hex!("82 08 0001 0003 612f62 00");
    let stream = [bytes(&[&subscribe[..4]]), Part::Gap(3), bytes(&[&subscribe[7..], &PING])];
    assert_eq!(types(&run(&stream, true, 100)), ["SUBSCRIBE Damaged", "PINGREQ"]);
}

#[test]
fn gap_over_a_boundary_loses_it_and_the_next_packet_finds_it() {
    let stream = [bytes(&[&PUBLISH[..8]]), Part::Gap(5), bytes(&[&PUBLISH, &PING])];
    assert_eq!(types(&run(&stream, true, 100)), ["PUBLISH Damaged", "lost at 8", "PUBLISH", "PINGREQ"]);
    let seen = run(&stream, true, 1);
    assert!(matches!(seen[2], Seen::Packet { certain: false, .. }));
}

#[test]
fn boundary_is_certain_again_after_some_packets() {
    let pings: Vec<&[u8]> = std::iter::repeat_n(&PING[..], 10).collect();
    let seen = run(&[bytes(&pings)], false, 3);
    let certain: Vec<bool> = seen.iter().map(|seen| matches!(seen, Seen::Packet { certain: true, .. })).collect();
    assert_eq!(certain, [[false; 8].to_vec(), [true; 2].to_vec()].concat());
}

#[test]
fn bytes_are_settled_when_they_can_be_nothing_else() {
    let mut framer = Framer::new(Role::Client, true, FramerLimits { packet: 4096 });
    let mut log = Log { version: Version::V3_1_1, seen: Vec::new() };
    let mut take = |bytes: &[u8], offset: u64| {
        let at = Position { offset, ..Position::default() };
        if bytes.is_empty() {
            framer.gap(1, at, &mut log);
        } else {
            framer.bytes(bytes, at, &mut log);
        }
        framer.unsettled()
    };
    assert_eq!(take(&PUBLISH[..5], 0), None, "its boundary is known");
    assert_eq!(take(&PUBLISH[5..], 5), None);
    assert_eq!(take(&[], 10), None, "nothing has come yet");
    assert_eq!(take(&PING[..1], 11), Some(11));
    assert_eq!(take(&PING[1..], 12), None);
    // What seems to be a PUBLISH hides PINGREQs until its topic shows to be none.
    assert_eq!(take(&hex!("30 7f 0006"), 13), Some(13));
    assert_eq!(take(&[PING; 2].concat(), 17), Some(13));
    assert_eq!(take(&[0; 3], 21), Some(23), "a byte is no packet yet");
    assert_eq!(types(&log.seen), ["PUBLISH", "lost at 10", "PINGREQ", "lost at 13", "skipped 4", "PINGREQ", "PINGREQ", "lost at 21"]);
}

#[test]
fn middle_of_a_payload_is_searched_for_two_packets_in_a_row() {
    let stream = [bytes(&[b"{\"value\": 17.5}", &PUBLISH, &PING, &PUBLISH])];
    assert_eq!(types(&run(&stream, false, 100)), ["skipped 15", "PUBLISH", "PINGREQ", "PUBLISH"]);
}

/// What is found again has to be read again: not by calls in calls, nor by copies of all that follows.
#[test]
fn boundary_lost_and_found_thousands_of_times_in_one_segment() {
    let mess = [&PING[..], &PING, &[0xff]].concat().repeat(13_000);
    for cut in [mess.len(), 1000] {
        let seen = run(&[Part::Gap(1), Part::Bytes(mess.clone())], true, cut);
        let count = |what: &str| types(&seen).iter().filter(|seen| **seen == what).count();
        assert_eq!((count("PINGREQ"), count("skipped 1")), (26_000, 12_999), "cut into {cut}");
    }
}

#[test]
fn five_length_bytes_are_no_packet() {
    let stream = [bytes(&[&hex!("30 80808080 01"), &PING, &PING])];
    assert_eq!(types(&run(&stream, true, 100))[..2], ["bad length", "lost at 4"]);
}

#[test]
fn long_packets_are_counted_not_kept() {
    let stream = [Part::Bytes([hex!("82 a09c01").to_vec(), vec![0; 20_000], PING.to_vec()].concat())];
    for cut in [1, 100, 100_000] {
        let seen = run(&stream, true, cut);
        assert_eq!(types(&seen).last().unwrap(), "PINGREQ");
        assert!(cut > 20_000 || types(&seen)[0] == "SUBSCRIBE Oversize");
    }
}

fn packet() -> impl Strategy<Value = Vec<u8>> {
    let version = Version::V3_1_1;
    prop_oneof![
        Just(PING.to_vec()),
        (1u16.., "[a-z/]{1,9}", 0u8..3).prop_map(move |(id, filter, qos)| encode::Packet::subscribe(id, [(filter, qos)]).encode(version)),
        (1u16..).prop_map(move |id| encode::Packet::ack(PacketType::Puback, id).encode(version)),
        ("[a-z/]{1,9}", prop::collection::vec(any::<u8>(), 0..300))
            .prop_map(move |(topic, payload)| encode::Packet::publish(topic, payload).encode(version)),
    ]
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let part = prop_oneof![
        6 => packet().prop_map(Part::Bytes),
        1 => prop::collection::vec(any::<u8>(), 1..40).prop_map(Part::Bytes),
        1 => (1u64..200).prop_map(Part::Gap),
    ];
    prop::collection::vec(part, 1..30)
}

#[test]
fn text_is_held_against_utf_8_wherever_it_is_cut() {
    let found = |packet: &[u8], version: Version, cut: usize| {
        struct Payload(Version, Vec<Result<Option<u64>, Completeness>>);
        impl Reader for Payload {
            fn version(&self) -> Version {
                self.0
            }
            fn take(&mut self, unit: Unit<'_>) {
                let Unit::Packet(framed) = unit else { return };
                let packet = decode(framed.header, framed.body, self.0);
                let Body::Publish(publish) = &packet.body else { return };
                if is_text(publish) {
                    self.1.push(framed.ill_formed_payload(publish));
                }
            }
        }
        let mut framer = Framer::new(Role::Client, true, FramerLimits::default());
        let mut payload = Payload(version, Vec::new());
        packet.chunks(cut).for_each(|chunk| framer.bytes(chunk, Position::default(), &mut payload));
        payload.1
    };
    for cut in 1..20 {
        assert_eq!(found(&hex!("30 09 0001 61 02 01 01 e2 82 ac"), Version::V5_0, cut), [Ok(None)]);
        assert_eq!(found(&hex!("30 09 0001 61 02 01 01 61 e2 82"), Version::V5_0, cut), [Ok(Some(1))]);
        assert_eq!(found(&hex!("30 06 0001 61 02 01 01"), Version::V5_0, cut), [Ok(None)]);
        assert_eq!(found(&hex!("30 07 0001 61 02 01 00 ff"), Version::V5_0, cut), []);
        assert_eq!(found(&hex!("30 07 0001 61 02 01 01 ff"), Version::V3_1_1, cut), []);
    }
}

proptest! {
    #[test]
    fn cutting_never_changes_what_comes_out(parts in parts(), from_start: bool, cut in 1usize..50) {
        prop_assert_eq!(run(&parts, from_start, cut), run(&parts, from_start, usize::MAX));
    }

    #[test]
    fn well_formed_streams_lose_nothing(packets in prop::collection::vec(packet(), 0..30), cut in 1usize..20) {
        let seen = run(&[Part::Bytes(packets.concat())], true, cut);
        prop_assert_eq!(seen.len(), packets.len());
        let whole = seen.iter().all(|seen| matches!(seen, Seen::Packet { completeness: Completeness::Whole, certain: true, .. }));
        prop_assert!(whole);
    }
}
