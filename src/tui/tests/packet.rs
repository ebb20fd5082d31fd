//! The packet pane.

use insta::assert_snapshot as same;

use super::*;

const SOME: &str = r#"== some
C>S CONNECT version=5.0 client_id=pump-07 keep_alive=60 receive_maximum=20 user_name=u password=secret will_topic=gone will_payload=x
S>C CONNACK topic_alias_maximum=10
C>S PUBLISH topic=plant/pump/07 qos=1 packet_id=7 content_type=application/json payload="{\"t\":21.5,\"ok\":[true,{}]}"
S>C PUBACK packet_id=7
C>S 30 06 00 01 61 05 01 01
S>C FIN
"#;

#[test]
fn first_packet_of_the_plant() {
    same!(screen(plant(), "3", SMALL));
    same!(screen(plant(), "3", LARGE));
    same!(screen(plant(), "3", NARROW));
}

#[test]
fn connect_with_all_its_fields() {
    same!(screen(traffic(SOME), "3 j j j j j j j j", LARGE));
    same!(screen(traffic(SOME), "3 Left j j j j j", SMALL));
}

#[test]
fn payload_has_forms() {
    same!(screen(traffic(SOME), "3 ] ]", LARGE));
    same!(screen(traffic(SOME), "3 ] ] r", SMALL));
    same!(screen(traffic(SOME), "3 ] ] r r", SMALL));
    same!(screen(traffic(SOME), "3 ] ] r r r", SMALL));
}

#[test]
fn malformed_packet_shows_where_it_broke() {
    same!(screen(traffic(SOME), "3 }", SMALL));
    same!(screen(traffic(SOME), "3 }", LARGE));
}

#[test]
fn without_colour_in_ascii() {
    same!(screen(with(Choice::None, true, traffic(SOME)), "3 ] ] o", SMALL));
}

#[test]
fn topic_that_terminals_would_act_on() {
    same!(screen(
        traffic("== t\nmidstream\nC>S CONNECT client_id=c\nS>C CONNACK\nC>S 30 0a 00 04 61 1b 5b 32 5c 6f 1b 07\n"),
        "3 ] ]",
        SMALL
    ));
}

#[test]
fn nothing_is_selected() {
    same!(screen(nothing("empty.pcap"), "3", SMALL));
}

#[test]
fn capture_that_is_gone_gives_a_sentence() {
    let mut world = traffic(SOME);
    world.capture = None;
    world.tell(Message::Resize(80, 24));
    let effects = world.press("3");
    assert_eq!(effects, [Effect::Read(0)]);
    world.tell(Message::Read(0, Err("traffic.pcap has changed since it was read".into())));
    same!(screen(world, "", SMALL));
}

#[test]
fn late_answers_are_ignored_and_recent_packets_are_kept() {
    let mut world = traffic(SOME);
    world.tell(Message::Resize(80, 24));
    world.press("3 ]");
    world.tell(Message::Read(0, Err("too late".into())));
    assert!(world.model.packet.shown().is_some());
    world.capture = None;
    assert_eq!(world.press("["), [], "the first packet was read before");
    assert_eq!(world.press("] ]"), [Effect::Read(2)]);
}
