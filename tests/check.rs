//! `mqttscope check` as a program: formats, exit codes, where its words go.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mqttscope")).arg("check").args(arguments).output().unwrap()
}

fn plant() -> String {
    fixture("captures/plant.pcapng").display().to_string()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn text_says_who_broke_what_where() {
    let output = check(&[&plant()]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), ""));
    let out = text(&output.stdout);
    for line in [
        "● error  packet-id-zero  ",
        "  MQTT 3.1.1, section 2.3.1 Packet Identifier: MQTT-2.3.1-1",
        "  client \"sensor-4\" at 10.20.0.34:60715, to server 10.20.0.1:1883 (connection 5)",
        "    frame 147  11:28:00.925 (+14.999 s)  client PUBLISH #0 QoS 1 \"plant/sensor/4/vibration\" 12 B",
        "      Wireshark: tcp.stream eq 5 && frame.number == 147",
        "FAIL  client \"sensor-4\"  ",
        "PASS  client \"gateway-a\"  ",
    ] {
        assert!(out.lines().any(|shown| shown.starts_with(line)), "{line:?} is not in\n{out}");
    }
    assert!(!out.contains('\u{1b}'));
    assert!(text(&check(&["--color", "always", &plant()]).stdout).contains("\u{1b}[31m● error"));
}

#[test]
fn exit_code_follows_the_threshold() {
    let clean = fixture("clean/libmosquitto-mosquitto-v311.pcapng").display().to_string();
    let code = |arguments: &[&str]| check(arguments).status.code();
    assert_eq!(code(&[&clean]), Some(0));
    assert_eq!(code(&["--fail-on", "never", &plant()]), Some(0));
    assert_eq!(code(&["--fail-on", "info", &plant()]), Some(1));
    assert_eq!(code(&["--ignore", "M", &plant()]), Some(0));
    assert_eq!(code(&["/does/not/exist.pcap"]), Some(2));
    assert_eq!(code(&["--hex", "c000"]), Some(0));
    assert_eq!(code(&["--hex", "c100"]), Some(1));
    assert_eq!(code(&["--hex", "c100", "--fail-on", "never"]), Some(0));
    assert_eq!(code(&["--hex", "nonsense"]), Some(2));
}

#[test]
fn json_has_what_the_contract_says() {
    let output = check(&["--format", "json", &plant()]);
    let root: Value = serde_json::from_slice(&output.stdout).unwrap();
    for key in ["tool", "version", "inputs", "capture", "sessions", "findings", "statements"] {
        assert!(!root[key].is_null(), "{key}");
    }
    for key in ["frames", "bytes", "tcp_connections", "mqtt_connections", "skipped", "gaps", "first_time", "last_time"] {
        assert!(!root["capture"][key].is_null(), "capture.{key}");
    }
    let statements = root["statements"].as_array().unwrap();
    for statement in statements {
        for key in ["clause", "version", "rule", "scope", "pass", "fail", "inconclusive", "status"] {
            assert!(statement.get(key).is_some(), "statements[].{key}");
        }
    }
    let findings = root["findings"].as_array().unwrap();
    for key in "rule clause version severity certainty blames connection client_id frame time offset message evidence filter".split(' ') {
        assert!(findings.iter().any(|finding| finding.get(key).is_some()), "findings[].{key}");
    }
    let zero = findings.iter().find(|finding| finding["rule"] == "packet-id-zero").unwrap();
    assert_eq!((&zero["frame"], &zero["clause"], &zero["client_id"]), (&147.into(), &"MQTT-2.3.1-1".into(), &"sensor-4".into()));
    let violated = |statement: &&Value| statement["clause"] == "MQTT-2.3.1-1" && statement["version"] == "3.1.1";
    assert_eq!(statements.iter().find(violated).unwrap()["status"], "violated");
    // One object for a connection, whichever command shows it.
    let sessions = Command::new(env!("CARGO_BIN_EXE_mqttscope")).args(["sessions", "--format", "json", &plant()]).output().unwrap();
    let mut sessions: Vec<Value> = serde_json::from_slice(&sessions.stdout).unwrap();
    let mut same = root["sessions"].as_array().unwrap().clone();
    for list in [&mut sessions, &mut same] {
        list.sort_by_key(|session| session["connection"].as_u64());
    }
    assert_eq!(sessions, same);
}

#[test]
fn ndjson_is_findings_and_nothing_else() {
    let output = check(&["--format", "ndjson", &plant()]);
    let findings: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let root: Value = serde_json::from_slice(&check(&["--format", "json", &plant()]).stdout).unwrap();
    assert_eq!(Some(&findings), root["findings"].as_array());
    assert!(text(&output.stderr).contains("\nFAIL  client \"sensor-3\""), "{}", text(&output.stderr));
    let quiet = check(&["--format", "ndjson", "-q", &plant()]);
    assert_eq!((text(&quiet.stderr), quiet.stdout), ("", output.stdout));
}

#[test]
fn packets_in_hand_are_taken_in_many_forms() {
    let expected = check(&["--hex", "82 06 0001 0001 23 01"]);
    assert!(text(&expected.stdout).contains("SUBSCRIBE #1 \"#\" QoS 1\n"), "{}", text(&expected.stdout));
    for hex in ["8206000100012301", "82:06:00:01:00:01:23:01", "uint8_t p[] = {0x82, 0x6, 0x0, 0x1, 0x0, 0x1, 0x23, 0x1};"] {
        assert_eq!(text(&check(&["--hex", hex]).stdout), text(&expected.stdout), "{hex}");
    }
    let json: Value = serde_json::from_slice(&check(&["--hex", "c100", "--version", "5.0", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["packets"][0]["readings"][0]["findings"][0]["version"], "5.0");
}

#[test]
fn receive_maximum_is_counted_in_real_traffic() {
    for (side, in_flight) in [("client", 6), ("server", 5)] {
        let capture = fixture(&format!("captures/paho-mosquitto-v5-{side}-exceeds-receive-maximum.pcap"));
        let output = check(&[&capture.display().to_string()]);
        let out = text(&output.stdout);
        assert!(out.contains(&format!("● error  {side}-exceeds-receive-maximum  ")), "{out}");
        assert!(out.contains(&format!("{in_flight} PUBLISH packets with QoS 1 or 2 are unacknowledged")), "{out}");
    }
}
