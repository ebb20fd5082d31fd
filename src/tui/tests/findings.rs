//! The findings: groups, details, what leads to them and from them.

use insta::assert_snapshot as same;

use super::*;
use crate::index::load;
use crate::rules;
use crate::tui::model::findings::{By, Item};
use crate::tui::model::{Focus, Pane};

/// Eight faults of one kind, of which five are kept, and others of both sides and both severities.
const FAULTS: &str = "== faults\n\
    C>S CONNECT client_id=pump\n\
    S>C CONNACK\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    C>S PUBLISH topic=a qos=1 packet_id=0\n\
    S>C PUBACK packet_id=77\n\
    2: C>S CONNECT client_id=valve keep_alive=10\n\
    2: S>C CONNACK\n\
    2: +13s C>S PINGREQ\n\
    2: S>C PINGRESP\n\
    2: C>S DISCONNECT\n\
    2: C>S FIN\n";

fn pressed(mut world: World, keys: &str, size: (u16, u16)) -> World {
    world.tell(Message::Resize(size.0, size.1));
    world.press(keys);
    world
}

#[test]
fn plant_small() {
    same!(screen(plant(), "5", SMALL));
}

#[test]
fn plant_large() {
    same!(screen(plant(), "5 j j j", LARGE));
}

#[test]
fn plant_narrow() {
    same!(screen(plant(), "5 j", NARROW));
}

#[test]
fn plant_by_client() {
    same!(screen(plant(), "5 v", LARGE));
}

#[test]
fn plant_by_side_without_colour_in_ascii() {
    same!(screen(with(Choice::None, true, plant()), "5 v v j", SMALL));
}

#[test]
fn many_of_a_kind_are_counted() {
    same!(screen(traffic(FAULTS), "5 j", LARGE));
}

#[test]
fn closed_groups() {
    same!(screen(traffic(FAULTS), "5 c", SMALL));
}

#[test]
fn rule_is_explained() {
    same!(screen(plant(), "5 j j j e", SMALL));
}

#[test]
fn clean_capture_and_one_without_mqtt() {
    let clean = screen(traffic("== one\nC>S CONNECT client_id=a\nS>C CONNACK\nC>S DISCONNECT\nC>S FIN\n"), "5", SMALL);
    assert!(clean.contains("nothing here breaks a statement that is checked"), "{clean}");
    let nothing = screen(traffic("== none\n+1s tick\n"), "5", SMALL);
    assert!(nothing.contains("no MQTT in this capture"), "{nothing}");
    let filtered = screen(plant(), "5 f client=nobody Enter", SMALL);
    assert!(filtered.contains("no finding fits the filter"), "{filtered}");
}

#[test]
fn text_from_the_wire_is_harmless() {
    let topic = format!("a/{}/\u{1b}[31m\u{202e}温度/#", "long/".repeat(40));
    let text = format!(
        "== hostile\nC>S CONNECT client_id=\"x\u{1b}]0;y\u{7}温度計\"\nS>C CONNACK\nC>S PUBLISH topic=\"{topic}\"\nC>S 36 05 00 01\n"
    );
    same!(screen(traffic(&text), "5 j j j", SMALL));
}

#[test]
fn malformed_packet() {
    same!(screen(traffic("== cut\nC>S CONNECT client_id=a\nS>C CONNACK\nC>S 32 03 00 05 61\nC>S 82 02 00 01\n"), "5 j", SMALL));
}

#[test]
fn finding_leads_to_its_packet() {
    let world = pressed(plant(), "5 / packet-id-zero Enter n Enter", SMALL);
    let Focus { packet: Some(packet), connection } = world.model.focus else { panic!("{:?}", world.model.focus) };
    let entry = world.model.data.index.get(packet).unwrap();
    assert_eq!((world.model.pane, entry.frame().number(), Some(entry.connection())), (Pane::Packet, 147, connection));
    assert_eq!(world.model.trail.last(), Some(&Pane::Findings));
}

#[test]
fn silence_leads_to_the_timeline() {
    let world = pressed(plant(), "5 / keep-alive-exceeded Enter n Enter", SMALL);
    let connection = world.model.focus.connection.and_then(|id| world.model.data.summary(id)).unwrap();
    assert_eq!((world.model.pane, connection.client_id.as_deref()), (Pane::KeepAlive, Some(&b"pump-07"[..])));
    assert!(world.model.focus.packet.is_some());
}

#[test]
fn what_is_listed_is_what_was_found() {
    for (keys, by) in [("5", By::Rule), ("5 v", By::Client), ("5 v v", By::Side)] {
        let world = pressed(traffic(FAULTS), keys, LARGE);
        let state = &world.model.findings;
        let found: u64 = world.model.data.severities.iter().sum();
        assert_eq!((state.by, state.totals()), (by, (found, 3)));
        let sums = state.groups.iter().fold([0; 3], |sum: [u64; 3], group| std::array::from_fn(|at| sum[at] + group.counts[at]));
        assert_eq!(sums, world.model.data.severities);
        let worst: Vec<_> = state.groups.iter().map(|group| std::cmp::Reverse(group.worst())).collect();
        assert!(worst.is_sorted());
    }
}

#[test]
fn filter_holds_for_findings() {
    let listed = |filter: &str| {
        let world = pressed(traffic(FAULTS), &format!("5 f {filter} Enter"), LARGE);
        let items = world.model.findings.groups.iter().flat_map(|group| &group.items);
        let kept = items.filter(|item| matches!(item, Item::Finding(_))).count() as u64;
        (kept, world.model.findings.totals().0 - kept)
    };
    let all = listed("");
    assert_eq!(listed("rule=packet-id-zero"), (5, 3));
    assert_eq!(listed("client=valve"), (1, 0));
    assert_eq!(listed("severity=warning"), (1, 0));
    assert_eq!(listed("type=PUBACK"), (1, 0));
    assert_eq!(listed("finding"), all);
}

#[test]
fn selection_stays_while_more_is_loaded() {
    let mut world = nothing("faults.pcap");
    let recording = trace::compile(trace::parse(FAULTS).unwrap().sections.first().unwrap()).unwrap();
    let source = Source::from_reader("faults.pcap", Cursor::new(recording.pcap(Resolution::Nanos)), &Options::default()).unwrap();
    let loading = load::start(source, rules::all(), Settings::default(), None).unwrap();
    let mut told: Vec<load::Message> = std::iter::from_fn(|| loading.next()).collect();
    let done = told.pop().unwrap();
    told.into_iter().for_each(|loaded| drop(world.tell(Message::Loaded(loaded))));
    world.tell(Message::Tick);
    let mut world = pressed(world, "5 G", LARGE);
    let before = world.model.findings.selected().and_then(|row| world.model.findings.item(row));
    assert_eq!(world.model.findings.totals().1, 0);
    world.tell(Message::Loaded(done));
    world.tell(Message::Tick);
    let state = &world.model.findings;
    assert_eq!((state.selected().and_then(|row| state.item(row)), state.totals().1), (before, 3));
}
