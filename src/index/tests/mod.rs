//! The index of traces.

mod live;

use std::io::Cursor;

use super::load::{self, Message};
use super::*;
use crate::analysis::Settings;
use crate::capture::{Options, Reread, Source};
use crate::flow::Role;
use crate::net::FragmentLimits;
use crate::trace::{Resolution, compile, parse};

/// The first section of a trace, as it would come through a pipe.
fn source(trace: &str) -> Source {
    let trace = parse(&format!("== test\n{trace}")).unwrap();
    let pcap = compile(&trace.sections[0]).unwrap().pcap(Resolution::Nanos);
    Source::from_reader("trace", Cursor::new(pcap), &Options { copies: true, ..Options::default() }).unwrap()
}

fn loaded(trace: &str) -> (Index, Reread) {
    let source = source(trace);
    let reread = source.reread();
    (load::all(source, crate::rules::all(), Settings::default()).unwrap().0, reread)
}

fn words(index: &Index, packets: &[PacketId]) -> Vec<String> {
    packets.iter().map(|packet| index.get(*packet).unwrap()).map(|entry| format!("{} {}", entry.from(), entry.kind())).collect()
}

const HELLO: &str = "C>S CONNECT client_id=c1 keep_alive=10\n+2ms S>C CONNACK\n";

#[test]
fn steps_of_an_exchange_are_linked() {
    let (index, _) = loaded(&format!(
        "{HELLO}C>S PUBLISH topic=a qos=2 packet_id=1\nC>S PUBLISH topic=b qos=1 packet_id=2\n+3ms S>C PUBREC packet_id=1\n\
         S>C PUBACK packet_id=2\nC>S PUBREL packet_id=1\n+4ms S>C PUBCOMP packet_id=1\nC>S SUBSCRIBE packet_id=1 filter=x/#:1\n\
         S>C SUBACK packet_id=1 codes=1\nC>S PINGREQ\n+5ms S>C PINGRESP\nC>S UNSUBSCRIBE packet_id=1 filter=x/#\nS>C UNSUBACK packet_id=1\n"
    ));
    let all: Vec<Vec<PacketId>> = (0..index.len()).map(|packet| index.exchange(packet)).collect();
    assert_eq!(all[0], [0, 1]);
    assert_eq!(words(&index, &all[2]), ["client PUBLISH", "server PUBREC", "client PUBREL", "server PUBCOMP"]);
    assert_eq!(all[3], [3, 5]);
    assert_eq!(words(&index, &all[8]), ["client SUBSCRIBE", "server SUBACK"]);
    assert_eq!(words(&index, &all[11]), ["client PINGREQ", "server PINGRESP"]);
    assert_eq!(words(&index, &all[13]), ["client UNSUBSCRIBE", "server UNSUBACK"]);
    for (packet, steps) in (0..).zip(&all) {
        assert!(steps.contains(&packet) && steps.iter().all(|step| all[*step as usize] == *steps), "{packet}: {steps:?}");
    }
    let millis = |packet: PacketId| index.round_trip(packet).map(|took| took.as_millis());
    assert_eq!([0, 1, 7, 11].map(millis), [None, Some(2), Some(10), Some(5)]);
    let latency = |of: Latency| index.statistics().latency(of);
    assert!(Latency::ALL.into_iter().all(|of| latency(of).samples() == 1));
    assert_eq!(latency(Latency::Connack).percentile(0.99).unwrap().as_millis(), 2);
    assert_eq!(index.topic(index.get(8).unwrap()), Some(&b"x/#"[..]));
}

#[test]
fn repeated_publish_stays_in_its_exchange() {
    let (index, _) = loaded(&format!(
        "{HELLO}C>S PUBLISH topic=a qos=1 packet_id=1\nC>S PUBLISH topic=a qos=1 packet_id=1 dup\nS>C PUBACK packet_id=1\n\
         S>C PUBACK packet_id=1\nC>S PUBLISH topic=a qos=1 packet_id=1\n"
    ));
    assert_eq!(index.exchange(3), [2, 3, 4, 5]);
    assert_eq!(index.exchange(6), [6]);
    assert_eq!(index.statistics().latency(Latency::Puback).samples(), 1, "only one PUBACK follows its PUBLISH");
}

