//! What is missing in a capture never makes a fault: well-behaved peers stay so when frames are left out.
//!
//! Each capture of well-behaved peers is analysed without frames chosen at random, from the middle on, up to the middle, and
//! with one direction only. There must be no finding, with one exception ([`LIKELY`]).

mod support;

use mqttscope::capture::{Options, Source};
use mqttscope::finding::{Certainty, Finding};
use mqttscope::frame::{Frame, FrameId, LinkType};
use mqttscope::net::Decoder;
use mqttscope::time::Timestamp;
use support::{analyse, files, fixtures, shown};

/// Where the choice of frames begins, for each share; the last two have shown faults of ours.
const ROUNDS: [u64; 5] = [0, 1, 2, 8, 57];

/// Of how many frames one is left out.
const SHARES: [u64; 4] = [3, 10, 30, 100];

/// A FIN that is missing leaves no hole in the bytes, which is why these rules say only that something is likely.
const LIKELY: [&str; 2] = ["client-open-after-disconnect", "disconnected-client-not-closed"];

struct Owned {
    id: FrameId,
    time: Timestamp,
    link: LinkType,
    data: Vec<u8>,
    original_len: u32,
}

impl Owned {
    fn frame(&self) -> Frame<'_> {
        Frame { id: self.id, time: self.time, link: self.link, offset: 0, data: &self.data, original_len: self.original_len }
    }
}

#[test]
fn frames_that_are_missing_are_no_faults() {
    let mut wrong = Vec::new();
    for (path, frames) in captures() {
        for share in SHARES {
            for round in ROUNDS {
                let mut state = round * 1000 + share;
                let mut kept = |_: &&Owned| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 33) % share != 0
                };
                check(&format!("{path}: 1 of {share} missing, round {round}"), frames.iter().filter(&mut kept), &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn parts_of_a_capture_have_no_faults() {
    let mut wrong = Vec::new();
    for (path, frames) in captures() {
        for tenth in 1..10 {
            let middle = frames.len() * tenth / 10;
            check(&format!("{path}: from frame {middle}"), frames.iter().skip(middle), &mut wrong);
            check(&format!("{path}: up to frame {middle}"), frames.iter().take(middle), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn one_direction_has_no_faults() {
    let mut wrong = Vec::new();
    for (path, frames) in captures() {
        for from_server in [true, false] {
            let mut decoder = Decoder::default();
            let mut wanted = |owned: &&Owned| {
                decoder.decode(&owned.frame()).is_ok_and(|segment| (segment.source.port < segment.destination.port) == from_server)
            };
            check(&format!("{path}: from server {from_server}"), frames.iter().filter(&mut wanted), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

fn captures() -> impl Iterator<Item = (String, Vec<Owned>)> {
    let is_capture = |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains(".pcap"));
    files(&fixtures("clean")).into_iter().filter(is_capture).map(|path| {
        let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
        let mut frames = Vec::new();
        while let Some(Frame { id, time, link, data, original_len, .. }) = source.next().unwrap() {
            frames.push(Owned { id, time, link, data: data.to_vec(), original_len });
        }
        (shown(&path), frames)
    })
}

fn check<'o>(what: &str, frames: impl Iterator<Item = &'o Owned>, wrong: &mut Vec<String>) {
    let (witness, _) = analyse(frames.map(Owned::frame));
    let excused = |finding: &&Finding| finding.certainty == Certainty::Likely && LIKELY.contains(&finding.rule);
    wrong.extend(witness.findings.iter().filter(|finding| !excused(finding)).map(|finding| {
        format!("{what}: {} {} frame {}: {}", finding.certainty.name(), finding.rule, finding.place.frame.number(), finding.message)
    }));
}
