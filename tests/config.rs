//! `mqttscope.toml` as the program finds and follows it.

mod program;

use std::fs;

use hex_literal::hex;
use serde_json::Value;
use tempfile::TempDir;

use program::Side::{Client, Server};
use program::{Capture, Run, command, parse, run};

/// Two clients that set DUP on QoS 0; the first also sends a Topic Name with a wildcard.
fn capture() -> Vec<u8> {
    let mut capture = Capture::new();
    for id in [b"pump-1", b"gate-1"] {
        let connect = [&hex!("10 12 0004 4d515454 04 02 003c 0006")[..], id].concat();
        capture.open().send(Client, connect).send(Server, hex!("20 02 00 00")).send(Client, hex!("38 03 0001 61"));
        if id == b"pump-1" {
            capture.send(Client, hex!("30 03 0001 23"));
        }
        capture.send(Client, hex!("e0 00"));
    }
    capture.bytes()
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().expect("a folder"));
        fs::write(place.0.path().join("plant.pcap"), capture()).expect("written");
        place
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.path().join(name), text).expect("written");
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    fn check(&self, options: &[&str]) -> Run {
        run([&["check", "--format", "json", &self.path("plant.pcap")], options].concat())
    }

    /// Rules and clients of the findings.
    fn found(&self, options: &[&str]) -> Vec<String> {
        let run = self.check(options);
        let root = parse(&run.out);
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let one = |finding: &Value| [&finding["rule"], &finding["client_id"], &finding["severity"]].map(text).join(" ");
        root["findings"].as_array().expect("findings").iter().map(one).collect()
    }
}

const ALL: [&str; 3] = ["dup-on-qos-0 pump-1 error", "wildcard-in-topic-name pump-1 error", "dup-on-qos-0 gate-1 error"];

#[test]
fn file_beside_the_capture_is_followed_and_named() {
    let place = Place::new();
    assert_eq!(place.found(&[]), ALL);
    place.write("mqttscope.toml", "[severity]\ndup-on-qos-0 = \"info\"\n[[client]]\nid = \"pump-*\"\nignore = [\"dup-on-qos-0\"]\n");
    assert_eq!(place.found(&[]), ["wildcard-in-topic-name pump-1 error", "dup-on-qos-0 gate-1 info"]);
    assert_eq!(place.found(&["--no-config"]), ALL);
    let root = parse(&place.check(&[]).out);
    assert_eq!(root["configuration"], place.path("mqttscope.toml"));
    assert_eq!((&root["sessions"][0]["findings"]["error"], &root["sessions"][1]["findings"]["info"]), (&1.into(), &1.into()));
    let told = run(["check", "-v", &place.path("plant.pcap")]);
    assert!(told.err.contains("mqttscope: configured by ") && told.out.contains("configured by "), "{}\n{}", told.err, told.out);
}

#[test]
fn command_line_wins() {
    let place = Place::new();
    let file = place.write("other.toml", "select = [\"header\"]\nignore = [\"publish\"]\nfail_on = \"never\"\nports = [\"1883=tls\"]\n");
    let file = file.as_str();
    assert!(place.found(&["--config", file]).is_empty());
    assert_eq!(place.found(&["--config", file, "--select", "dup-on-qos-0"]), [ALL[0], ALL[2]]);
    assert_eq!(place.check(&["--config", file, "--select", "publish"]).code, Some(0));
    assert_eq!(place.check(&["--config", file, "--select", "publish", "--fail-on", "error"]).code, Some(1));
    let limits = place.write("limits.toml", "ignore = [\"wildcard-in-topic-name\"]\n[limits]\nmax_findings = 1\n");
    assert_eq!(place.found(&["--config", &limits]), ALL[..1]);
    assert_eq!(place.found(&["--config", &limits, "--max-findings", "9"]), [ALL[0], ALL[2]]);
    assert!(place.found(&["--config", &limits, "--max-findings", "9", "--ignore", "MQTT-3.3.1-2"]).is_empty(), "ignore adds");
}

#[test]
fn file_in_the_current_folder_serves_standard_input_and_bytes() {
    let place = Place::new();
    place.write("mqttscope.toml", "ignore = [\"dup-on-qos-0\"]\n");
    let output = command().current_dir(place.0.path()).args(["check", "--hex", "3803000161"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn trouble_is_one_line_and_2() {
    let place = Place::new();
    let capture = place.path("plant.pcap");
    let told = run(["packets", "--config", &place.path("missing.toml"), &capture]).trouble();
    assert!(told.contains("missing.toml: cannot be read: ") && told.contains("--config"), "{told}");
    let file = place.write("mqttscope.toml", "\n[limits]\nmax_findings = \"many\"\n");
    let told = run(["sessions", &capture]).trouble();
    assert_eq!(told, format!("mqttscope: {file}: line 3, limits.max_findings: invalid value: string \"many\", expected a whole number"));
    run(["check", "--config", &file, "--no-config", &capture]).trouble();
}
