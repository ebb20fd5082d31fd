//! What is told while it is captured is what is told of the recording: packets, connections, findings, statements.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use hex_literal::hex;
use serde_json::Value;
use tempfile::TempDir;

use live::{BROKER, Broker, Helper, Live, Network, Peer, Talk, cable, clients, conclusions, frames, listed, name, settled, wait};
use program::{Run, command, parse, run};

/// Where a server listens that answers, and never closes.
const PATIENT: &str = "127.0.0.1:1884";

const CONNACK: [u8; 4] = hex!("20 02 0000");

/// CONNECT of 3.1.1 with a clean session: Keep Alive in seconds, Client Identifier.
fn connect(keep_alive: u8, client_id: &[u8; 4]) -> Vec<u8> {
    [&hex!("10 10 0004 4d515454 04 02 00")[..], &[keep_alive], &hex!("0004"), client_id].concat()
}

/// A client that publishes with packet identifier 0, for which the broker closes.
fn nought() {
    let mut client = Peer::connect(BROKER);
    client.send(connect(60, b"zero")).expect(CONNACK).send(hex!("32 07 0001 61 0000 3432")).closed();
}

/// A folder with names for recordings in it.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    fn name(&self, file: &str) -> String {
        name(&self.0.path().join(file))
    }
}

/// Checks a file.
fn check(file: &str, format: &str) -> Run {
    run(["check", "-q", "--format", format, file])
}

/// The packets in a file, as NDJSON.
fn packets(file: &str) -> String {
    run(["packets", "--format", "ndjson", file]).ok()
}

/// The report of `check` as text, without the findings told before it and without the name of the input.
fn report(out: &str, input: &str) -> String {
    let begin = out.find("mqttscope check  ").expect("a report");
    out[begin..].replacen(input, "INPUT", 1)
}

#[test]
fn reports_and_findings_are_those_of_the_recording() {
    let Some(_network) = Network::enter() else { return };
    let Some(_broker) = Broker::start() else { return };
    let place = Place::new();
    let start = |arguments: &str, file: &str| Live::start(&format!("{arguments} -i lo --port 1883 --port 1884 -w {}", place.name(file)));
    let json = start("check --format json", "json.pcapng");
    let ndjson = start("check --format ndjson", "ndjson.pcapng");
    let text = start("check --interval 0", "text.pcapng");
    let sessions = start("sessions --format json", "sessions.pcapng");

    if clients().is_none() {
        return;
    }
    nought();
    let listener = TcpListener::bind(PATIENT).expect("a server");
    let mut late = Peer::connect(PATIENT);
    let mut server = Peer::accept(&listener);
    late.send(connect(1, b"late"));
    server.expect(connect(1, b"late")).send(CONNACK);
    late.expect(CONNACK);
    // It says nothing until that is told of it.
    ndjson.line("word of the silence", |line| line.contains("keep-alive-exceeded") && line.contains("\"pending\":true"));
    late.send(hex!("c0 00"));
    server.expect(hex!("c0 00")).send(hex!("d0 00"));
    late.expect(hex!("d0 00")).send(hex!("e0 00"));
    server.expect(hex!("e0 00"));
    drop(late);
    server.closed();
    drop(server);

    let recorded = |run: &Run, file: &str| {
        let frames = frames([place.name(file)]);
        assert!(run.err.contains(&format!("mqttscope: {frames} frames (")), "{frames} in {file}: {}", run.err);
    };
    let json = json.interrupt();
    recorded(&json, "json.pcapng");
    let of_file = check(&place.name("json.pcapng"), "json");
    assert_eq!((json.code, of_file.code), (Some(1), Some(1)), "{}", json.err);
    assert_eq!(conclusions(&json.out), conclusions(&of_file.out));
    let report_ = parse(&json.out);
    let rules: Vec<&str> = report_["findings"].as_array().expect("findings").iter().map(|f| f["rule"].as_str().expect("a rule")).collect();
    for rule in ["packet-id-zero", "keep-alive-exceeded"] {
        assert!(rules.contains(&rule), "{rules:?}");
    }
    assert_eq!(report_["sessions"].as_array().map(Vec::len), Some(8));

    let ndjson = ndjson.interrupt();
    recorded(&ndjson, "ndjson.pcapng");
    let of_file = check(&place.name("ndjson.pcapng"), "ndjson");
    assert_eq!((ndjson.code, of_file.code), (Some(1), Some(1)));
    assert_eq!(settled(&ndjson.out), settled(&of_file.out));

    let text = text.interrupt();
    recorded(&text, "text.pcapng");
    let of_file = check(&place.name("text.pcapng"), "text");
    assert_eq!((text.code, of_file.code), (Some(1), Some(1)));
    assert_eq!(report(&text.out, "lo"), report(&of_file.out, &place.name("text.pcapng")));

    let sessions = sessions.interrupt();
    recorded(&sessions, "sessions.pcapng");
    let of_file = run(["sessions", "--format", "json", &place.name("sessions.pcapng")]).ok();
    assert_eq!((sessions.code, parse(&sessions.out)), (Some(0), parse(&of_file)));
}

