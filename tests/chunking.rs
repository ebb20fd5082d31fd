//! However TCP cuts a stream, the packets and the findings are the same.
//!
//! Every trace and every capture among the fixtures is analysed as it is, then with each segment cut into frames of one
//! byte, then cut at random. The pieces of a segment keep its frame number and time, so that everything has to come out
//! the same, down to the places and the messages. The same is tried with exchanges made up at random.

mod support;

use std::collections::BTreeMap;

use mqttscope::analysis::Report;
use mqttscope::flow::Role;
use mqttscope::trace::{compile, parse};
use support::cut::{Dice, recut};
use support::{OwnedFrame, Seen, Witness, analyse, files, fixtures, legal, recorded, shown, traces};

/// How often each fixture is cut at random.
const ROUNDS: u64 = 2;

/// How many exchanges are made up.
const EXCHANGES: u64 = 300;

#[test]
fn traces_do_not_depend_on_segments() {
    let marked = ["rules", "defects"].into_iter().flat_map(traces);
    let marked = marked.flat_map(|(path, trace)| trace.sections.into_iter().map(move |section| (path.clone(), section)));
    for (path, section) in marked.chain(legal()) {
        let recording = compile(&section).unwrap_or_else(|error| panic!("{}: {error}", shown(&path)));
        let frames: Vec<OwnedFrame> = recording.frames().map(OwnedFrame::from).collect();
        check(&format!("{}:{} ({})", shown(&path), section.line, section.title), &frames);
    }
}

#[test]
fn captures_do_not_depend_on_segments() {
    for path in ["clean", "captures"].into_iter().flat_map(|directory| files(&fixtures(directory))) {
        // Also compressed ones.
        if !path.file_name().is_some_and(|name| name.to_string_lossy().contains(".pcap")) {
            continue;
        }
        check(&shown(&path), &recorded(&path));
    }
}

#[test]
fn made_up_exchanges_do_not_depend_on_segments() {
    for seed in 0..EXCHANGES {
        let text = exchange(&mut Dice(seed));
        let trace = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let recording = compile(&trace.sections[0]).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let frames: Vec<OwnedFrame> = recording.frames().map(OwnedFrame::from).collect();
        check(&text, &frames);
    }
}

/// A trace that makes no sense: good and bad packets, retransmissions, and either holes in the capture or segments out of
/// order. Not both: where the capture lacks bytes and others come late, it depends on the segments between them when a
/// hole is given up, and with it in which frame a packet counts as complete.
fn exchange(dice: &mut Dice) -> String {
    const PACKETS: [&str; 14] = [
        "PUBLISH topic=a/b payload=hello",
        "PUBLISH topic=a/b payload=\"x\"*300",
        "PUBLISH topic=q qos=1 packet_id=3 payload=zz",
        "PUBLISH topic=\"\"",
        "PUBACK packet_id=3",
        "SUBSCRIBE packet_id=4 filter=a:1",
        "SUBACK packet_id=4 codes=1",
        "PINGREQ",
        "PINGRESP",
        "30 82 / 01 00 01 61 \"x\"*127",
        "36 05 00 01 61 00 01",
        "30 84 80 80 80 00",
        "f0 00",
        "00 01 02 03",
    ];
    let mut text = String::from("== made up\n");
    text += ["", "", "midstream\n", "oneway C>S\n"][dice.up_to(4)];
    text += "C>S CONNECT client_id=c1\nS>C CONNACK\n";
    let holes = dice.up_to(2) == 0;
    let mut put_off = [false; 2];
    // A segment can be repeated with more behind it only where it is the last of the stream.
    let mut repeatable = [true; 2];
    for _ in 0..dice.up_to(14) {
        let side = dice.up_to(2);
        let (name, packet) = (["C>S", "S>C"][side], PACKETS[dice.up_to(PACKETS.len())]);
        let (line, last) = match dice.up_to(12) {
            0 if holes => (format!("GAP {}", 1 + dice.up_to(20)), false),
            1 if holes => (format!("{packet} / GAP 5"), false),
            2 if !holes => (format!("LATER {packet}"), false),
            3 if put_off[side] => ("NOW".to_owned(), false),
            4 if repeatable[side] => ("RESEND".to_owned(), true),
            5 if repeatable[side] => (format!("RESEND ; {packet}"), true),
            _ => (packet.to_owned(), true),
        };
        put_off[side] = line.starts_with("LATER") || (put_off[side] && line != "NOW");
        repeatable[side] = last;
        text += &format!("{name} {line}\n");
    }
    for (side, _) in ["C>S", "S>C"].iter().zip(put_off).filter(|(_, put_off)| *put_off) {
        text += &format!("{side} NOW\n");
    }
    text
}

fn check(name: &str, frames: &[OwnedFrame]) {
    let whole = told(frames);
    same(name, "frames of one byte", &whole, &told(&recut(frames, |_| 1)));
    for seed in 0..ROUNDS {
        let mut dice = Dice(seed);
        same(name, &format!("random cuts, seed {seed}"), &whole, &told(&recut(frames, |left| 1 + dice.up_to(left))));
    }
}

/// What must not depend on the cuts.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    /// Per connection and sender, in order.
    packets: BTreeMap<(u64, Role), Vec<Seen>>,
    /// Connection, frame, and everything else in words; sorted.
    findings: Vec<(u64, u64, String)>,
    repeats: Vec<String>,
    doubts: Vec<String>,
}

fn told(frames: &[OwnedFrame]) -> Told {
    let (Witness { packets, findings }, report) = analyse(frames.iter().map(OwnedFrame::frame));
    let Report { repeats, doubts, .. } = report;
    let mut streams: BTreeMap<_, Vec<Seen>> = BTreeMap::new();
    for seen in packets {
        streams.entry((seen.connection, seen.from)).or_default().push(seen);
    }
    let mut findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            let words =
                format!("{} {} {:?} {}: {}", finding.rule, finding.clause, finding.certainty.name(), finding.packet, finding.message);
            (finding.connection, finding.place.frame.number(), words)
        })
        .collect();
    findings.sort();
    let mut doubts: Vec<String> = doubts.iter().map(|doubt| format!("{doubt:?}")).collect();
    doubts.sort();
    Told { packets: streams, findings, repeats: repeats.iter().map(|repeats| format!("{repeats:?}")).collect(), doubts }
}

fn same(name: &str, cut: &str, whole: &Told, pieces: &Told) {
    for (stream, packets) in &whole.packets {
        let others = pieces.packets.get(stream).map_or(&[][..], Vec::as_slice);
        for (index, packet) in packets.iter().enumerate() {
            assert_eq!(others.get(index), Some(packet), "{name}: {cut}: packet {index} of {stream:?}; left is cut, right is whole");
        }
        assert_eq!(others.len(), packets.len(), "{name}: {cut}: packets of {stream:?} beyond the last: {:?}", others.get(packets.len()));
    }
    assert_eq!(pieces, whole, "{name}: {cut}");
}
