//! Metrics count what the index shows of the same frames: silences, and how long answers took, over all fixtures.

#![cfg(feature = "live")]

mod support;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use mqttscope::analysis::{Analyzer, Settings};
use mqttscope::capture::{Options, PcapngWriter, Source};
use mqttscope::index::{Index, Lane, load};
use mqttscope::metrics::Metrics;
use mqttscope::time::Timestamp;
use mqttscope::trace::compile;
use support::{OwnedFrame, files, fixtures, legal, recorded, shown, traces};

/// Answers whose time the index measures from the packet right before; that of PUBCOMP it measures from the PUBLISH.
const ANSWERS: [&str; 6] = ["CONNACK", "PUBACK", "PUBREC", "SUBACK", "UNSUBACK", "PINGRESP"];

/// How many there are, and their sum.
type Sums = BTreeMap<&'static str, (u64, f64)>;

fn index(frames: &[OwnedFrame]) -> Index {
    let mut writer = PcapngWriter::new(Vec::new(), "test").unwrap();
    frames.iter().for_each(|frame| writer.frame(&frame.frame(), "test").unwrap());
    let source = Source::from_reader("test", Cursor::new(writer.finish().unwrap()), &Options::default()).unwrap();
    load::all(source, mqttscope::rules::all(), Settings::default()).unwrap().0
}

/// Silences, and answers by kind, as the index has them.
fn shown_by(index: &Index) -> (u64, Sums) {
    let mut sums = Sums::new();
    for packet in 0..index.len() {
        let name = index.get(packet).unwrap().kind().name();
        if let Some(took) = index.round_trip(packet)
            && ANSWERS.contains(&name)
        {
            let (count, sum) = sums.entry(name).or_default();
            (*count, *sum) = (*count + 1, *sum + took.as_secs_f64());
        }
    }
    let silences = index.connections().map(|(id, _)| {
        let mut lane = Lane::default();
        lane.refresh(index, id, Timestamp::default());
        lane.bands().iter().sum::<u64>()
    });
    (silences.sum(), sums)
}

fn of(sums: &Sums, answer: &str) -> (u64, f64) {
    sums.get(answer).copied().unwrap_or_default()
}

/// The same as the metrics have them.
fn counted_by(frames: &[OwnedFrame]) -> (u64, Sums) {
    let mut metrics = Metrics::new();
    let mut analyzer = Analyzer::new(mqttscope::rules::all(), Settings::default());
    frames.iter().for_each(|frame| analyzer.push(&frame.frame(), &mut metrics));
    analyzer.finish(&mut metrics);
    let (mut silences, mut sums) = (0, Sums::new());
    for line in metrics.text().unwrap().lines() {
        let Some((series, value)) = line.strip_prefix("mqttscope_").and_then(|line| line.rsplit_once(' ')) else { continue };
        let value: f64 = value.parse().unwrap();
        if ["client_silence_keep_alive_ratio_count", "client_silences_doubtful_total"].contains(&series) {
            silences += value as u64;
        }
        let Some(series) = series.strip_prefix("answer_latency_seconds_").filter(|_| value > 0.0) else { continue };
        let Some(answer) = ANSWERS.into_iter().find(|answer| series.contains(&format!("answer=\"{answer}\""))) else { continue };
        let (count, sum) = sums.entry(answer).or_default();
        match series.split('{').next() {
            Some("count") => *count += value as u64,
            Some("sum") => *sum += value,
            _ => {}
        }
    }
    (silences, sums)
}

#[test]
fn captures_are_counted_alike() {
    let is_capture = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().contains(".pcap"));
    let mut answers = 0;
    for path in files(&fixtures("")).into_iter().filter(|path| is_capture(path)) {
        let (name, frames) = (shown(&path), recorded(&path));
        let ((silences, shown), (counted, measured)) = (shown_by(&index(&frames)), counted_by(&frames));
        assert_eq!(silences, counted, "{name}");
        for answer in ANSWERS {
            let ((count, sum), (other, took)) = (of(&shown, answer), of(&measured, answer));
            // Times of packets that came in several segments are kept to one part in 500 by the index.
            assert!(count == other && (sum - took).abs() <= sum / 250.0, "{name}: {answer} {count} {sum} s, {other} {took} s");
            answers += other;
        }
    }
    assert!(answers > 2000, "{answers}: answers are there to be measured");
}

#[test]
fn traces_are_counted_alike_but_for_guesses() {
    let marked = ["rules", "defects"].into_iter().flat_map(traces);
    let marked = marked.flat_map(|(path, trace)| trace.sections.into_iter().map(move |section| (path.clone(), section)));
    for (path, section) in marked.chain(legal()) {
        let frames: Vec<OwnedFrame> = compile(&section).unwrap().frames().map(OwnedFrame::from).collect();
        let ((silences, shown_by_index), (counted, measured)) = (shown_by(&index(&frames)), counted_by(&frames));
        let name = format!("{}:{}", shown(&path), section.line);
        assert_eq!(silences, counted, "{name}");
        for answer in ANSWERS {
            let ((count, _), (other, _)) = (of(&shown_by_index, answer), of(&measured, answer));
            assert!(other <= count, "{name}: {answer} {count}, {other}");
        }
    }
}