#[test]
fn packets_are_those_of_the_recording() {
    let Some(_network) = Network::enter() else { return };
    let Some(_broker) = Broker::start() else { return };
    let place = Place::new();
    let ndjson = Live::start(&format!("packets --format ndjson -i lo -w {}", place.name("ndjson.pcapng")));
    let text = Live::start(&format!("packets -i lo -w {}", place.name("text.pcapng")));
    let printed = Live::start(&format!("record --print -i lo -w {}", place.name("printed.pcapng")));
    let piped = Live::into_file(&format!("packets --format csv -i lo -o {} -w -", place.name("piped.csv")), &place.name("piped.pcapng"));
    if clients().is_none() {
        return;
    }
    nought();

    let ndjson = ndjson.interrupt();
    assert_eq!(ndjson.code, Some(0), "{}", ndjson.err);
    assert_eq!(ndjson.out, packets(&place.name("ndjson.pcapng")));
    assert!(ndjson.out.lines().count() > 100);
    for (run, file) in [(text.interrupt(), "text.pcapng"), (printed.interrupt(), "printed.pcapng")] {
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(run.out, program::run(["packets", &place.name(file)]).ok());
    }
    assert_eq!(piped.interrupt().code, Some(0));
    let csv = std::fs::read_to_string(place.name("piped.csv")).expect("a table");
    let of_file = program::run(["packets", "--format", "csv", &place.name("piped.pcapng")]).ok();
    assert_eq!(csv, of_file.replace(&place.name("piped.pcapng"), "lo"));
}

#[test]
fn who_follows_a_recording_tells_the_same() {
    let Some(_network) = Network::enter() else { return };
    let Some(_broker) = Broker::start() else { return };
    let place = Place::new();
    let (file, ring) = (place.name("one.pcapng"), place.name("ring"));
    std::fs::create_dir(&ring).expect("a folder");
    let one = Live::start(&format!("record -i lo -w {file}"));
    let many = Live::start(&format!("record -i lo -w {ring}/live.pcapng --rotate-count 40"));
    let listed_packets = Live::start(&format!("packets --format ndjson --follow {file}"));
    let checked = Live::start(&format!("check --format json --interval 0.1 --follow {file}"));
    let ring_packets = Live::start(&format!("packets --format ndjson --follow {ring}"));
    let ring_checked = Live::start(&format!("check --format json --interval 0.1 --follow {ring}"));
    if clients().is_none() {
        return;
    }
    nought();

    let (one, many) = (one.interrupt(), many.interrupt());
    assert_eq!((one.code, many.code), (Some(0), Some(0)), "{}{}", one.err, many.err);
    let files = listed(Path::new(&ring));
    let (in_one, in_ring) = (frames([&file]), frames(&files));
    assert_eq!(files.len() as u64, in_ring.div_ceil(40));

    let of_file = packets(&file);
    wait("the last packet", || (listed_packets.out().len() >= of_file.len()).then_some(()));
    assert_eq!(listed_packets.interrupt().ok(), of_file);
    checked.hear(&format!(" {in_one} frames,"));
    let checked = checked.interrupt();
    assert_eq!(conclusions(&checked.out), conclusions(&check(&file, "json").out));
    assert!(checked.out.contains("packet-id-zero"));

    let of_ring = packets(&ring);
    wait("the last packet of the ring", || (ring_packets.out().len() >= of_ring.len()).then_some(()));
    assert_eq!(ring_packets.interrupt().ok(), of_ring);
    ring_checked.hear(&format!(" {in_ring} frames,"));
    assert_eq!(conclusions(&ring_checked.interrupt().out), conclusions(&check(&ring, "json").out));
}

