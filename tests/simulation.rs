//! Peers that keep to the specification have no findings, whatever a capture lacks of them; peers that do not, have.
//!
//! The peers are made up (`tests/peers`). A complete capture of them must be without findings; one that is damaged must be
//! without errors. `MQTTSCOPE_SEEDS=1000` tries so many seeds instead of [`SEEDS`], `MQTTSCOPE_SEEDS=700..800` those.

mod peers;
mod support;

use std::collections::BTreeMap;
use std::ops::Range;

use mqttscope::finding::{Blame, Certainty, Finding, Severity};
use mqttscope::frame::{Frame, FrameId, LinkType};
use mqttscope::time::Timestamp;
use peers::{Fault, Seen, run};
use support::analyse;
use support::cut::Dice;

/// How many captures are made.
const SEEDS: u64 = 40;

/// Further ones, which have shown faults of ours: answers before their request in the capture, or read before it because a packet
/// boundary was looked for, a stream taken for one read from its start, requests that never arrived, last bytes of which only RST
/// tells.
const REVEALING: [u64; 10] = [353, 598, 1083, 1161, 1318, 1333, 1513, 6129, 11525, 28771];

/// Connections in each.
const CONNECTIONS: usize = 12;

/// 2026-01-01T00:00:00Z, in nanoseconds.
const EPOCH: i64 = 1_767_225_600_000_000_000;

type Frames = Vec<(u64, Vec<u8>, u32)>;

fn seeds() -> Vec<u64> {
    let Ok(wanted) = std::env::var("MQTTSCOPE_SEEDS") else { return (0..SEEDS).chain(REVEALING).collect() };
    let (from, to) = wanted.split_once("..").unwrap_or(("0", &wanted));
    let range: Range<u64> = from.parse().unwrap()..to.parse().unwrap();
    range.collect()
}

fn complete(seen: &Seen) -> Frames {
    seen.frames.iter().map(|(time, data)| (*time, data.clone(), data.len() as u32)).collect()
}

fn findings(frames: &Frames) -> Vec<Finding> {
    let frames = (1..).zip(frames).map(|(number, (time, data, original_len))| Frame {
        id: FrameId::new(0, number),
        time: Timestamp::from_nanos(EPOCH + *time as i64),
        link: LinkType::ETHERNET,
        offset: 0,
        data,
        original_len: *original_len,
    });
    analyse(frames).0.findings
}

/// What a client leaves behind that dies cannot be told from one that does not answer; that is told as likely.
fn is_excused(seen: &Seen, finding: &Finding) -> bool {
    let (_, data) = &seen.frames[finding.place.frame.number() as usize - 1];
    let mut ports = [34, 36].map(|at| u16::from_be_bytes([data[at], data[at + 1]])).into_iter();
    finding.certainty == Certainty::Likely && finding.blames == Blame::Client && ports.any(|port| seen.died.contains(&port))
}

fn told(what: &str, finding: &Finding) -> String {
    let Finding { rule, certainty, connection, place, packet, message, .. } = finding;
    format!("{what}: connection {connection}, frame {}: {} {rule}: {packet}: {message}", place.frame.number(), certainty.name())
}

