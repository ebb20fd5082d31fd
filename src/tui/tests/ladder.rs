//! The ladder pane.

use insta::assert_snapshot as same;

use super::*;

/// Two QoS 2 exchanges, retransmission, gap, a packet that is malformed, and a server that closes.
const EVERYTHING: &str = "== all
version 5.0
C>S CONNECT client_id=pump-07 keep_alive=60
S>C CONNACK
C>S SUBSCRIBE packet_id=1 filter=plant/+/cmd:1
S>C SUBACK packet_id=1 codes=0x87
C>S PUBLISH topic=plant/pump/07 qos=2 packet_id=7 payload=on
+40ms S>C PUBREC packet_id=7
C>S RESEND
C>S PUBREL packet_id=7
S>C PUBCOMP packet_id=7
+2s C>S PINGREQ
S>C PINGRESP
C>S GAP 1200
C>S PINGREQ
C>S 30 06 00 01 61 05 01 01
S>C FIN
";

#[test]
fn plant_small() {
    same!(screen(plant(), "Enter", SMALL));
}

#[test]
fn plant_large() {
    same!(screen(plant(), "j j j Enter j j j j j", LARGE));
}

#[test]
fn plant_narrow() {
    same!(screen(plant(), "Enter j", NARROW));
}

#[test]
fn exchange_is_a_bracket() {
    same!(screen(traffic(EVERYTHING), "Enter j j j j j", SMALL));
    same!(screen(traffic(EVERYTHING), "Enter j j j j j o o", LARGE));
}

#[test]
fn tcp_events_can_be_hidden_and_packets_filtered() {
    same!(screen(traffic(EVERYTHING), "Enter T f type~PUB Enter w", SMALL));
}

#[test]
fn findings_one_after_the_other() {
    same!(screen(plant(), "j j j Enter } }", LARGE));
    same!(screen(plant(), "j j j Enter {", SMALL));
    same!(screen(plant(), "j j j Enter } e", SMALL));
    same!(screen(traffic(EVERYTHING), "Enter }", NARROW));
}

#[test]
fn several_connections_by_time() {
    let text = "== two\nC>S CONNECT client_id=a\n2: C>S CONNECT client_id=a\n2: S>C CONNACK\nS>C CONNACK\nC>S FIN\n2: C>S PUBLISH topic=t payload=x\n";
    same!(screen(traffic(text), "Space Space Enter", SMALL));
    same!(screen(traffic(text), "Space Space Enter w w", LARGE));
}

#[test]
fn topics_that_terminals_would_act_on() {
    let text = format!(
        "== t\nC>S CONNECT client_id=a\u{202e}b\nS>C CONNACK\nC>S 30 08 00 04 61 1b 5b 32 \"on\"\nC>S PUBLISH topic=温度計/température payload=1\nC>S PUBLISH topic={}\n",
        "long/".repeat(40)
    );
    same!(screen(traffic(&text), "Enter G k", SMALL));
}

#[test]
fn search_goes_around() {
    same!(screen(traffic(EVERYTHING), "Enter / pubcomp Enter", NARROW));
    let selected = |keys: &str| {
        let mut world = traffic(EVERYTHING);
        world.press(keys);
        world.model.ladder.at.and_then(|row| row.packet())
    };
    assert_eq!(selected("Enter / #7 Space pubrel Enter"), Some(6));
    assert_eq!(selected("Enter / pump/07 Space qos Enter"), Some(4));
    assert_eq!(selected("Enter / malformed Enter n"), Some(11));
    assert_eq!(selected("Enter / pubrel Space plant Enter"), Some(0), "no packet has both");
}

#[test]
fn ipv6_client() {
    same!(screen(capture("clean/paho-mosquitto-v311-ipv6.pcap"), "Enter", SMALL));
}

#[test]
fn nothing_and_one_packet() {
    same!(screen(nothing("empty.pcap"), "2", SMALL));
    same!(screen(traffic("== one\nC>S CONNECT client_id=a\n"), "Enter G", SMALL));
}

#[test]
fn without_colour_in_ascii() {
    same!(screen(with(Choice::None, true, traffic(EVERYTHING)), "Enter j j j j", SMALL));
}

#[test]
fn back_from_a_packet_to_where_one_has_come() {
    let mut world = traffic(EVERYTHING);
    world.tell(Message::Resize(80, 24));
    world.press("Enter j j Enter ] ]");
    let packet = world.model.focus.packet;
    world.press("Esc");
    assert_eq!(world.model.ladder.at.and_then(|row| row.packet()), packet);
    assert!(packet.is_some());
}

#[test]
fn frames_of_several_inputs_are_told_apart() {
    let mut world = captures(&["clean/paho-mosquitto-v5-ipv6.pcap", "captures/plant.pcapng"]);
    let text = |world: &World| view::text(&world.draw());
    world.press("Enter");
    assert!(text(&world).contains("frame 4 of paho-mosquitto-v5-ipv6.pcap"), "{}", text(&world));
    world.press("1 G Enter Enter");
    // The version is not known without a CONNECT.
    assert!(text(&world).contains("frame 175 of plant.pcapng") && text(&world).contains("read as MQTT 3.1.1"), "{}", text(&world));
}
