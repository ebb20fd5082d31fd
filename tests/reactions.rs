//! Who did not close: by which statement a rule tells it, and that the faults that it waits for are looked for also where
//! nobody wants to be told of them.

mod support;

use mqttscope::analysis::{Analyzer, Settings};
use mqttscope::capture::{Options, Source};
use mqttscope::finding::{Blame, Finding};
use mqttscope::rule::Selection;
use mqttscope::rules;
use mqttscope::trace::{compile, parse};
use support::{Witness, analyse, fixtures};

/// The findings of a rule in an exchange that begins with these lines and goes on until a minute later.
fn found(rule: &str, lines: &[&str]) -> Vec<Finding> {
    let text = format!("== example\n{}\n+60s S>C ACK\nC>S ACK\n", lines.join("\n"));
    let trace = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let recording = compile(&trace.sections[0]).unwrap();
    analyse(recording.frames()).0.findings.into_iter().filter(|finding| finding.rule == rule).collect()
}

fn cites(rule: &str, lines: &[&str], clauses: &[&str]) {
    let found = found(rule, lines);
    let [finding] = &found[..] else { panic!("{rule} in {lines:?}: {found:#?}") };
    let cited: Vec<&str> = std::iter::once(finding.clause).chain(finding.also.iter().copied()).collect();
    assert_eq!(cited, clauses, "{rule} in {lines:?}");
}

const CONNECT: &str = "C>S CONNECT client_id=c1";
const CONNECT_5: &str = "C>S CONNECT version=5.0 client_id=c1";
const CONNECT_M: &str = "C>S CONNECT version=5.0 client_id=c1 authentication_method=M";
const CONNACK: &str = "S>C CONNACK";

#[test]
fn each_fault_has_its_statement() {
    let flags = "wrong-flags-not-closed";
    cites(flags, &[CONNECT, CONNACK, "C>S c1 00"], &["MQTT-2.2.2-2"]);
    cites(flags, &[CONNECT, CONNACK, "C>S 80 06 00 01 00 01 61 00"], &["MQTT-3.8.1-1", "MQTT-2.2.2-2"]);
    cites(flags, &[CONNECT, CONNACK, "C>S a0 05 00 01 00 01 61"], &["MQTT-3.10.1-1", "MQTT-2.2.2-2"]);
    cites(flags, &[CONNECT, CONNACK, "C>S e1 00"], &["MQTT-3.14.1-1", "MQTT-2.2.2-2"]);
    cites(flags, &[CONNECT_5, CONNACK, "C>S e1 00"], &["MQTT-3.14.1-1"]);
    cites(flags, &[CONNECT_5, CONNACK, "C>S 80 07 00 01 00 00 01 61 00"], &["MQTT-3.8.1-1"]);
    cites("bad-string-not-closed", &[CONNECT, CONNACK, "C>S 30 03 00 01 ff"], &["MQTT-1.5.3-1"]);
    cites("bad-string-not-closed", &[CONNECT, CONNACK, "S>C 30 03 00 01 00"], &["MQTT-1.5.3-2"]);
    let reserved = "C>S 10 0e 00 04 \"MQTT\" 04 03 00 3c 00 02 \"c1\"";
    cites("bad-connect-not-closed", &[reserved, CONNACK], &["MQTT-3.1.2-3", "MQTT-3.1.4-1"]);
    let id = "C>S 10 0e 00 04 \"MQTT\" 04 02 00 3c 00 02 ff fe";
    cites("bad-connect-not-closed", &[id], &["MQTT-3.1.4-1", "MQTT-1.5.3-1"]);
    // It closes, as most statements want; what it must not do is answer.
    cites("bad-connect-not-closed", &[reserved, "S>C CONNACK code=5 ; FIN"], &["MQTT-3.1.4-1"]);
    cites("bad-connect-not-closed", &[id, "S>C CONNACK code=2 ; FIN"], &["MQTT-3.1.4-1"]);
}

