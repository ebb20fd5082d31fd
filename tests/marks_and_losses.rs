//! Marks between frames change nothing of what is found, and nobody is accused of what was lost while capturing: over all fixtures.

mod support;

use std::time::Duration;

use mqttscope::analysis::{Analyzer, Connection, Observer, Report, Settings};
use mqttscope::capture::{Options, Source};
use mqttscope::finding::Finding;
use mqttscope::frame::Mark;
use mqttscope::time::Timestamp;
use mqttscope::trace::{compile, parse};
use support::{OwnedFrame, files, fixtures, legal, shown, traces};

/// All that must not depend on marks.
#[derive(Default)]
struct Told {
    findings: Vec<Finding>,
    connections: Vec<Connection>,
}

impl Observer for Told {
    fn finding(&mut self, finding: &Finding) {
        self.findings.push(finding.clone());
    }

    fn connection(&mut self, connection: &Connection) {
        self.connections.push(connection.clone());
    }
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn analyzer(live: bool) -> Analyzer {
    Analyzer::new(mqttscope::rules::all(), Settings { live, ..Settings::default() })
}

fn frames_of(section: &mqttscope::trace::Section) -> Vec<OwnedFrame> {
    compile(section).unwrap().frames().map(OwnedFrame::from).collect()
}

/// Legal traces.
fn innocent() -> Vec<(String, Vec<OwnedFrame>)> {
    legal().iter().map(|(path, section)| (format!("{}: {}", shown(path), section.title), frames_of(section))).collect()
}

/// All traces and captures there are.
fn all() -> Vec<(String, Vec<OwnedFrame>)> {
    let mut all = innocent();
    for (path, trace) in ["rules", "defects"].into_iter().flat_map(traces) {
        all.extend(trace.sections.iter().map(|section| (format!("{}: {}", shown(&path), section.title), frames_of(section))));
    }
    for path in ["captures", "clean"].iter().flat_map(|directory| files(&fixtures(directory))) {
        if path.extension().is_some_and(|extension| extension.to_string_lossy().starts_with("pcap")) {
            let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
            let mut frames = Vec::new();
            while let Some(frame) = source.next().unwrap() {
                frames.push(OwnedFrame::from(frame));
            }
            all.push((shown(&path), frames));
        }
    }
    assert!(all.len() > 500, "{}", all.len());
    all
}

/// Findings and connections, whenever they were told, and the coverage of the statements.
fn sum(mut told: Told, report: &Report) -> String {
    told.findings.sort_by_key(|finding| (finding.connection, finding.place.frame, finding.rule, finding.message.clone()));
    told.connections.sort_by_key(|connection| connection.number);
    format!("{:#?}\n{:#?}\n{:#?}\n{:#?}", told.findings, told.connections, report.statements, report.doubts)
}

#[test]
fn marks_change_nothing() {
    let mut random = Random(1);
    for (name, frames) in all() {
        let (mut recorded, mut told) = (analyzer(false), Told::default());
        frames.iter().for_each(|frame| recorded.push(&frame.frame(), &mut told));
        let report = recorded.finish(&mut told);
        let expected = sum(told, &report);
        let (mut live, mut told) = (analyzer(true), Told::default());
        // No frame may be earlier than a mark before it.
        let mut earliest: Vec<Timestamp> = frames.iter().map(|frame| frame.head.time).collect();
        for index in (1..earliest.len()).rev() {
            earliest[index - 1] = earliest[index - 1].min(earliest[index]);
        }
        for (index, frame) in frames.iter().enumerate() {
            live.push(&frame.frame(), &mut told);
            let next = earliest.get(index + 1).copied().unwrap_or(frame.head.time);
            for _ in 0..random.below(3) {
                let now = match random.below(4) {
                    0 => None,
                    1 => Some(next),
                    2 => Some(next.min(frame.head.time)),
                    _ => Some(next.before(Duration::from_millis(random.below(3000) as u64))),
                };
                live.mark(&Mark { now, ..Mark::default() }, &mut told);
            }
        }
        let report = live.finish(&mut told);
        let sum = sum(told, &report);
        assert!(sum == expected, "{name}:\n{sum}\nwithout marks:\n{expected}");
    }
}

/// Frames of another connection at the end.
const TICKS: usize = 5;

/// What is found in frames of which some, from one place on, are not there; `is_told`: marks say so.
fn without_some(frames: &[OwnedFrame], random: &mut Random, is_told: bool) -> Vec<Finding> {
    let client = frames[0].data[26..30].to_vec();
    let (chance, whose) = (1 + random.below(9), random.below(3));
    let end = frames.len() - TICKS;
    let from = random.below(end);
    let until = if random.below(2) == 0 { end } else { from + random.below(end - from) };
    let (mut analyzer, mut told, mut lost) = (analyzer(true), Told::default(), 0);
    for (index, frame) in frames.iter().enumerate() {
        let is_meant = whose == 0 || (whose == 1) == (frame.data[26..30] == client);
        if (from..until).contains(&index) && is_meant && random.below(10) < chance {
            lost += 1;
            continue;
        }
        let (before, time) = (random.below(2) == 0, frame.head.time);
        if is_told && lost > 0 && before {
            let lost_until = time.before(Duration::from_nanos(1));
            analyzer.mark(&Mark { lost: std::mem::take(&mut lost), lost_until, ..Mark::default() }, &mut told);
        }
        analyzer.push(&frame.frame(), &mut told);
        if is_told && lost > 0 {
            analyzer.mark(&Mark { now: Some(time), lost: std::mem::take(&mut lost), lost_until: time, ..Mark::default() }, &mut told);
        }
    }
    analyzer.finish(&mut told);
    told.findings
}

#[test]
fn nobody_is_accused_of_what_was_lost() {
    let other = parse("== other\nC>S CONNECT client_id=c\n+1s tick\n").unwrap();
    let tick = frames_of(&other.sections[0]).pop().unwrap();
    let (mut random, mut accused) = (Random(2), 0);
    for (name, mut frames) in innocent() {
        // The capture goes on, with others.
        let last = frames.last().unwrap().head.time;
        frames.extend((1..=TICKS).map(|step| {
            let mut tick = tick.clone();
            tick.head.time = last.after(Duration::from_secs(20 * step as u64));
            tick
        }));
        let (mut whole, mut told) = (analyzer(false), Told::default());
        frames.iter().for_each(|frame| whole.push(&frame.frame(), &mut told));
        whole.finish(&mut told);
        // Who is silent for that long may be accused of that.
        let known = |finding: &Finding| told.findings.iter().any(|known| known.rule == finding.rule);
        for _ in 0..6 {
            let seed = random.below(usize::MAX) as u64;
            let accuses = |is_told| without_some(&frames, &mut Random(seed), is_told).into_iter().filter(|finding| !known(finding));
            accused += accuses(false).count();
            let findings: Vec<Finding> = accuses(true).collect();
            assert!(findings.is_empty(), "{name}, seed {seed}: {findings:#?}");
        }
    }
    assert!(accused > 20, "{accused}: what is lost has to matter");
}
