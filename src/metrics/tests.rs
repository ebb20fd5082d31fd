//! What traces count, and whether the documentation has it all.

use std::collections::BTreeSet;

use super::*;
use crate::analysis::{Analyzer, Settings};
use crate::rules;
use crate::trace;

/// What a trace counts, up to its end.
fn counted(text: &str) -> Metrics {
    let mut metrics = Metrics::new();
    let mut analyzer = Analyzer::new(rules::all(), Settings::default());
    let trace = trace::parse(&format!("== test\n{text}")).unwrap();
    trace::compile(&trace.sections[0]).unwrap().frames().for_each(|frame| analyzer.push(&frame, &mut metrics));
    analyzer.finish(&mut metrics);
    metrics
}

#[track_caller]
fn holds(metrics: &Metrics, lines: &[&str]) {
    let text = metrics.text().unwrap();
    let have: BTreeSet<&str> = text.lines().filter_map(|line| line.strip_prefix("mqttscope_")).collect();
    for line in lines {
        let name = line.split(['{', ' ']).next().unwrap();
        assert!(have.contains(line), "no line {line} among {:#?}", have.iter().filter(|line| line.starts_with(name)).collect::<Vec<_>>());
    }
}

#[track_caller]
fn lacks(metrics: &Metrics, begin: &str) {
    let begin = format!("mqttscope_{begin}");
    assert!(!metrics.text().unwrap().lines().any(|line| line.starts_with(&begin)), "a line {begin}");
}

/// How many answers of a kind were measured, and how long they took together in milliseconds.
fn latency(metrics: &Metrics, answer: &str, sender: &str) -> (u64, u64) {
    let text = metrics.text().unwrap();
    let value = |end: &str| -> f64 {
        let is_it = |line: &&str| {
            line.starts_with(&format!("mqttscope_answer_latency_seconds_{end}{{"))
                && line.contains(&format!("answer=\"{answer}\",sender=\"{sender}\""))
        };
        text.lines().find(is_it).and_then(|line| line.split(' ').next_back()).unwrap().parse().unwrap()
    };
    (value("count") as u64, (value("sum") * 1000.0).round() as u64)
}

const HELLO: &str = "C>S CONNECT client_id=c1 keep_alive=10\n+2ms S>C CONNACK\n";

