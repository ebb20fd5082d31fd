//! The statistics: charts and tables, what leads on from them, and whether the numbers are right.

use std::collections::BTreeMap;
use std::time::Duration;

use insta::assert_snapshot as same;

use super::*;
use crate::analysis::{Analyzer, Observer, PacketView};
use crate::flow::Role;
use crate::index::{Latency, Volume};
use crate::mqtt::{Body, PacketType};
use crate::rules;
use crate::tui::model::Pane;
use crate::tui::model::statistics::Series;

/// One of each latency, and messages both ways.
const TALK: &str = "== talk\n\
    C>S CONNECT client_id=pump\n\
    +3ms S>C CONNACK\n\
    C>S SUBSCRIBE packet_id=1 filter=a/#:2\n\
    +4ms S>C SUBACK packet_id=1 codes=2\n\
    C>S PUBLISH topic=a/b qos=1 packet_id=2 payload=12345\n\
    +5ms S>C PUBACK packet_id=2\n\
    C>S PUBLISH topic=a/b qos=2 packet_id=3 payload=12345\n\
    +6ms S>C PUBREC packet_id=3\n\
    +6ms C>S PUBREL packet_id=3\n\
    +6ms S>C PUBCOMP packet_id=3\n\
    S>C PUBLISH topic=a/cc retain\n\
    +2s C>S PINGREQ\n\
    +7ms S>C PINGRESP\n\
    C>S DISCONNECT\n\
    C>S FIN\n";

#[test]
fn plant_small() {
    same!(screen(plant(), "6", SMALL));
}

#[test]
fn plant_large() {
    same!(screen(plant(), "6 j j", LARGE));
}

#[test]
fn plant_narrow() {
    same!(screen(plant(), "6 j", NARROW));
}

#[test]
fn end_of_the_column_by_bytes() {
    same!(screen(plant(), "6 b w G", SMALL));
}

#[test]
fn talk_without_colour_in_ascii() {
    same!(screen(with(Choice::None, true, traffic(TALK)), "6", LARGE));
}

#[test]
fn one_packet_and_none() {
    same!(screen(traffic("== one\nC>S CONNECT client_id=a\n"), "6", SMALL));
    let nothing = screen(traffic("== none\n+1s tick\n"), "6", SMALL);
    assert!(nothing.contains("no PUBLISH") && nothing.contains("none"), "{nothing}");
}

#[test]
fn topics_from_the_wire_are_harmless() {
    let topic = format!("a/\u{1b}[31m\u{202e}温度/{}", "long/".repeat(40));
    let text = format!("== hostile\nC>S CONNECT client_id=温度計\nS>C CONNACK\nC>S PUBLISH topic=\"{topic}\"\nC>S 36 05 00 01\n");
    same!(screen(traffic(&text), "6 j", SMALL));
}

#[test]
fn ipv6_clients() {
    same!(screen(capture("clean/paho-mosquitto-v5-ipv6.pcap"), "6 j j", LARGE));
}

#[test]
fn topic_and_client_lead_to_their_sessions() {
    let mut world = plant();
    world.press("6 j Enter");
    let topic = world.model.statistics.sums.topics[0].0.clone();
    assert_eq!(world.model.pane, Pane::Sessions);
    assert_eq!(world.model.scope.filter.as_ref().unwrap().text(), format!("topic={}", String::from_utf8_lossy(&topic)));
    let fits = |id: u32| {
        let packets = &world.model.data.connection(id).unwrap().packets;
        packets.iter().any(|packet| world.model.data.index.topic(world.model.data.index.get(*packet).unwrap()) == Some(&topic))
    };
    let expected: Vec<u32> = (0..world.model.data.index.connection_count()).filter(|id| fits(*id)).collect();
    let mut rows = world.model.sessions.rows.clone();
    rows.sort_unstable();
    assert_eq!(rows, expected);
    world.press("Esc / gateway-a Enter Enter");
    assert_eq!(world.model.scope.filter.as_ref().unwrap().text(), "client=gateway-a");
    assert_eq!(world.model.sessions.rows.len(), 1);
}

#[test]
fn latencies_are_those_of_the_trace() {
    let world = traffic(TALK);
    let statistics = world.model.data.index.statistics();
    // Between two packets of different senders are a bare ACK and 0.1 ms.
    let about = |latency: Latency, milliseconds: u64| {
        let found = statistics.latency(latency);
        let off = found.longest().abs_diff(Duration::from_millis(milliseconds));
        assert!(found.samples() == 1 && off < Duration::from_millis(1), "{latency:?}: {found:?}");
        assert_eq!(found.percentile(0.5), Some(found.longest()));
    };
    about(Latency::Connack, 3);
    about(Latency::Suback, 4);
    about(Latency::Puback, 5);
    about(Latency::Pubcomp, 18);
    about(Latency::Pingresp, 7);
}

/// What the analysis shows, counted without the index.
#[derive(Default)]
struct Counts {
    packets: BTreeMap<PacketType, u64>,
    qos: [[Volume; 4]; 2],
    topics: BTreeMap<Vec<u8>, u64>,
}

impl Observer for Counts {
    fn packet(&mut self, packet: &PacketView<'_>) {
        let kind = packet.packet.packet_type();
        *self.packets.entry(kind).or_default() += 1;
        if let Body::Publish(publish) = &packet.packet.body {
            let volume = &mut self.qos[usize::from(packet.from == Role::Server)][usize::from(packet.packet.header.flags() >> 1 & 3)];
            volume.messages += 1;
            if let Some(topic) = publish.topic.filter(|topic| !topic.bytes.is_empty()) {
                *self.topics.entry(topic.bytes.to_vec()).or_default() += 1;
            }
        }
    }
}

#[test]
fn numbers_are_those_of_the_packets() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures/plant.pcapng");
    let mut source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
    let mut analyzer = Analyzer::new(rules::all(), Settings::default());
    let mut counts = Counts::default();
    while let Some(frame) = source.next().unwrap() {
        analyzer.push(&frame, &mut counts);
    }
    analyzer.finish(&mut counts);
    let mut world = plant();
    world.press("6");
    let statistics = world.model.data.index.statistics();
    for kind in PacketType::ALL {
        let expected = counts.packets.get(&kind).copied().unwrap_or_default();
        assert_eq!(statistics.packets[kind.index()], expected, "{kind}");
        for columns in [1, 7, 50, 1000] {
            let series = Series::new(&statistics.rates, columns);
            let sum: u64 = series.columns.iter().map(|column| column[kind.index()]).sum();
            assert_eq!((sum, series.columns.len()), (expected, columns), "{kind}");
            let rates = series.rates(Some(kind)).into_iter().zip(&series.widths).map(|(rate, width)| rate * width.as_secs_f64());
            assert!((rates.sum::<f64>() - expected as f64).abs() < 1e-6);
        }
    }
    for (side, expected) in statistics.qos.iter().zip(&counts.qos) {
        assert_eq!(side.map(|volume| volume.messages), expected.map(|volume| volume.messages));
    }
    for (topic, volume) in &world.model.statistics.sums.topics {
        assert_eq!(counts.topics.get(&**topic), Some(&volume.messages), "{}", String::from_utf8_lossy(topic));
    }
    let most = counts.topics.values().max().copied();
    assert_eq!(world.model.statistics.sums.topics.first().map(|(_, volume)| volume.messages), most);
}