#[test]
fn each_refusal_has_its_statement() {
    let rule = "refused-client-not-closed";
    cites(rule, &[CONNECT, "S>C CONNACK code=5"], &["MQTT-3.2.2-5"]);
    cites(rule, &["C>S CONNECT client_id=c/1", "S>C CONNACK code=2"], &["MQTT-3.1.3-9", "MQTT-3.2.2-5"]);
    let empty = "C>S CONNECT client_id= clean_start=0";
    cites(rule, &[empty, "S>C CONNACK code=2"], &["MQTT-3.1.3-8", "MQTT-3.1.3-9", "MQTT-3.2.2-5"]);
    let future = "C>S CONNECT client_id=c1 protocol_level=6";
    cites(rule, &[future, "S>C CONNACK code=1"], &["MQTT-3.1.2-2", "MQTT-3.2.2-5"]);
    cites(rule, &[future, "S>C 20 03 00 84 00"], &["MQTT-3.1.2-2", "MQTT-3.2.2-7", "MQTT-4.13.2-1"]);
    cites(rule, &[CONNECT_5, "S>C 20 02 00 01"], &["MQTT-3.2.2-5"]);
    cites(rule, &[CONNECT_5, "S>C CONNACK code=0x88"], &["MQTT-3.2.2-7", "MQTT-4.13.2-1"]);
    cites(rule, &[CONNECT_5, "S>C CONNACK code=0x87"], &["MQTT-3.1.4-2", "MQTT-3.2.2-7", "MQTT-4.13.2-1"]);
    cites(rule, &[CONNECT_5, "S>C CONNACK code=0x81"], &["MQTT-4.13.1-1", "MQTT-3.2.2-7", "MQTT-4.13.2-1"]);
    cites(rule, &[CONNECT_M, "S>C CONNACK code=0x8c"], &["MQTT-4.12.0-1", "MQTT-3.2.2-7", "MQTT-4.13.2-1", "MQTT-3.1.4-2"]);
    let auth = "S>C AUTH code=0x18 authentication_method=M";
    cites(rule, &[CONNECT_M, auth, "S>C CONNACK code=0x87"], &["MQTT-4.12.0-4", "MQTT-3.2.2-7", "MQTT-4.13.2-1", "MQTT-3.1.4-2"]);
    cites(rule, &[CONNECT_M, auth, "S>C CONNACK code=0x89"], &["MQTT-3.2.2-7", "MQTT-4.13.2-1"]);
}

#[test]
fn each_disconnect_has_its_statement() {
    cites("client-open-after-disconnect", &[CONNECT, CONNACK, "C>S DISCONNECT"], &["MQTT-3.14.4-1"]);
    cites("client-open-after-disconnect", &[CONNECT_5, CONNACK, "C>S DISCONNECT"], &["MQTT-3.14.4-2"]);
    cites("client-open-after-disconnect", &[CONNECT_5, CONNACK, "C>S DISCONNECT code=0x93"], &["MQTT-3.14.4-2", "MQTT-4.13.2-1"]);
    let rule = "server-open-after-disconnect";
    cites(rule, &[CONNECT_5, CONNACK, "S>C DISCONNECT code=0x8b"], &["MQTT-3.14.4-2", "MQTT-4.13.2-1"]);
    cites(rule, &[CONNECT_5, CONNACK, "S>C DISCONNECT code=0x82"], &["MQTT-3.14.4-2", "MQTT-4.13.2-1", "MQTT-4.13.1-1"]);
    let again = ["S>C CONNACK authentication_method=M", "C>S AUTH code=0x19 authentication_method=M"];
    let failed = [CONNECT_M, again[0], again[1], "S>C DISCONNECT code=0x87"];
    cites(rule, &failed, &["MQTT-3.14.4-2", "MQTT-4.13.2-1", "MQTT-4.12.1-2"]);
    // A server that shuts down meanwhile says nothing about the authentication.
    let shut = [CONNECT_M, again[0], again[1], "S>C DISCONNECT code=0x8b"];
    cites(rule, &shut, &["MQTT-3.14.4-2", "MQTT-4.13.2-1"]);
}

#[test]
fn faults_are_looked_for_where_only_the_reaction_is_wanted() {
    let plant = |select: &[&str]| {
        let select = select.iter().map(|word| (*word).to_owned()).collect();
        let settings = Settings { selection: Selection { select, ..Selection::default() }, ..Settings::default() };
        let mut analyzer = Analyzer::new(rules::all(), settings);
        let mut witness = Witness::default();
        let path = fixtures("captures/plant.pcapng");
        let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
        while let Some(frame) = source.next().unwrap() {
            analyzer.push(&frame, &mut witness);
        }
        let report = analyzer.finish(&mut witness);
        (witness.findings, report)
    };
    for select in [&["wrong-flags-not-closed"][..], &[]] {
        let (findings, _) = plant(select);
        let found: Vec<&Finding> = findings.iter().filter(|finding| finding.rule == "wrong-flags-not-closed").collect();
        assert_eq!(
            found.iter().map(|finding| (finding.place.frame.number(), finding.clause, finding.blames)).collect::<Vec<_>>(),
            [(119, "MQTT-2.2.2-2", Blame::Server)]
        );
        assert!(select.is_empty() || findings.len() == 1, "{findings:#?}");
    }
}