#[test]
fn aliases_stand_for_their_topics() {
    let (index, _) = loaded(
        "version 5.0\nC>S CONNECT client_id=c\nS>C CONNACK topic_alias_maximum=5\nC>S PUBLISH topic=long/one topic_alias=1\n\
         C>S PUBLISH topic=\"\" topic_alias=1 payload=abc\nS>C PUBLISH topic=\"\" topic_alias=1\n",
    );
    let topics: Vec<_> = (2..5).map(|packet| index.topic(index.get(packet).unwrap())).collect();
    assert_eq!(topics, [Some(&b"long/one"[..]), Some(b"long/one"), Some(b"")]);
    let (top, volume) = index.top_topics(1, |volume| volume.messages)[0];
    assert_eq!((top, volume.messages), (&b"long/one"[..], 2));
}

#[test]
fn findings_mark_their_packets() {
    let (index, _) = loaded(&format!("{HELLO}C>S PINGREQ ; 36 05 00 01 61 00 01 ; PINGREQ\n+60s C>S PINGREQ\n"));
    let marked: Vec<_> = index.packets().filter(|(_, entry)| entry.severity().is_some()).map(|(packet, _)| packet).collect();
    assert!(marked.contains(&3), "{marked:?}");
    let found: Vec<_> = index.findings_of(3).map(|found| found.finding.rule).collect();
    assert!(found.contains(&"publish-qos-3"), "{found:?}");
    assert!(!index.findings().is_empty() && index.findings().iter().all(|found| found.packet.is_some()));
    let late = index.findings().iter().find(|found| found.finding.from.is_none()).and_then(|found| found.packet).unwrap();
    assert_eq!(index.get(late).unwrap().kind(), PacketType::Pingreq);
    assert_eq!(index.connection(0).unwrap().findings.len(), index.findings().len());
}

#[test]
fn connections_of_a_client_are_linked() {
    let (index, _) = loaded(&format!(
        "{HELLO}C>S DISCONNECT ; FIN\nS>C FIN\n2: C>S CONNECT client_id=other\n2: S>C CONNACK\n3: C>S CONNECT client_id=c1\n3: S>C CONNACK\n\
         4: C>S CONNECT client_id=\"\"\n"
    ));
    assert_eq!(index.connections_of_client(0), [0, 2]);
    assert_eq!(index.connections_of_client(2), [0, 2]);
    assert_eq!(index.connections_of_client(1), [1]);
    assert_eq!(index.connections_of_client(3), [3]);
    assert_eq!(index.connection(0).unwrap().summary.ending, Ending::Disconnect);
}

#[test]
fn what_comes_back_after_its_end_is_there() {
    let (index, _) = loaded(&format!("{HELLO}C>S PINGREQ\nS>C RST\n+31s C>S PUBLISH topic=a\nC>S PUBLISH topic=b\n"));
    let packets: Vec<_> = index.connections().map(|(_, connection)| words(&index, &connection.packets)).collect();
    assert_eq!(packets, [vec!["client CONNECT", "server CONNACK", "client PINGREQ"], vec!["client PUBLISH", "client PUBLISH"]]);
    assert!(index.connections().all(|(_, connection)| connection.summary.number == 0));
}

#[test]
fn tcp_events_stand_between_packets() {
    let (index, _) = loaded(&format!("{HELLO}C>S PINGREQ\nC>S RESEND\nS>C PINGRESP\nC>S 30 0d 00 01 61 / GAP 10\nC>S PINGREQ\nC>S RST\n"));
    let connection = index.connection(0).unwrap();
    let events: Vec<_> = connection.events.iter().map(|event| (event.kind.name(), event.from, event.len, event.before)).collect();
    assert_eq!(
        events,
        [
            ("SYN", Role::Client, 0, 0),
            ("SYN-ACK", Role::Server, 0, 0),
            ("retransmission", Role::Client, 2, 3),
            ("gap", Role::Client, 10, 4),
            ("RST", Role::Client, 0, 6),
        ]
    );
    assert_eq!(connection.events_left_out, 0);
}

#[test]
fn events_are_bounded() {
    let (index, _) = loaded(&format!("{HELLO}C>S PINGREQ\n{}", "C>S RESEND\n".repeat(300)));
    let connection = index.connection(0).unwrap();
    assert_eq!((connection.events.len(), connection.events_left_out), (2 + 256, 44));
    assert_eq!(connection.summary.retransmissions, 300);
}

