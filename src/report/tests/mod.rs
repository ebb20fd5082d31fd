//! Reports of a small capture built here, judged by four rules made for the purpose; each format in full.

mod wire;

use super::style::Palette;
use super::{Collected, Document, Terms, Totals, fails, json, ndjson, text};
use crate::analysis::{Analyzer, Report, Settings};
use crate::finding::Severity;
use crate::rule::prelude::*;
use crate::rule::{Binds, Event, On, Rule, V31};
use wire::Wire;

/// Not the catalogue: these stay as they are, so that a snapshot changes only with the report.
const RULES: &[Rule] = &[
    Rule {
        name: "packet-id-zero",
        group: "test",
        manual: "",
        binds: Binds::Sender,
        severity: Severity::Error,
        v3_1: V31::Same,
        v3_1_1: &["MQTT-2.3.1-1"],
        v5_0: &["MQTT-2.2.1-3"],
        on: &[Packet(PacketType::Publish), Packet(PacketType::Subscribe)],
        check: |context| match context.packet() {
            Some(packet) if packet.packet_id() == Some(0) => {
                let kind = packet.packet_type();
                Verdict::Fail(Fault::new(format!("the Packet Identifier of this {kind} is 0")).at(packet.packet_id_at().unwrap_or(0), 2))
            }
            Some(packet) if packet.packet_id().is_some() => Verdict::Pass,
            _ => Verdict::NotApplicable,
        },
    },
    Rule {
        name: "topic-name-wildcard",
        group: "test",
        manual: "",
        binds: Binds::Sender,
        severity: Severity::Error,
        v3_1: V31::Warning,
        v3_1_1: &["MQTT-3.3.2-2", "MQTT-4.7.1-1"],
        v5_0: &["MQTT-3.3.2-2"],
        on: &[Packet(PacketType::Publish)],
        check: |context| {
            let Some(topic) = context.publish().and_then(|publish| publish.topic) else { return Verdict::NotApplicable };
            let at = topic.bytes.iter().position(|byte| b"+#".contains(byte));
            Verdict::unless(at.map(|at| Fault::new("a wildcard stands in the Topic Name").in_text(&topic, at).likely()))
        },
    },
    Rule {
        name: "subscribe-not-answered",
        group: "test",
        manual: "",
        binds: Binds::Server,
        severity: Severity::Error,
        v3_1: V31::Same,
        v3_1_1: &["MQTT-3.8.4-1"],
        v5_0: &["MQTT-3.8.4-1"],
        on: &[Unanswered(PacketType::Suback)],
        check: |context| match *context.event {
            Event::Unanswered { unanswered, open, .. } if open > context.policy.response_timeout => {
                Verdict::Fail(Fault::new(format!("no SUBACK within {} s", open.as_secs())).related(unanswered.since))
            }
            _ => Verdict::Inconclusive(crate::session::Doubt::CaptureEnd),
        },
    },
    Rule {
        name: "topic-name-empty-level",
        group: "test",
        manual: "",
        binds: Binds::Client,
        severity: Severity::Info,
        v3_1: V31::No,
        v3_1_1: &["MQTT-4.7.3-1"],
        v5_0: &["MQTT-4.7.3-1"],
        on: &[On::Packet(PacketType::Publish)],
        check: |context| {
            let Some(topic) = context.publish().and_then(|publish| publish.topic) else { return Verdict::NotApplicable };
            let at = topic.bytes.windows(2).position(|pair| pair == b"//");
            Verdict::unless(at.map(|at| Fault::new("two slashes enclose an empty level").at(topic.at + at as u32, 2)))
        },
    },
];

