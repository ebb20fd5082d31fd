//! Each statement about a single packet names a violation as bytes: the rules have to find it, by that statement.

mod support;

use mqttscope::mqtt::Version;
use mqttscope::rule::spec::{Scope, statements};
use mqttscope::trace::{compile, parse};
use support::analyse;

/// What an example breaks besides the statement that it is for: the statement, the rule that finds it, and why that is right.
const OTHERS: [(&str, &str, &str); 0] = [];

#[test]
fn examples_of_3_1_1_are_found() {
    check(Version::V3_1_1);
}

#[test]
fn examples_of_5_0_are_found() {
    check(Version::V5_0);
}

fn check(version: Version) {
    let mut wrong = Vec::new();
    for statement in statements(version).iter().filter(|statement| statement.scope == Scope::Packet) {
        let id = statement.id;
        let text = exchange(version, statement.example);
        let trace = parse(&text).unwrap_or_else(|error| panic!("{id}: {error}\n{text}"));
        let recording = compile(&trace.sections[0]).unwrap_or_else(|error| panic!("{id}: {error}\n{text}"));
        let (witness, _) = analyse(recording.frames());
        let mut found = false;
        for finding in &witness.findings {
            if finding.clause == id || finding.also.contains(&id) {
                found = true;
            } else if !OTHERS.iter().any(|(of, rule, _)| *of == id && *rule == finding.rule) {
                wrong.push(format!("{id}: also found {} ({}): {}", finding.rule, finding.clause, finding.message));
            }
        }
        if !found {
            wrong.push(format!("{id}: not found in\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// An example as a trace: with the handshake before it, unless it is a part of that.
fn exchange(version: Version, example: &str) -> String {
    let connect = format!("C>S CONNECT version={version} client_id=c");
    let handshake = ["S>C 20 ", "S>C CONNACK"].iter().any(|begin| example.starts_with(begin));
    let mut lines = vec![format!("version {version}")];
    if !["C>S 10 ", "C>S CONNECT"].iter().any(|begin| example.starts_with(begin)) {
        lines.push(connect);
        if !handshake {
            lines.push("S>C CONNACK".to_owned());
        }
    }
    for step in example.split("; ") {
        lines.push(named(step).unwrap_or(step).to_owned());
    }
    format!("== example\n{}\n", lines.join("\n"))
}

/// What the tables write in a form of their own.
fn named(step: &str) -> Option<&'static str> {
    Some(match step {
        "C>S PUBLISH(q1,id=1)" => "C>S PUBLISH topic=a qos=1 packet_id=1",
        "S>C PUBLISH(q1,id=1)" => "S>C PUBLISH topic=a qos=1 packet_id=1",
        "C>S PUBLISH(q2,id=1)" => "C>S PUBLISH topic=a qos=2 packet_id=1",
        "S>C PUBLISH(q2,id=1)" => "S>C PUBLISH topic=a qos=2 packet_id=1",
        "S>C PUBREC(1)" => "S>C PUBREC packet_id=1",
        "C>S PUBREL(1) of an open exchange" => "C>S PUBLISH topic=a qos=2 packet_id=1\nS>C PUBREC packet_id=1\nC>S PUBREL packet_id=1",
        "S>C PUBREL(1) of an open exchange" => "S>C PUBLISH topic=a qos=2 packet_id=1\nC>S PUBREC packet_id=1\nS>C PUBREL packet_id=1",
        "C>S SUBSCRIBE(id=1,\"t\")" => "C>S SUBSCRIBE packet_id=1 filter=t",
        "C>S UNSUBSCRIBE(id=1,\"t\")" => "C>S UNSUBSCRIBE packet_id=1 filter=t",
        "C>S CONNECT(id=\"\")" => "C>S CONNECT version=5.0 client_id=\"\"",
        "C>S CONNECT(requestresponse=1)" => "C>S CONNECT version=5.0 client_id=c request_response_information=1",
        "C>S CONNECT(expiry=60)" => "C>S CONNECT version=5.0 client_id=c session_expiry_interval=60\nS>C CONNACK",
        "S>C CONNACK(topicaliasmax=5)" => "S>C CONNACK topic_alias_maximum=5",
        "C>S CONNECT(authmethod=\"M\")" => "C>S CONNECT version=5.0 client_id=c authentication_method=M",
        "S>C AUTH(0x18,\"M\")" => "S>C AUTH code=0x18 authentication_method=M",
        _ => return None,
    })
}
