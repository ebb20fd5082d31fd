//! Numbers for Prometheus while it is captured: those of the packets and findings that are told.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use hex_literal::hex;
use tempfile::TempDir;

use live::{BROKER, Broker, Live, Network, Peer, clients, name, wait};
use program::{parse, run};

/// Nobody else is in the network: any port is free.
const METRICS: &str = "127.0.0.1:9469";

/// The series of the page, by name and labels.
fn page() -> BTreeMap<String, f64> {
    page_at(METRICS)
}

fn page_at(address: &str) -> BTreeMap<String, f64> {
    let mut stream = TcpStream::connect(address).expect("a server");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && body.ends_with("# EOF\n"), "{answer}");
    let series = body.lines().filter(|line| !line.starts_with('#'));
    series
        .map(|line| line.rsplit_once(' ').expect("a value"))
        .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
        .collect()
}

/// The sum of all series of a name that have a label; of all if it is empty.
fn sum(page: &BTreeMap<String, f64>, name: &str, label: &str) -> u64 {
    let of_name = page.iter().filter(|(series, _)| series.split('{').next() == Some(name) && series.contains(label));
    of_name.map(|(_, value)| *value as u64).sum()
}

#[test]
fn address_is_told_where_it_is_not_known() {
    let Some(_network) = Network::enter() else { return };
    let any = Live::start("check -q -i lo --metrics 0");
    let told = any.hear("mqttscope: metrics at http://127.0.0.1:");
    let address = told.strip_prefix("mqttscope: metrics at http://").and_then(|told| told.strip_suffix("/metrics")).expect("an address");
    assert!(!page_at(address).is_empty());
    let named = Live::start("check -i lo --metrics 9469").interrupt();
    assert_eq!(named.err, "");
    Live::start("check -v -i lo --metrics 9469").hear("mqttscope: metrics at http://127.0.0.1:9469/metrics");
}

#[test]
fn numbers_are_those_of_the_packets() {
    let Some(_network) = Network::enter() else { return };
    let Some(_broker) = Broker::start() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = name(&folder.path().join("live.pcapng"));
    // What the page itself costs on the wire is left out.
    let live =
        Live::run(program::command().args(["check", "--format", "json", "-i", "lo", "-f", "port 1883", "-w", &file, "--metrics", "9469"]));
    assert_eq!(sum(&page(), "mqttscope_packets_total", ""), 0);
    if clients().is_none() {
        return;
    }
    let mut client = Peer::connect(BROKER);
    client.send(hex!("10 0d 0004 4d515454 04 02 003c 0001 63")).expect(hex!("20 02 0000")).send(hex!("32 05 0001 61 0000")).closed();
    drop(client);

    // The finding comes with the last packet. A page is no moment: what comes while it is made is in its later part only.
    let finding = "rule=\"packet-id-zero\"";
    wait("the finding", || (sum(&page(), "mqttscope_findings_total", finding) == 1).then_some(()));
    // The kernel is asked now and then.
    let frames = |page: &BTreeMap<String, f64>| sum(page, "mqttscope_capture_frames_total", "interface=\"lo\"");
    let page = wait("the frames", || Some(page()).filter(|page| frames(page) >= sum(page, "mqttscope_packets_total", "")));
    let report = live.interrupt();
    assert_eq!(report.code, Some(1), "{}", report.err);
    let report = parse(&report.out);
    assert_eq!(Some(sum(&page, "mqttscope_packets_total", "")), report["capture"]["packets"].as_u64());
    assert_eq!(Some(sum(&page, "mqttscope_findings_total", "")), report["findings"].as_array().map(|findings| findings.len() as u64));
    assert_eq!(sum(&page, "mqttscope_connections_opened_total", ""), 7);
    // Those that are closed are followed for half a minute still.
    assert_eq!(sum(&page, "mqttscope_connections_open", "") + sum(&page, "mqttscope_connections_ended_total", ""), 7);
    assert_eq!(sum(&page, "mqttscope_capture_dropped_frames_total", ""), 0);
    let packets = run(["packets", "--format", "ndjson", &file]).ok();
    let packets: Vec<_> = packets.lines().map(parse).collect();
    for kind in ["CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "DISCONNECT"] {
        let count = packets.iter().filter(|packet| packet["type"] == kind).count() as u64;
        assert_eq!(sum(&page, "mqttscope_packets_total", &format!("type=\"{kind}\"")), count, "{kind}");
        assert!(count > 0, "{kind}");
    }
}