#[test]
fn tcpdump_through_a_pipe_tells_the_same() {
    let Some(_network) = Network::enter() else { return };
    let Some(_broker) = Broker::start() else { return };
    let place = Place::new();
    let file = place.name("tcpdump.pcap");
    let mut tcpdump = Command::new("tcpdump");
    tcpdump.args(["-i", "lo", "-U", "-w", "-", "--immediate-mode"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Some(mut tcpdump) = Helper::start(&mut tcpdump) else { return };
    wait("tcpdump", || (live::captures(tcpdump.0.id()) == 1).then_some(()));
    let second = place.name("second");
    assert!(Command::new("mkfifo").arg(&second).status().expect("mkfifo").success());
    let mut tee = Command::new("tee");
    tee.args([&file, &second]).stdin(tcpdump.0.stdout.take().expect("a pipe")).stdout(Stdio::piped());
    let Some(mut tee) = Helper::start(&mut tee) else { return };
    let mut listed = command();
    let listed = Live::spawn(listed.args(["packets", "--format", "ndjson", "-"]).stdin(tee.0.stdout.take().expect("a pipe")));
    let mut checked = command();
    let checked = Live::spawn(checked.args(["check", "--format", "json", "-"]).stdin(std::fs::File::open(&second).expect("a pipe")));
    if clients().is_none() {
        return;
    }
    nought();

    // While the pipe is open, what was sent through it is told: the packet of the fault is one of the last.
    listed.see("\"packet_id\":0");
    live::signal(tcpdump.0.id(), "INT");
    assert!(tcpdump.0.wait().expect("tcpdump").success());
    assert!(tee.0.wait().expect("tee").success());
    assert_eq!(listed.end().ok(), packets(&file));
    let checked = checked.end();
    assert_eq!((checked.code, checked.err.as_str()), (Some(1), ""));
    assert_eq!(conclusions(&checked.out), conclusions(&check(&file, "json").out));
}

/// NDJSON without the member `file`, which only several inputs have.
fn anywhere(lines: &str) -> Vec<Value> {
    let without = |line| {
        let mut packet = parse(line);
        packet.as_object_mut().expect("an object").remove("file");
        packet
    };
    lines.lines().map(without).collect()
}

#[test]
fn several_interfaces_are_one_capture() {
    let Some((_near, far)) = cable() else { return };
    let place = Place::new();
    let start = |interfaces: &str, file: &str| Live::start(&format!("packets --format ndjson {interfaces} -w {}", place.name(file)));
    let each = start("-i near -i lo", "each.pcapng");
    let any = start("-i any", "any.pcapng");
    let checked = Live::start(&format!("check --format json -i lo -i near -w {}", place.name("checked.pcapng")));
    let mut talks = [Talk::across(&far), Talk::open("127.0.0.1:1884")];
    for size in 1..=40 {
        talks.iter_mut().for_each(|talk| talk.publish(&vec![b'x'; size]));
    }
    for talk in &mut talks {
        talk.client.send(hex!("32 05 0001 61 0000"));
        talk.server.expect(hex!("32 05 0001 61 0000"));
    }
    drop(talks);

    for (live, file) in [(each, "each.pcapng"), (any, "any.pcapng")] {
        let run = live.interrupt();
        assert_eq!(run.code, Some(0), "{}", run.err);
        frames([place.name(file)]);
        let (told, of_file) = (anywhere(&run.out), anywhere(&packets(&place.name(file))));
        assert_eq!(told, of_file);
        assert_eq!(told.iter().filter(|packet| packet["type"] == "PUBLISH").count(), 82, "{file}");
    }
    let run = checked.interrupt();
    assert_eq!(run.code, Some(1), "{}", run.err);
    let (live, of_file) = (conclusions(&run.out), conclusions(&check(&place.name("checked.pcapng"), "json").out));
    assert_eq!(live["statements"], of_file["statements"]);
    assert_eq!(live["sessions"].as_array().map(Vec::len), Some(2));
    assert_eq!(live["findings"].as_array().map(Vec::len), Some(2));
}