#[test]
fn packets_by_type_version_and_sender() {
    let metrics = counted(
        "C>S CONNECT client_id=c1\nS>C CONNACK\nC>S PUBLISH topic=a ; PUBLISH topic=a\nS>C PUBLISH topic=a\n\
         2: C>S CONNECT version=5.0 client_id=c2\n2: S>C CONNACK\n3: midstream\n3: C>S PINGREQ\n3: S>C PINGRESP\n",
    );
    holds(
        &metrics,
        &[
            r#"packets_total{type="CONNECT",version="3.1.1",sender="client"} 1"#,
            r#"packets_total{type="CONNECT",version="5.0",sender="client"} 1"#,
            r#"packets_total{type="PUBLISH",version="3.1.1",sender="client"} 2"#,
            r#"packets_total{type="PUBLISH",version="3.1.1",sender="server"} 1"#,
            r#"packets_total{type="PINGRESP",version="unknown",sender="server"} 1"#,
        ],
    );
    lacks(&metrics, r#"packets_total{type="SUBSCRIBE""#);
}

#[test]
fn connections_open_and_ended() {
    let text =
        "C>S CONNECT client_id=c1\nS>C CONNACK\nC>S DISCONNECT ; FIN\n2: C>S CONNECT client_id=c2\n2: S>C CONNACK code=5\n2: S>C FIN\n";
    let mut metrics = Metrics::new();
    let mut analyzer = Analyzer::new(rules::all(), Settings::default());
    let trace = trace::parse(&format!("== test\n{text}")).unwrap();
    trace::compile(&trace.sections[0]).unwrap().frames().for_each(|frame| analyzer.push(&frame, &mut metrics));
    holds(&metrics, &["connections_opened_total 2", "connections_open 2"]);
    analyzer.finish(&mut metrics);
    holds(
        &metrics,
        &[
            "connections_opened_total 2",
            "connections_open 0",
            r#"connections_ended_total{cause="disconnect"} 1"#,
            r#"connections_ended_total{cause="refused"} 1"#,
        ],
    );
}

#[test]
fn findings_told_and_all_of_them() {
    let text = format!("{HELLO}{}S>C PUBACK packet_id=77\n", "C>S PUBLISH topic=a qos=1 packet_id=0\n".repeat(7));
    holds(
        &counted(&text),
        &[
            r#"findings_total{rule="packet-id-zero",severity="error",side="client"} 5"#,
            r#"findings_total{rule="ack-for-unknown-id",severity="error",side="server"} 1"#,
            r#"ended_connection_findings_total{severity="error",side="client"} 7"#,
            r#"ended_connection_findings_total{severity="error",side="server"} 1"#,
        ],
    );
}

#[test]
fn silences_in_keep_alive_periods() {
    // 5 s, 10.5 s (late), and 16 s to the end, where the server closed.
    let metrics = counted(&format!("{HELLO}+5s C>S PINGREQ\nS>C PINGRESP\n+10500ms C>S PINGREQ\nS>C PINGRESP\n+16s S>C FIN\n"));
    holds(
        &metrics,
        &[
            r#"client_silence_keep_alive_ratio_bucket{le="0.25"} 0"#,
            r#"client_silence_keep_alive_ratio_bucket{le="0.5"} 1"#,
            r#"client_silence_keep_alive_ratio_bucket{le="1.05"} 1"#,
            r#"client_silence_keep_alive_ratio_bucket{le="1.25"} 2"#,
            r#"client_silence_keep_alive_ratio_bucket{le="1.5"} 2"#,
            r#"client_silence_keep_alive_ratio_bucket{le="2.0"} 3"#,
            "client_silence_keep_alive_ratio_count 3",
            "client_silences_doubtful_total 0",
        ],
    );
}

#[test]
fn silences_that_nobody_owes_are_none() {
    for text in [
        // Before CONNACK; without Keep Alive; after DISCONNECT; to the end of the capture; of the server.
        "C>S CONNECT client_id=c1 keep_alive=10\n+30s S>C CONNACK\n",
        "C>S CONNECT client_id=c1 keep_alive=0\nS>C CONNACK\n+30s C>S PINGREQ\n",
        "C>S CONNECT client_id=c1 keep_alive=10\nS>C CONNACK\nC>S DISCONNECT\n+30s C>S PINGREQ\n+30s C>S FIN\n",
        "C>S CONNECT client_id=c1 keep_alive=10\nS>C CONNACK\n+30s tick\n",
        "C>S CONNECT client_id=c1 keep_alive=10\nS>C CONNACK\n+5s S>C PUBLISH topic=a\n",
    ] {
        let disconnects = u64::from(text.contains("DISCONNECT"));
        holds(&counted(text), &[&format!("client_silence_keep_alive_ratio_count {disconnects}"), "client_silences_doubtful_total 0"]);
    }
}

#[test]
fn silence_with_a_hole_in_it_is_doubtful() {
    let metrics = counted(&format!("{HELLO}C>S PINGREQ\n+12s C>S GAP 10\n+13s C>S PINGREQ\n+1s C>S PINGREQ\n"));
    holds(
        &metrics,
        &["client_silences_doubtful_total 1", r#"stream_gaps_total{sender="client"} 1"#, r#"stream_gap_bytes_total{sender="client"} 10"#],
    );
}

#[test]
fn answers_take_their_time() {
    let metrics = counted(&format!(
        "{HELLO}C>S PUBLISH topic=a qos=2 packet_id=1\nC>S PUBLISH topic=b qos=1 packet_id=2\n+3ms S>C PUBREC packet_id=1\n\
         S>C PUBACK packet_id=2\nC>S PUBREL packet_id=1\n+4ms S>C PUBCOMP packet_id=1\nC>S SUBSCRIBE packet_id=1 filter=x/#:1\n\
         +6ms S>C SUBACK packet_id=1 codes=1\nC>S PINGREQ\n+5ms S>C PINGRESP\nC>S UNSUBSCRIBE packet_id=1 filter=x/#\n\
         +7ms S>C UNSUBACK packet_id=1\nS>C PUBLISH topic=x/y qos=1 packet_id=1\n+8ms C>S PUBACK packet_id=1\n"
    ));
    let of = |answer: &str, sender: &str| latency(&metrics, answer, sender);
    assert_eq!(of("CONNACK", "server"), (1, 2));
    assert_eq!(of("PUBREC", "server"), (1, 4));
    assert_eq!(of("PUBACK", "server"), (1, 4));
    assert_eq!(of("PUBCOMP", "server"), (1, 4));
    assert_eq!(of("SUBACK", "server"), (1, 6));
    assert_eq!(of("UNSUBACK", "server"), (1, 7));
    assert_eq!(of("PINGRESP", "server"), (1, 5));
    assert_eq!(of("PUBACK", "client"), (1, 8));
    assert_eq!(of("PUBCOMP", "client"), (0, 0));
    holds(
        &metrics,
        &[
            r#"answer_latency_seconds_bucket{le="0.005",request="PUBLISH",answer="PUBACK",sender="client"} 0"#,
            r#"answer_latency_seconds_bucket{le="0.01",request="PUBLISH",answer="PUBACK",sender="client"} 1"#,
        ],
    );
}

#[test]
fn answers_to_what_was_repeated_are_not_measured() {
    let metrics = counted(&format!(
        "{HELLO}C>S PUBLISH topic=a qos=1 packet_id=1\n+1s C>S PUBLISH topic=a qos=1 packet_id=1 dup\nS>C PUBACK packet_id=1\n\
         S>C PUBACK packet_id=1\nC>S PUBLISH topic=a qos=2 packet_id=2\nS>C PUBREC packet_id=2\nC>S PUBREL packet_id=2\n\
         +1s C>S PUBREL packet_id=2\nS>C PUBCOMP packet_id=2\n+1s S>C PUBCOMP packet_id=2\n\
         C>S SUBSCRIBE packet_id=3 filter=a\n+1s C>S SUBSCRIBE packet_id=3 filter=b\nS>C SUBACK packet_id=3 codes=0\n\
         S>C SUBACK packet_id=3 codes=0\nC>S PINGREQ\n+1s C>S PINGREQ\nS>C PINGRESP\nS>C PINGRESP\n"
    ));
    let of = |answer: &str| latency(&metrics, answer, "server").0;
    assert_eq!(["PUBACK", "PUBREC", "PUBCOMP", "SUBACK"].map(of), [0, 1, 0, 0]);
    assert_eq!(latency(&metrics, "PINGRESP", "server"), (1, 2), "the second one has no other to answer");
    assert!(metrics.round_trips.is_clear());
}

#[test]
fn identifier_that_is_free_again_is_measured() {
    let metrics = counted(&format!(
        "{HELLO}C>S PUBLISH topic=a qos=1 packet_id=1\nC>S PUBLISH topic=a qos=1 packet_id=1 dup\nS>C PUBACK packet_id=1\n\
         S>C PUBACK packet_id=1\nC>S PUBLISH topic=b qos=1 packet_id=1\n+3ms S>C PUBACK packet_id=1\n"
    ));
    assert_eq!(latency(&metrics, "PUBACK", "server"), (1, 3));
}

#[test]
fn totals_of_the_capture_are_set() {
    let metrics = Metrics::new();
    let drops =
        |received, dropped_kernel| Counters { name: "eth\"0".to_owned(), received, dropped_kernel, dropped_interface: 2, dropped_own: 1 };
    metrics.capture(&[drops(100, 7)]);
    metrics.capture(&[drops(250, 9)]);
    metrics.limits(3, 4);
    holds(
        &metrics,
        &[
            r#"capture_frames_total{interface="eth\"0"} 250"#,
            r#"capture_dropped_frames_total{interface="eth\"0",by="system"} 9"#,
            r#"capture_dropped_frames_total{interface="eth\"0",by="interface"} 2"#,
            r#"capture_dropped_frames_total{interface="eth\"0",by="program"} 1"#,
            "connections_evicted_total 3",
            "connections_expired_total 4",
        ],
    );
}

/// Each metric of a page in the form of the documentation: the name as it is queried, kind, labels; and the words of help.
fn described(text: &str) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for (at, _) in text.match_indices("# HELP ") {
        let mut lines = text[at..].lines();
        let (name, help) = lines.next().unwrap()["# HELP ".len()..].split_once(' ').unwrap();
        let kind = lines.next().unwrap().split(' ').next_back().unwrap();
        let sample = lines.find(|line| !line.starts_with('#')).unwrap();
        let labels = sample.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map_or("", |(labels, _)| labels);
        let labels = labels.split(',').filter_map(|label| label.split_once('=')).map(|(name, _)| name).filter(|name| *name != "le");
        let labels = labels.map(|label| format!("`{label}`")).collect::<Vec<_>>().join(" ");
        let total = if kind == "counter" { "_total" } else { "" };
        rows.insert(format!("| `{name}{total}` | {kind} | {labels} | {} |", help.trim_end_matches('.')));
    }
    rows
}

#[test]
fn every_metric_is_documented() {
    let metrics = counted(&format!("{HELLO}C>S PUBLISH topic=a qos=1 packet_id=0\nC>S GAP 3\nC>S PINGREQ\nC>S FIN\n"));
    metrics.capture(&[Counters { name: "eth0".to_owned(), ..Counters::default() }]);
    let rows = described(&metrics.text().unwrap());
    assert_eq!(rows.len(), format!("{:?}", metrics.registry).matches("Descriptor {").count(), "a metric does not show in this test");
    let page = include_str!("../../docs/metrics.md");
    let documented: BTreeSet<String> = page.lines().filter(|line| line.starts_with("| `mqttscope_")).map(str::to_owned).collect();
    let missing: Vec<&String> = rows.difference(&documented).collect();
    let outdated: Vec<&String> = documented.difference(&rows).collect();
    assert!(missing.is_empty() && outdated.is_empty(), "docs/metrics.md lacks {missing:#?}\nand should not have {outdated:#?}");
}

#[test]
fn documented_buckets_are_those_of_the_code() {
    let metrics = Metrics::new();
    let page = include_str!("../../docs/metrics.md");
    for name in ["client_silence_keep_alive_ratio", "answer_latency_seconds"] {
        let text = metrics.text().unwrap();
        let begin = format!("mqttscope_{name}_bucket{{le=\"");
        let mut buckets: Vec<&str> = Vec::new();
        for bucket in text.lines().filter_map(|line| line.strip_prefix(&begin)?.split('"').next()).filter(|bucket| *bucket != "+Inf") {
            let bucket = bucket.trim_end_matches(".0");
            if buckets.contains(&bucket) {
                break;
            }
            buckets.push(bucket);
        }
        let told = format!("`{name}`: {}", buckets.join(" "));
        assert!(page.lines().any(|line| line == told), "docs/metrics.md has no line {told}");
    }
}
