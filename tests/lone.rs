//! Packets in hand: each packet of a recording, taken out of its connection, must not look worse than it did in it.

mod support;

use std::collections::BTreeSet;

use mqttscope::analysis::{Analyzer, Observer, PacketView, Question, Settings, inspect};
use mqttscope::capture::{Options, Source};
use mqttscope::finding::Finding;
use mqttscope::flow::Role;
use mqttscope::framing::Completeness;
use mqttscope::mqtt::encode::push_var_int;
use mqttscope::mqtt::{PacketType, Version};
use mqttscope::rules;
use mqttscope::trace::compile;
use support::{files, fixtures, shown, traces};

/// Packets with their versions and senders, and where something was found.
#[derive(Default)]
struct Packets {
    all: Vec<(u64, Vec<u8>, Version, Role)>,
    found: BTreeSet<(u64, &'static str)>,
}

impl Observer for Packets {
    fn packet(&mut self, view: &PacketView<'_>) {
        let whole =
            view.framed.completeness == Completeness::Whole && view.packet.header.remaining_length.value as usize == view.framed.body.len();
        if let Some(version) = view.version().filter(|_| whole) {
            let mut bytes = vec![view.packet.header.first_byte];
            push_var_int(&mut bytes, view.packet.header.remaining_length);
            bytes.extend_from_slice(view.framed.body);
            self.all.push((view.framed.end.frame.number(), bytes, version, view.from));
        }
    }

    fn finding(&mut self, finding: &Finding) {
        self.found.insert((finding.place.frame.number(), finding.rule));
    }
}

impl Packets {
    /// Findings that a packet has only when it is judged by itself.
    fn made_up(&self) -> Vec<String> {
        let mut made_up = Vec::new();
        for (frame, bytes, version, from) in &self.all {
            let question = Question { version: Some(*version), from: Some(*from), ..Question::default() };
            let answer = inspect(bytes, rules::all(), &question);
            assert_eq!((answer.packets.len(), answer.trailing.len()), (1, 0));
            for finding in answer.packets.iter().flat_map(|packet| &packet.readings).flat_map(|reading| &reading.findings) {
                if !self.found.contains(&(*frame, finding.rule)) {
                    made_up.push(format!("frame {frame}: {}: {} ({})", finding.rule, finding.message, finding.packet));
                }
            }
        }
        made_up
    }
}

#[test]
fn packets_of_recordings_look_no_worse_by_themselves() {
    let mut seen = 0;
    for path in files(&fixtures("clean")).into_iter().chain(files(&fixtures("captures"))) {
        if !path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng") {
            continue;
        }
        let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
        let mut analyzer = Analyzer::new(rules::all(), Settings::default());
        let mut packets = Packets::default();
        while let Some(frame) = source.next().unwrap() {
            analyzer.push(&frame, &mut packets);
        }
        analyzer.finish(&mut packets);
        let made_up = packets.made_up();
        assert!(made_up.is_empty(), "{}:\n{}", shown(&path), made_up.join("\n"));
        seen += packets.all.len();
    }
    assert!(seen > 500, "{seen} packets");
}

#[test]
fn packets_of_traces_look_no_worse_by_themselves() {
    for (path, trace) in traces("rules") {
        for section in &trace.sections {
            let mut analyzer = Analyzer::new(rules::all(), Settings::default());
            let mut packets = Packets::default();
            for frame in compile(section).unwrap().frames() {
                analyzer.push(&frame, &mut packets);
            }
            analyzer.finish(&mut packets);
            let made_up = packets.made_up();
            assert!(made_up.is_empty(), "{}, {:?}:\n{}", shown(&path), section.title, made_up.join("\n"));
        }
    }
}

#[test]
fn every_type_is_taken_apart_to_its_last_byte() {
    for path in files(&fixtures("clean")) {
        if !path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng") {
            continue;
        }
        let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
        let mut analyzer = Analyzer::new(&[], Settings::default());
        let mut packets = Packets::default();
        while let Some(frame) = source.next().unwrap() {
            analyzer.push(&frame, &mut packets);
        }
        analyzer.finish(&mut packets);
        for (frame, bytes, version, from) in &packets.all {
            let question = Question { version: Some(*version), from: Some(*from), ..Question::default() };
            let answer = inspect(bytes, &[], &question);
            let mut end = 0;
            for field in &answer.packets[0].readings[0].fields {
                assert_eq!(field.range.start, end, "{}, frame {frame}: {} ({})", shown(&path), field.name, answer.packets[0].kind);
                end = field.range.end;
            }
            assert_eq!(end, bytes.len(), "{}, frame {frame}: {}", shown(&path), answer.packets[0].kind);
            assert_ne!(answer.packets[0].kind, PacketType::Reserved);
        }
    }
}