/// A pump that errs in many ways, a gateway without a fault, and a stranger from before the capture.
fn plant() -> Wire {
    let mut wire = Wire::default();
    wire.udp(0);
    let pump = wire.open(100, 7, 51822);
    wire.client(&pump, 102, b"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07pump-07");
    wire.server(&pump, 105, b"\x20\x02\x00\x00");
    wire.client(&pump, 2_000, b"\x32\x12\x00\x0dplant/pump/07\x00\x00{");
    for n in 0..8 {
        wire.client(&pump, 3_000 + n * 1000, b"\x30\x0f\x00\x0aplant//p/+\x1b[1");
    }
    wire.client(&pump, 12_000, b"\x82\x0b\x00\x09\x00\x06cmd/07\x01");
    let gateway = wire.open(13_000, 9, 40012);
    wire.client(&gateway, 13_001, b"\x10\x16\x00\x04MQTT\x05\x02\x00\x1e\x00\x00\x09gateway-a");
    wire.server(&gateway, 13_002, b"\x20\x03\x00\x00\x00");
    wire.client(&gateway, 14_000, b"\x32\x09\x00\x03a/b\x00\x01\x00!");
    wire.server(&gateway, 14_001, b"\x40\x02\x00\x01");
    wire.client(&gateway, 15_000, b"\x36\x09\x00\x03a/b\x00\x00\x00!");
    wire.client(&gateway, 16_000, b"\xe0\x00");
    wire.close(&gateway, 16_001);
    let stranger = wire.midstream(8, 40100);
    wire.client(&stranger, 17_000, b"\xc0\x00");
    wire.server(&stranger, 17_001, b"\xd0\x00");
    wire.server(&stranger, 60_000, b"\x30\x05\x00\x03a/#");
    wire.ack(&pump, 100_000);
    wire
}

fn analysed(wire: &Wire) -> (Collected, Report) {
    let mut collected = Collected::default();
    let mut analyzer = Analyzer::new(RULES, Settings::default());
    wire.replay(|frame| analyzer.push(frame, &mut collected));
    let report = analyzer.finish(&mut collected);
    (collected, report)
}

fn text_of(wire: &Wire, inputs: &[String], warnings: &[String], options: &text::Options) -> String {
    let (collected, report) = analysed(wire);
    let mut out = Vec::new();
    text::write(&mut out, &Document { inputs, warnings, collected: &collected, report: &report, terms: Terms::default() }, options)
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn input() -> Vec<String> {
    vec!["plant.pcapng".to_owned()]
}

#[test]
fn text_without_colour() {
    let warnings = ["plant.pcapng: cut short in the middle of record 42".to_owned()];
    insta::assert_snapshot!(text_of(&plant(), &input(), &warnings, &text::Options::short(Palette::new(false))));
}

#[test]
fn text_with_colour() {
    let text = text_of(&plant(), &input(), &[], &text::Options::short(Palette::new(true)));
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn text_of_several_inputs_names_the_file_of_a_frame() {
    let inputs = ["a.pcap".to_owned(), "b.pcap".to_owned()];
    let text = text_of(&plant(), &inputs, &[], &text::Options::short(Palette::new(false)));
    assert!(text.contains("    a.pcap frame 7  "), "{text}");
    assert!(text.contains("      Wireshark: frame.number == 7\n"), "{text}");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let plain = text_of(&plant(), &input(), &[], &text::Options::short(Palette::new(false)));
    let coloured = text_of(&plant(), &input(), &[], &text::Options::short(Palette::new(true)));
    let mut stripped = String::new();
    for (at, part) in coloured.split('\u{1b}').enumerate() {
        stripped.push_str(if at == 0 { part } else { part.split_once('m').map_or("", |(_, rest)| rest) });
    }
    let without_carets = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.trim().is_empty() || line.contains(|c| !" ^".contains(c))).map(str::to_owned).collect()
    };
    assert_eq!(without_carets(&plain), without_carets(&stripped));
}

#[test]
fn few_instances_are_shown_and_the_rest_is_counted() {
    let options = text::Options { instances: 1, ..text::Options::short(Palette::new(false)) };
    let text = text_of(&plant(), &input(), &[], &options);
    assert_eq!(text.matches("    frame ").count(), 4, "{text}");
    assert!(text.contains("  and 4 more on 1 connection; -v shows all that were kept\n"), "{text}");
}

