//! Rules that cite several statements: which of them a fault breaks.

mod support;

use mqttscope::finding::{Finding, Severity};
use mqttscope::trace::{compile, parse};
use support::analyse;

/// The one finding of a rule in an exchange.
fn found(rule: &str, lines: &[&str]) -> Finding {
    let text = format!("== example\n{}\n", lines.join("\n"));
    let trace = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let recording = compile(&trace.sections[0]).unwrap();
    let mut found = analyse(recording.frames()).0.findings;
    found.retain(|finding| finding.rule == rule);
    assert_eq!(found.len(), 1, "{rule} in {lines:?}: {found:#?}");
    found.remove(0)
}

fn cites(rule: &str, lines: &[&str], clauses: &[&str]) {
    let finding = found(rule, lines);
    let cited: Vec<&str> = std::iter::once(finding.clause).chain(finding.also.iter().copied()).collect();
    assert_eq!(cited, clauses, "{rule} in {lines:?}");
}

const CONNECT: &str = "C>S CONNECT client_id=c1";
const CONNECT_3: &str = "C>S CONNECT version=3.1 client_id=c1";
const CONNECT_5: &str = "C>S CONNECT version=5.0 client_id=c1";
const CONNECT_M: &str = "C>S CONNECT version=5.0 client_id=c1 authentication_method=M";
const CONNACK: &str = "S>C CONNACK";

#[test]
fn an_auth_is_an_answer_only_where_one_was_asked_for() {
    let rule = "client-auth-code-before-connack";
    let auth = "C>S AUTH code=0x19 authentication_method=M";
    cites(rule, &[CONNECT_M, "S>C AUTH code=0x18 authentication_method=M", auth], &["MQTT-4.12.0-3"]);
    cites(rule, &[CONNECT_M, auth], &["PE-1.2-2"]);
}

#[test]
fn bytes_behind_the_fields_of_connect_are_fields_or_too_many() {
    let flags = |flags: &str, len: &str, rest: &str| format!("C>S 10 {len} 00 04 \"MQTT\" 04 {flags} 00 3c 00 02 \"c1\" {rest}");
    cites("unannounced-user-name", &[&flags("02", "14", "00 04 \"user\"")], &["MQTT-3.1.2-18", "PE3-3.1.3-1"]);
    cites("unannounced-user-name", &[&flags("02", "11", "00 00 00")], &["PE3-3.1.3-1"]);
    cites("unannounced-password", &[&flags("82", "15", "00 01 75 00 02 \"pw\"")], &["MQTT-3.1.2-20", "PE3-3.1.3-1"]);
    cites("unannounced-password", &[&flags("82", "15", "00 01 75 00 00 00 00")], &["PE3-3.1.3-1"]);
    cites("unannounced-will", &[&flags("c2", "18", "00 01 77 00 01 78 00 00 00 00")], &["MQTT-3.1.2-11", "PE3-3.1.3-1"]);
    cites("unannounced-will", &[&flags("c2", "16", "00 01 75 00 01 70 00 00")], &["PE3-3.1.3-1"]);
}

#[test]
fn what_3_1_does_not_say_is_not_cited() {
    cites("reserved-connack-code", &[CONNECT, "S>C 20 02 00 06"], &["PE3-3.2.2.3-1", "MQTT-3.2.2-6"]);
    cites("reserved-connack-code", &[CONNECT_3, "S>C 20 02 00 06"], &["PE3-3.2.2.3-1"]);
    let will = "C>S 10 17 00 06 \"MQIsdp\" 03 06 00 3c 00 02 \"c1\" 00 02 77 00 00 01 78";
    cites("nul-in-will-topic", &[will], &["MQTT-4.7.3-2"]);
}

#[test]
fn what_3_1_only_describes_is_a_warning() {
    for (connect, severity) in [(CONNECT, Severity::Error), (CONNECT_3, Severity::Warning)] {
        assert_eq!(found("connect-unanswered", &[connect, "+40s S>C ACK"]).severity, severity);
        let connect = format!("{connect} keep_alive=10");
        assert_eq!(found("keep-alive-exceeded", &[&connect, CONNACK, "+20s C>S PINGREQ"]).severity, severity);
    }
}

#[test]
fn after_a_refusal_only_an_answer_shows_that_something_was_processed() {
    let (rule, refusal) = ("answered-after-refusal", "S>C CONNACK code=0x87");
    cites(rule, &[CONNECT_5, "C>S PINGREQ", refusal, "S>C PINGRESP"], &["MQTT-3.1.4-6", "MQTT-3.2.0-1"]);
    cites(rule, &[CONNECT_5, refusal, "S>C PUBLISH topic=a"], &["MQTT-3.2.0-1"]);
}

#[test]
fn a_second_connack_is_wrong_even_if_it_refuses() {
    let rule = "second-connect-answered";
    cites(rule, &[CONNECT_5, CONNACK, CONNECT_5, CONNACK], &["MQTT-3.1.0-2", "MQTT-3.2.0-2"]);
    cites(rule, &[CONNECT_5, CONNACK, CONNECT_5, "S>C CONNACK code=0x82"], &["MQTT-3.2.0-2"]);
}

#[test]
fn pubcomp_belongs_to_nothing_or_to_the_wrong_qos() {
    let rule = "pubcomp-for-unknown-id";
    let (publish, pubcomp) = ("C>S PUBLISH topic=a qos=1 packet_id=5", "S>C PUBCOMP packet_id=5");
    cites(rule, &[CONNECT, CONNACK, pubcomp], &["MQTT-4.3.3-2"]);
    cites(rule, &[CONNECT_5, CONNACK, pubcomp], &["MQTT-2.2.1-5"]);
    cites(rule, &[CONNECT, CONNACK, publish, pubcomp], &["MQTT-3.3.4-1"]);
    cites(rule, &[CONNECT_5, CONNACK, publish, pubcomp], &["MQTT-3.3.4-1"]);
}

#[test]
fn a_property_length_is_missing_or_cut_off() {
    let rule = "property-length-missing";
    cites(rule, &[CONNECT_5, CONNACK, "C>S 30 03 00 01 61"], &["MQTT-2.2.2-1", "PE-1.2-1"]);
    cites(rule, &[CONNECT_5, CONNACK, "C>S 30 04 00 01 61 80"], &["PE-1.2-1"]);
}
