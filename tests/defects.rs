//! What tshark 4.0.17 gets wrong: the packets that have to come out of the traces under `fixtures/defects`.

mod support;

use mqttscope::analysis::{Analyzer, Observer, PacketView, Settings};
use mqttscope::finding::Finding;
use mqttscope::rule::prelude::*;
use mqttscope::rule::{Binds, Event, On, Rule, V31};
use mqttscope::trace::{Section, compile};
use support::{Seen, analyse, fixtures, trace};

/// The sections of a trace.
fn sections(name: &str) -> Vec<Section> {
    trace(&fixtures("defects").join(name).with_extension("trace")).sections
}

/// What the packets of a section are, behind CONNECT and CONNACK: line, sender, words.
fn packets(section: &Section) -> Vec<String> {
    let recording = compile(section).unwrap();
    let (witness, _) = analyse(recording.frames());
    let words = |seen: &Seen| {
        let line = recording.line_of(seen.frame).unwrap() - section.line;
        format!("{line} {} {}", seen.from, seen.words)
    };
    assert!(witness.packets.iter().all(|seen| seen.version == witness.packets[0].version));
    witness.packets.iter().skip(2).map(words).collect()
}

#[test]
fn a_remaining_length_may_be_cut_anywhere() {
    for section in sections("split") {
        let lines = if section.title.ends_with("follows") { [3, 4] } else { [3, 3] };
        let expected = [r#"client PUBLISH QoS 0 "a" 127 B"#, r#"client PUBLISH QoS 0 "b" 4 B"#];
        let expected: Vec<String> = expected.iter().zip(lines).map(|(words, line)| format!("{line} {words}")).collect();
        assert_eq!(packets(&section), expected, "{}", section.title);
    }
}

#[test]
fn segments_out_of_order_are_put_in_order() {
    let [out_of_order, retransmission, ..] = &sections("order")[..] else { panic!() };
    assert_eq!(
        packets(out_of_order),
        [
            r#"5 client PUBLISH QoS 0 "first" 0 B"#,
            // What waited becomes readable with the segment that filled the hole.
            r#"5 client PUBLISH QoS 0 "second" 0 B"#,
            r#"6 client PUBLISH QoS 0 "third" 0 B"#,
        ]
    );
    assert_eq!(
        packets(retransmission),
        [r#"3 client PUBLISH QoS 0 "first" 0 B"#, r#"4 client PUBLISH QoS 0 "second" 0 B"#, r#"5 client PUBLISH QoS 0 "third" 0 B"#]
    );
}

#[test]
fn what_follows_a_hole_is_shown() {
    let [.., between, inside] = &sections("order")[..] else { panic!() };
    assert_eq!(
        packets(between),
        [
            r#"3 client PUBLISH QoS 0 "first" 0 B"#,
            r#"5 client PUBLISH QoS 0 "second" 0 B"#,
            r#"6 client PUBLISH QoS 0 "third" 0 B"#,
            r#"7 client PUBLISH QoS 0 "fourth" 0 B"#,
            "8 client PINGREQ",
            "9 server PINGRESP",
            "10 client DISCONNECT",
        ]
    );
    assert_eq!(
        packets(inside),
        [
            r#"4 server PUBLISH QoS 0 "third" 0 B"#,
            r#"3 client PUBLISH QoS 0 "first" 25 B"#,
            r#"3 client PUBLISH QoS 0 "second" 0 B"#,
            "5 client DISCONNECT",
        ]
    );
}

#[test]
fn aliases_of_both_directions_are_apart() {
    let [section] = &sections("alias")[..] else { panic!() };
    assert_eq!(
        packets(section),
        [
            r#"3 client PUBLISH QoS 0 "from/client" alias 1 0 B"#,
            r#"4 server PUBLISH QoS 0 "from/server" alias 1 0 B"#,
            r#"5 client PUBLISH QoS 0 "" alias 1 = "from/client" 1 B"#,
            r#"6 server PUBLISH QoS 0 "" alias 1 = "from/server" 1 B"#,
        ]
    );
}

#[test]
fn a_length_of_five_bytes_is_no_packet() {
    const BAD_LENGTH: Rule = Rule {
        name: "bad-length",
        group: "test",
        manual: "",
        binds: Binds::Sender,
        severity: mqttscope::finding::Severity::Error,
        v3_1: V31::Same,
        v3_1_1: &["MQTT-4.8.0-1"],
        v5_0: &["MQTT-4.8.0-1"],
        on: &[On::BadLength],
        check: |context| match context.event {
            Event::BadLength { bytes, .. } => Verdict::Fail(Fault::new(format!("{bytes:02x?}"))),
            _ => Verdict::NotApplicable,
        },
    };
    #[derive(Default)]
    struct Faults(Vec<(u64, String)>, Vec<PacketType>);
    impl Observer for Faults {
        fn packet(&mut self, view: &PacketView<'_>) {
            self.1.push(view.packet.packet_type());
        }
        fn finding(&mut self, finding: &Finding) {
            self.0.push((finding.place.frame.number(), finding.message.clone()));
        }
    }
    let [section] = &sections("length")[..] else { panic!() };
    let recording = compile(section).unwrap();
    let mut faults = Faults::default();
    let mut analyzer = Analyzer::new(&[BAD_LENGTH], Settings::default());
    recording.frames().for_each(|frame| analyzer.push(&frame, &mut faults));
    analyzer.finish(&mut faults);
    assert_eq!(faults.0, [(recording.last_of(section.line + 3).unwrap(), "[30, 84, 80, 80, 80]".to_owned())]);
    assert_eq!(faults.1, [PacketType::Connect, PacketType::Connack, PacketType::Pingresp]);
}

#[test]
fn a_bridge_speaks_a_known_version() {
    for (section, version) in sections("bridge").iter().zip(["3.1.1", "3.1"]) {
        let (witness, _) = analyse(compile(section).unwrap().frames());
        let words: Vec<&str> = witness.packets.iter().map(|seen| seen.words.as_str()).collect();
        assert!(witness.packets.iter().all(|seen| seen.version == version), "{:?}", witness.packets);
        assert_eq!(words[0], format!("CONNECT {version} bridge \"b1\" keep alive 60 s clean session"));
        assert_eq!(
            words[1..],
            [&["CONNACK Connection Accepted"][..], &["PUBLISH #1 QoS 1 \"a\" 0 B"]].concat()[..witness.packets.len() - 1]
        );
    }
}
