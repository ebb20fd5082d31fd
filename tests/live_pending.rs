//! A client that falls silent is told of while nothing at all is on the wire; what is found in the end is what the recording shows.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;

use std::net::TcpListener;

use hex_literal::hex;
use serde_json::Value;
use tempfile::TempDir;

use live::{Live, Network, Peer, conclusions, name, settled, wait};
use program::{parse, run};

const SERVER: &str = "127.0.0.1:1883";
/// Keep Alive 1 s.
const CONNECT: [u8; 15] = hex!("10 0d 0004 4d515454 04 02 0001 0001 63");
const CONNACK: [u8; 4] = hex!("20 02 0000");

/// A client and a server that never closes.
fn connected() -> (Peer, Peer) {
    let listener = TcpListener::bind(SERVER).expect("a server");
    let (mut client, mut server) = (Peer::connect(SERVER), Peer::accept(&listener));
    client.send(CONNECT);
    server.expect(CONNECT).send(CONNACK);
    client.expect(CONNACK);
    (client, server)
}

/// Rule, and whether it is pending, of each line.
fn told(out: &str) -> Vec<(String, bool)> {
    let told = |finding: Value| (finding["rule"].as_str().expect("a rule").to_owned(), finding["pending"] == true);
    out.lines().map(|line| told(parse(line))).collect()
}

fn pending(rule: &str) -> (String, bool) {
    (rule.to_owned(), true)
}

fn found(rule: &str) -> (String, bool) {
    (rule.to_owned(), false)
}

/// Frames that the kernel has seen pass on the loopback interface.
fn passed() -> u64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/net/dev").expect("statistics");
    let line = statistics.lines().find_map(|line| line.trim_start().strip_prefix("lo:")).expect("loopback");
    line.split_whitespace().nth(1).expect("a number").parse().expect("a number")
}

#[test]
fn silence_is_told_while_it_lasts_and_settled_when_it_ends() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = name(&folder.path().join("live.pcapng"));
    let ndjson = Live::start(&format!("check --format ndjson --close-timeout 1 -i lo -w {file}"));
    let text = Live::start("check --close-timeout 1 --interval 0 -i lo");
    let other = name(&folder.path().join("other.pcapng"));
    let json = Live::start(&format!("check --format json --close-timeout 1 -i lo -w {other}"));
    let (mut client, mut server) = connected();

    let before = passed();
    let silence = [pending("keep-alive-late"), pending("keep-alive-exceeded"), pending("silent-client-not-closed")];
    wait("word of the silence", || (told(&ndjson.out()).len() >= 3).then_some(()));
    assert_eq!(told(&ndjson.out()), silence);
    for rule in ["keep-alive-late", "keep-alive-exceeded", "silent-client-not-closed"] {
        text.line(rule, |line| line.contains(&format!("  {rule}  ")) && line.ends_with(", pending: it goes on"));
    }
    assert_eq!(passed(), before, "nothing was on the wire");

    client.send(hex!("c0 00"));
    server.expect(hex!("c0 00")).send(hex!("d0 00"));
    client.expect(hex!("d0 00"));
    wait("what is found", || told(&ndjson.out()).contains(&found("keep-alive-exceeded")).then_some(()));
    let (ndjson, text, json) = (ndjson.interrupt(), text.interrupt(), json.interrupt());
    assert_eq!((ndjson.code, text.code, json.code), (Some(1), Some(1), Some(1)));
    let lines = told(&ndjson.out);
    assert_eq!(lines[..3], silence);
    assert!(lines[3..].iter().all(|(_, pending)| !pending), "{lines:?}");

    // What is pending is not counted, and the report is that of the recording.
    let of_file = |format: &str, file: &str| run(["check", "-q", "--close-timeout", "1", "--format", format, file]).out;
    assert_eq!(settled(&ndjson.out), settled(&of_file("ndjson", &file)));
    assert_eq!(conclusions(&json.out), conclusions(&of_file("json", &other)));
    assert_eq!(parse(&json.out)["findings"].as_array().map(Vec::len), Some(lines.len() - 3));
    let report = text.out.find("mqttscope check  ").expect("a report");
    assert!(!text.out[report..].contains("pending"), "{}", text.out);
}

#[test]
fn sums_tell_the_present_and_what_is_open() {
    let Some(_network) = Network::enter() else { return };
    let live = Live::start("check --interval 0.2 -i lo");
    let peers = connected();
    live.see(" 1 connection with MQTT (1 open), ");
    drop(peers);
    // Followed for half a minute still.
    live.see(" 1 connection with MQTT (0 open), ");
    // Time, and frames with what comes behind them: the one goes on without the other.
    wait("time that goes on", || {
        let out = live.out();
        let mut sums = out.lines().rev().map_while(|line| line.split_once("  "));
        sums.next().zip(sums.next()).filter(|((now, sum), (before, same))| now > before && sum == same).map(|_| ())
    });
}

#[test]
fn silence_that_is_over_in_time_is_not_told_of() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = name(&folder.path().join("live.pcapng"));
    let live = Live::start(&format!("check --format json -i lo -w {file}"));
    let watched = Live::start("check --format ndjson -i lo");
    let (mut client, mut server) = connected();
    let (mut other, mut others) = {
        // Silent, so that the time can be told by what is told of it.
        let listener = TcpListener::bind("127.0.0.1:1884").expect("a server");
        let (mut client, mut server) = (Peer::connect("127.0.0.1:1884"), Peer::accept(&listener));
        client.send(hex!("10 0d 0004 4d515454 04 02 0001 0001 64"));
        server.expect(hex!("10 0d 0004 4d515454 04 02 0001 0001 64")).send(CONNACK);
        client.expect(CONNACK);
        (client, server)
    };
    // One pings at least every half a second until the other was silent for too long.
    wait("word of the other", || {
        client.send(hex!("c0 00"));
        server.expect(hex!("c0 00")).send(hex!("d0 00"));
        client.expect(hex!("d0 00"));
        watched.out().contains("keep-alive-exceeded").then_some(())
    });
    other.send(hex!("c0 00"));
    others.expect(hex!("c0 00"));
    let watched = watched.interrupt();
    let clients = watched.out.lines().map(|line| parse(line)["client_id"].as_str().expect("an id").to_owned());
    assert!(clients.clone().count() >= 2 && clients.clone().all(|client| client == "d"), "{}", watched.out);
    assert_eq!(conclusions(&live.interrupt().out), conclusions(&run(["check", "-q", "--format", "json", &file]).out));
}

#[test]
fn silence_in_a_pipe_or_a_file_that_grows_is_not_told_of_without_frames() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = name(&folder.path().join("live.pcapng"));
    let watched = Live::start("check --format ndjson -i lo");
    let record = Live::start(&format!("record -i lo -w {file}"));
    let followed = Live::start(&format!("check --format ndjson --interval 0.1 --follow {file}"));
    let (mut client, mut server) = connected();
    watched.see("keep-alive-exceeded");
    // Nothing tells how late it is but the frames.
    followed.hear(" 2 control packets;");
    assert_eq!(followed.out(), "");
    client.send(hex!("c0 00"));
    server.expect(hex!("c0 00"));
    followed.see("keep-alive-exceeded");
    record.interrupt();
    let out = followed.interrupt().out;
    assert_eq!(settled(&out), settled(&run(["check", "-q", "--format", "ndjson", &file]).out));
}