#[test]
fn nothing_found_is_said_in_one_line() {
    let mut wire = Wire::default();
    let client = wire.open(0, 7, 51822);
    wire.client(&client, 1, b"\x10\x13\x00\x04MQTT\x04\x02\x00\x3c\x00\x07pump-07");
    wire.server(&client, 2, b"\x20\x02\x00\x00");
    let text = text_of(&wire, &input(), &[], &text::Options::short(Palette::new(false)));
    assert!(text.contains("\nNothing could be checked") && text.contains("\n----  client \"pump-07\""), "{text}");
    wire.client(&client, 3, b"\x30\x05\x00\x03a/b");
    let text = text_of(&wire, &input(), &[], &text::Options::short(Palette::new(false)));
    assert!(text.contains("\nNo findings: nothing in this capture breaks a statement that is checked.\n"), "{text}");
    assert!(text.contains("\nPASS  client \"pump-07\"      no findings  (1 connection, 2 packets)\n"), "{text}");
}

#[test]
fn no_mqtt_is_said_with_a_hint() {
    let mut wire = Wire::default();
    wire.udp(0);
    let text = text_of(&wire, &input(), &[], &text::Options::short(Palette::new(false)));
    assert!(text.contains("No MQTT found.") && text.contains("--port"), "{text}");
    assert!(text.contains("  1 frame skipped: 1 UDP\n"), "{text}");
}

#[test]
fn what_is_not_read_is_named_with_its_ports() {
    let mut wire = Wire::default();
    for port in [40001, 40002] {
        let client = wire.open(0, 7, port);
        wire.client(&client, 1, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03\x03");
    }
    let text = text_of(&wire, &input(), &[], &text::Options::short(Palette::new(false)));
    assert!(text.contains("\n  2 connections speak TLS: not analysed yet (port 1883)\n"), "{text}");
}

#[test]
fn json_is_one_object() {
    let (collected, report) = analysed(&plant());
    let mut out = Vec::new();
    json::write(&mut out, &Document { inputs: &input(), warnings: &[], collected: &collected, report: &report, terms: Terms::default() })
        .unwrap();
    let mut value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value["version"], env!("CARGO_PKG_VERSION"));
    value["version"] = "-".into();
    let statements = value["statements"].as_array_mut().unwrap();
    assert_eq!(statements.len(), 169 + 341);
    statements.retain(|statement| statement["rule"] != serde_json::Value::Null);
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn json_does_not_depend_on_which_connection_ended_first() {
    let limits = crate::analysis::Limits { findings_per_rule: 0, ..Default::default() };
    let mut collected = Collected::default();
    let mut analyzer = Analyzer::new(RULES, Settings { limits, ..Settings::default() });
    plant().replay(|frame| analyzer.push(frame, &mut collected));
    let mut report = analyzer.finish(&mut collected);
    let json_of = |collected: &Collected, report: &Report| {
        let mut out = Vec::new();
        json::write(&mut out, &Document { inputs: &input(), warnings: &[], collected, report, terms: Terms::default() }).unwrap();
        String::from_utf8(out).unwrap()
    };
    let before = json_of(&collected, &report);
    collected.connections.sort_by_key(|connection| std::cmp::Reverse(connection.number));
    report.repeats.sort_by_key(|repeats| std::cmp::Reverse(repeats.connection));
    assert_eq!(json_of(&collected, &report), before);
    let value: serde_json::Value = serde_json::from_str(&before).unwrap();
    let connections =
        |list: &str, key: &str| -> Vec<u64> { value[list].as_array().unwrap().iter().map(|item| item[key].as_u64().unwrap()).collect() };
    assert_eq!(connections("sessions", "connection"), [0, 1, 2]);
    let repeats = connections("repeats", "connection");
    assert!(repeats.is_sorted() && repeats.first() < repeats.last(), "{repeats:?}");
}

#[test]
fn ndjson_says_the_same_as_json() {
    let files = input();
    let (collected, report) = analysed(&plant());
    let mut out = Vec::new();
    collected.findings.iter().for_each(|finding| ndjson::write(&mut out, finding, super::Files(&files)).unwrap());
    let mut whole = Vec::new();
    json::write(&mut whole, &Document { inputs: &files, warnings: &[], collected: &collected, report: &report, terms: Terms::default() })
        .unwrap();
    let whole: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    let lines: Vec<serde_json::Value> = out.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    assert_eq!(whole["findings"].as_array(), Some(&lines));
}

#[test]
fn nothing_that_a_terminal_acts_on_gets_out() {
    let mut wire = Wire::default();
    let client = wire.open(0, 7, 51822);
    wire.client(&client, 1, b"\x10\x1c\x00\x04MQTT\x04\x02\x00\x3c\x00\x10\x1b[31m\xc2\x9bx\xe2\x80\xaey\n\xff\"\\");
    wire.client(&client, 2, b"\x30\x09\x00\x07a\x1b[2J/#");
    let (collected, report) = analysed(&wire);
    assert_eq!(collected.findings.len(), 1);
    let document = Document {
        inputs: &["a\u{1b}b".to_owned()],
        warnings: &["w\u{7}".to_owned()],
        collected: &collected,
        report: &report,
        terms: Terms::default(),
    };
    let mut out = Vec::new();
    text::write(&mut out, &document, &text::Options::long(Palette::new(false))).unwrap();
    json::write(&mut out, &document).unwrap();
    let out = String::from_utf8(out).unwrap();
    let bad: Vec<char> = out.chars().filter(|c| *c != '\n' && crate::show::is_hidden(*c)).collect();
    assert!(bad.is_empty(), "{bad:?} in {out}");
    assert!(out.contains("\"client_id_hex\":\"1b5b33316d"), "{out}");
}

#[test]
fn connections_beyond_the_limit_are_counted_and_their_findings_too() {
    let mut collected = Collected::with_limit(1);
    let mut analyzer = Analyzer::new(RULES, Settings::default());
    plant().replay(|frame| analyzer.push(frame, &mut collected));
    let report = analyzer.finish(&mut collected);
    assert_eq!((collected.connections.len(), collected.left_out()), (1, 2));
    assert_eq!(collected.totals.count(Severity::Error), 3);
    let mut out = Vec::new();
    let document = Document { inputs: &input(), warnings: &[], collected: &collected, report: &report, terms: Terms::default() };
    text::write(&mut out, &document, &text::Options::short(Palette::new(false))).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("  2 connections not listed one by one: too many\n"));
}