#[test]
fn detail_shows_what_is_there() {
    let (index, reread) = loaded(
        "C>S CONNECT client_id=c1 user_name=u password=hush\nS>C CONNACK\nC>S PUBLISH topic=a payload=\"x\"*70000\n\
         C>S 30 0d 00 01 61 / GAP 10\nC>S 82 07 00 01 00 05 61 62 63\n",
    );
    let connect = index.detail(0, &reread, false).unwrap();
    assert!(connect.bytes.ends_with(b"****") && connect.fields.iter().any(|field| field.value == "4 B, not shown"));
    assert!(index.detail(0, &reread, true).unwrap().bytes.ends_with(b"hush"));
    let long = index.detail(2, &reread, false).unwrap();
    assert_eq!((long.size, long.bytes.len(), long.cut), (70_007, 65_535, Some(Cut::TooLong)));
    assert_eq!(long.payload, Some(7..65_535));
    let damaged = index.detail(3, &reread, false).unwrap();
    assert_eq!((damaged.size, damaged.bytes.len(), damaged.cut), (15, 5, Some(Cut::Missing)));
    let malformed = index.detail(4, &reread, false).unwrap();
    assert!(index.get(4).unwrap().is_malformed() && malformed.cut.is_none());
    assert_eq!(malformed.fields.last().unwrap().value, "malformed: Topic Filter needs 7 bytes, 5 are left");
}

#[test]
fn rows_show_while_loading_goes_on() {
    let text = format!("{HELLO}{}", "C>S PINGREQ\nS>C PINGRESP\n".repeat(5000));
    let loading = load::start(source(&text), crate::rules::all(), Settings::default(), None).unwrap();
    let mut index = Index::new();
    let mut seen = Vec::new();
    let report = loop {
        match loading.next().unwrap() {
            Message::Batch(batch) => {
                assert!(batch.len() <= super::batch::BATCH);
                index.apply(*batch);
                seen.extend(index.connection(0).map(|connection| (index.len(), connection.summary.packets.iter().sum::<u64>())));
            }
            Message::Done(report) => break report,
            Message::Failed(error) => panic!("{error}"),
        }
    };
    assert!(loading.next().is_none());
    assert_eq!(u64::from(index.len()), report.stats.packets);
    assert!(seen.len() > 3, "{} batches", seen.len());
    assert!(seen.iter().any(|(packets, summed)| (1..10_000).contains(packets) && *summed > 0), "rows are filled before the end");
    assert_eq!(seen.last(), Some(&(index.len(), u64::from(index.len()))));
    assert_eq!(index.connection(0).unwrap().summary.client_id.as_deref(), Some(&b"c1"[..]));
    assert_eq!(index.statistics().rates.buckets().iter().flatten().sum::<u32>(), index.len());
}

#[test]
fn nobody_listens() {
    let loading = load::start(source(HELLO), crate::rules::all(), Settings::default(), None).unwrap();
    drop(loading);
}

#[test]
fn connections_are_saved() {
    let (index, reread) = loaded(&format!("{HELLO}2: C>S CONNECT client_id=other\n2: S>C CONNACK\nC>S PINGREQ\n2: C>S DISCONNECT ; FIN\n"));
    let span = save::Span::of(index.connection(1).unwrap());
    let mut file = Vec::new();
    let saved = save::connections(&[span], &reread, &Options::default(), FragmentLimits::default(), &mut file).unwrap();
    let source = Source::from_reader("saved", Cursor::new(file), &Options::default()).unwrap();
    let (index, report) = load::all(source, crate::rules::all(), Settings::default()).unwrap();
    assert_eq!((report.stats.frames, index.connection_count()), (saved.frames, 1));
    assert_eq!(words(&index, &[0, 1, 2]), ["client CONNECT", "server CONNACK", "client DISCONNECT"]);
}

#[test]
fn percentiles_are_near() {
    let mut histogram = Histogram::default();
    assert_eq!(histogram.percentile(0.5), None);
    (1..=1000).for_each(|micros| histogram.add(Duration::from_micros(micros)));
    for (share, micros) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
        let near = histogram.percentile(share).unwrap().as_secs_f64() * 1e6;
        assert!((near / micros - 1.0).abs() < 1.0 / 16.0, "{share}: {near}");
    }
    assert_eq!((histogram.shortest(), histogram.longest()), (Duration::from_micros(1), Duration::from_millis(1)));
    histogram.add(Duration::MAX);
    histogram.add(Duration::ZERO);
    assert_eq!(histogram.percentile(0.0), Some(Duration::ZERO));
}

#[test]
fn rates_grow_wider() {
    let mut rates = Rates::default();
    for seconds in [0, 1, 3600, 0, 86_400] {
        rates.add(crate::time::Timestamp::from_nanos(seconds * 1_000_000_000), PacketType::Pingreq);
    }
    assert_eq!(rates.width(), Duration::from_millis(1 << 16));
    assert_eq!(rates.buckets().len(), 1319);
    assert_eq!(rates.buckets()[0][PacketType::Pingreq.index()], 3);
    assert_eq!(rates.buckets().iter().flatten().sum::<u32>(), 5);
}