#[test]
fn peers_that_do_everything_right_have_no_findings() {
    let (mut wrong, mut counts) = (Vec::new(), BTreeMap::<&str, u64>::new());
    for seed in seeds() {
        let seen = run(seed, CONNECTIONS, None);
        let found = findings(&complete(&seen));
        wrong.extend(found.iter().filter(|finding| !is_excused(&seen, finding)).map(|finding| told(&format!("seed {seed}"), finding)));
        for (what, count) in seen.counts {
            *counts.entry(what).or_default() += count;
        }
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    for what in EXERCISED {
        assert!(counts.contains_key(what), "{what} never happened; what did: {counts:#?}");
    }
}

#[test]
fn what_a_capture_lacks_is_no_error() {
    let mut wrong = Vec::new();
    for seed in seeds() {
        let whole = complete(&run(seed, CONNECTIONS, None));
        for round in 0..3 {
            let mut dice = Dice(seed * 1_000 + round);
            dice.up_to(2);
            let (damaged, how) = damage(&whole, &mut dice);
            let errors = findings(&damaged).into_iter().filter(|finding| finding.severity == Severity::Error);
            wrong.extend(errors.map(|finding| told(&format!("seed {seed}, round {round}, {how}"), &finding)));
        }
    }
    assert!(wrong.is_empty(), "{} errors:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn one_fault_is_found() {
    let all = [
        (Fault::IdInUse, "client-qos-1-id-in-use"),
        (Fault::ReceiveMaximum, "client-exceeds-receive-maximum"),
        (Fault::WrongFlags, "wrong-subscribe-flags"),
        (Fault::LatePing, "keep-alive-late"),
        (Fault::UnknownAck, "ack-for-unknown-id"),
        (Fault::AliasAboveMaximum, "client-alias-above-maximum"),
    ];
    for (fault, rule) in all {
        let (mut committed, mut missed) = (0, Vec::new());
        for seed in seeds().into_iter().take(SEEDS as usize / 4) {
            let seen = run(seed, CONNECTIONS, Some(fault));
            if seen.counts.contains_key("faults") {
                committed += 1;
                if !findings(&complete(&seen)).iter().any(|finding| finding.rule == rule) {
                    missed.push(seed);
                }
            }
        }
        assert!(committed > 2 && missed.is_empty(), "{fault:?}: of {committed}, {rule} was not found with the seeds {missed:?}");
    }
}

/// A capture that lacks something; with what was done to it.
fn damage(whole: &Frames, dice: &mut Dice) -> (Frames, String) {
    let mut how = String::new();
    let mut often = |name: &str, dice: &mut Dice, most: usize| {
        let share = if dice.up_to(2) == 0 { 1 + dice.up_to(most) } else { 0 };
        if share > 0 {
            how += &format!("{name} {share} ");
        }
        share
    };
    // Per thousand frames.
    let (lost, late, doubled, snapped) =
        (often("lost", dice, 100), often("late", dice, 200), often("doubled", dice, 100), often("snapped", dice, 50));
    let (begin, end) = (often("begin", dice, 900), often("end", dice, 100));
    let (begin, end) = (whole.len() * begin / 1_000, whole.len() - whole.len() * end / 1_000);
    let one_side = (dice.up_to(6) == 0).then(|| dice.up_to(2));
    if let Some(side) = one_side {
        how += &format!("side {side}");
    }
    let mut out = Vec::new();
    for (time, data, original_len) in whole.get(begin..end).unwrap_or_default() {
        // The source port of TCP over IPv4 over Ethernet.
        let from_server = data[34..36] == 1883_u16.to_be_bytes();
        if dice.up_to(1_000) < lost || one_side.is_some_and(|side| usize::from(from_server) == side) {
            continue;
        }
        let shift = if dice.up_to(1_000) < late { dice.up_to(20_000_000) as u64 } else { 0 };
        let mut data = data.clone();
        if dice.up_to(1_000) < snapped {
            data.truncate(54 + dice.up_to(data.len() - 53));
        }
        if dice.up_to(1_000) < doubled {
            out.push((time + shift + dice.up_to(2_000_000) as u64, data.clone(), *original_len));
        }
        out.push((time + shift, data, *original_len));
    }
    out.sort_by_key(|(time, ..)| *time);
    (out, how)
}

/// What has to happen in the captures of all seeds together, or they would prove nothing.
const EXERCISED: [&str; 47] = [
    "CONNECT",
    "CONNACK",
    "PUBLISH",
    "PUBACK",
    "PUBREC",
    "PUBREL",
    "PUBCOMP",
    "SUBSCRIBE",
    "SUBACK",
    "UNSUBSCRIBE",
    "UNSUBACK",
    "PINGREQ",
    "PINGRESP",
    "DISCONNECT",
    "AUTH",
    "AUTH before CONNACK",
    "authenticated again",
    "QoS 0",
    "QoS 1",
    "QoS 2",
    "PUBLISH of a client",
    "PUBLISH of the server",
    "PUBREC with an error",
    "PUBLISH resent",
    "PUBREL resent",
    "aliases set",
    "aliases used",
    "held back",
    "too large, not sent",
    "packets before CONNACK",
    "sessions resumed",
    "takeovers",
    "refused",
    "refused filters",
    "granted",
    "granted less",
    "left with DISCONNECT",
    "left without DISCONNECT",
    "left with RST",
    "left by the server",
    "died",
    "abandoned",
    "keep alive expired",
    "RST",
    "TCP retransmissions",
    "bare ACKs",
    "segments",
];