#[test]
fn connections_are_summed_up_by_side_and_their_report_is_the_same() {
    let text_of = |mut collected: Collected| {
        let mut analyzer = Analyzer::new(RULES, Settings::default());
        plant().replay(|frame| analyzer.push(frame, &mut collected));
        let report = analyzer.finish(&mut collected);
        let document = Document { inputs: &input(), warnings: &[], collected: &collected, report: &report, terms: Terms::default() };
        let mut out = Vec::new();
        text::write(&mut out, &document, &text::Options::long(Palette::new(false))).unwrap();
        (collected, String::from_utf8(out).unwrap())
    };
    let (all, whole) = text_of(Collected::default());
    let (few, by_side) = text_of(Collected::default().by_side());
    assert_eq!(whole, by_side);
    assert_eq!((all.connections.len(), all.left_out(), few.left_out()), (3, 0, 0));
    assert!(few.connections.len() < all.connections.len() && few.connections.iter().all(|connection| !connection.is_clean()));
    let (none, _) = text_of(Collected::with_limit(0).by_side());
    assert_eq!((none.connections.len(), none.left_out()), (0, 3));
}

#[test]
fn repeats_beyond_the_limit_are_summed_up_by_rule() {
    let limits = crate::analysis::Limits { findings: 1, findings_per_rule: 0, ..Default::default() };
    let mut collected = Collected::default();
    let mut analyzer = Analyzer::new(RULES, Settings { limits, ..Settings::default() });
    plant().replay(|frame| analyzer.push(frame, &mut collected));
    let report = analyzer.finish(&mut collected);
    let listed: u64 = report.repeats.iter().map(|repeats| repeats.more).sum();
    let unlisted: u64 = report.unlisted.iter().map(|unlisted| unlisted.more).sum();
    let all: u64 = Severity::ALL.iter().map(|severity| collected.totals.count(*severity)).sum();
    assert_eq!((report.repeats.len(), listed + unlisted), (1, all));
    assert_eq!(report.hits.repeats, report.unlisted.iter().map(|unlisted| unlisted.connections).sum::<u64>());
    let document = Document { inputs: &input(), warnings: &[], collected: &collected, report: &report, terms: Terms::default() };
    let mut out = Vec::new();
    text::write(&mut out, &document, &text::Options::short(Palette::new(false))).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains(" with more findings of a rule than are kept not named there: too many\n"), "{text}");
    assert!(text.contains("error  packet-id-zero  (2 findings)\n"), "{text}");
}

#[test]
fn a_run_fails_from_the_threshold_on() {
    let (collected, _) = analysed(&plant());
    assert_eq!(collected.totals.worst(), Some(Severity::Error));
    assert!(fails(collected.totals.worst(), Some(Severity::Error)));
    assert!(!fails(collected.totals.worst(), None));
    assert!(!fails(Some(Severity::Warning), Some(Severity::Error)));
    assert!(fails(Some(Severity::Warning), Some(Severity::Info)));
    assert!(!fails(Totals::default().worst(), Some(Severity::Info)));
}

mod lone {
    use hex_literal::hex;

    use super::*;
    use crate::analysis::{Question, State, inspect};
    use crate::report::lone;

    fn text_of(bytes: &[u8], question: &Question) -> String {
        let mut out = Vec::new();
        text::packets(&mut out, bytes, &inspect(bytes, RULES, question), &Palette::new(false)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn packets_in_hand_are_read_and_judged() {
        let bytes = hex!("101300044d5154540502003c 03 210001 0003617362  3208 0003 612f23 0000 00 30");
        insta::assert_snapshot!(text_of(&bytes, &Question::default()));
    }

    #[test]
    fn packet_that_fits_both_versions_is_read_by_both() {
        let bytes = hex!("3208 0003 612f62 0000 00");
        let answer = inspect(&bytes, RULES, &Question::default());
        let versions: Vec<_> = answer.packets[0].readings.iter().map(|reading| reading.versions.clone()).collect();
        assert_eq!(versions, [[Version::V3_1_1], [Version::V5_0]]);
        assert_eq!(lone::worst(&answer), Some(Severity::Error));
        let ping = inspect(&hex!("c000"), RULES, &Question::default());
        assert_eq!(ping.packets[0].readings[0].versions, [Version::V3_1_1, Version::V5_0]);
        let asked = Question { version: Some(Version::V3_1), ..Question::default() };
        assert_eq!(inspect(&bytes, RULES, &asked).packets[0].readings.len(), 1);
    }

    #[test]
    fn rules_that_need_history_stay_silent() {
        let subscribe = hex!("8208 0001 0003 612f62 00");
        assert_eq!(lone::worst(&inspect(&subscribe, RULES, &Question::default())), None);
    }

    #[test]
    fn sender_is_who_may_send_it() {
        let from = |bytes: &[u8]| inspect(bytes, RULES, &Question::default()).packets[0].from;
        assert_eq!([from(&hex!("20020000")), from(&hex!("c000")), from(&hex!("e000"))], [Role::Server, Role::Client, Role::Client]);
        let server = Question { from: Some(Role::Server), ..Question::default() };
        assert_eq!(inspect(&hex!("e000"), RULES, &server).packets[0].from, Role::Server);
    }

    #[test]
    fn what_is_not_whole_is_shown_but_not_judged() {
        let answer = inspect(&hex!("3209 0003 612f62 0000"), RULES, &Question::default());
        assert_eq!(answer.packets[0].state, State::Missing(2));
        assert_eq!(lone::worst(&answer), None);
        let text = text_of(&hex!("3209 0003 612f62 0000"), &Question::default());
        assert!(text.contains("Not whole: 2 bytes that the Remaining Length announces are missing."), "{text}");
        assert!(text_of(&hex!("30ffffffff01"), &Question::default()).contains("does not end within four bytes"));
        assert!(
            text_of(&hex!("c000 30"), &Question::default()).ends_with("\n1 byte behind the last packet: less than a fixed header: 30\n")
        );
    }

    #[test]
    fn json_of_packets_in_hand() {
        let bytes = hex!("3207 0003 612f23 0000 c000");
        let mut out = Vec::new();
        lone::json(&mut out, &bytes, &inspect(&bytes, RULES, &Question::default())).unwrap();
        let mut value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        value["version"] = "-".into();
        insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
        let mut lines = Vec::new();
        lone::ndjson(&mut lines, &inspect(&bytes, RULES, &Question::default())).unwrap();
        assert_eq!(lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(), 2);
    }
}
