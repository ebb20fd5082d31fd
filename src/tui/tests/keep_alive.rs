//! The keep-alive timeline.

use insta::assert_snapshot as same;

use super::*;

/// A client that becomes slower and slower, until the server has enough.
const SLOWER: &str = "== t\nC>S CONNECT client_id=pump-07 keep_alive=60\nS>C CONNACK\n+60s C>S PINGREQ\n+3ms S>C PINGRESP\n+60s C>S PINGREQ\n\
    +4ms S>C PINGRESP\n+60s C>S PINGREQ\n+80ms S>C PINGRESP\n+74s C>S PINGREQ\n+3ms S>C PINGRESP\n+92s S>C FIN\nC>S FIN\n";

/// The timeline of a trace.
fn timeline(text: &str, keys: &str, size: (u16, u16)) -> String {
    screen(traffic(text), &format!("4 {keys}"), size)
}

/// What the timeline says in the end, without its styles.
fn sentence(text: &str) -> String {
    let shown = timeline(text, "", (200, 30));
    let lines = shown.lines().take(29).skip_while(|line| !line.contains(">1.5×")).skip(1);
    lines.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn plant_small() {
    same!(screen(plant(), "4 j", SMALL));
}

#[test]
fn plant_large() {
    same!(screen(plant(), "4", LARGE));
}

#[test]
fn plant_narrow() {
    same!(screen(plant(), "4 j", NARROW));
}

#[test]
fn plant_in_ascii_without_colour() {
    same!(screen(with(Choice::None, true, plant()), "4 j", LARGE));
}

#[test]
fn late_ping_is_two_keys_away() {
    same!(screen(plant(), "4 ]", SMALL));
}

#[test]
fn zoomed_around_the_cursor_and_moved() {
    same!(screen(plant(), "4 ] + + + Left Left w", SMALL));
}

#[test]
fn all_of_one_connection() {
    same!(screen(plant(), "4 j j z", SMALL));
}

#[test]
fn only_the_marked() {
    same!(screen(plant(), "Space j Space 4", SMALL));
}

#[test]
fn slower_and_slower() {
    same!(timeline(SLOWER, "", SMALL));
}

#[test]
fn nothing_at_all() {
    same!(screen(nothing("plant.pcapng"), "4", SMALL));
}

#[test]
fn one_packet() {
    same!(timeline("== t\nC>S CONNECT client_id=a\n", "] c v + - H L Left Right", SMALL));
}

#[test]
fn odd_clients() {
    same!(timeline(
        "== t\nC>S CONNECT client_id=\"a\u{202e}b\\x1b[31m\" keep_alive=0\nS>C CONNACK\n2: C>S CONNECT client_id=温度計-very-long-name-of-a-thermometer-in-the-cellar\n\
         2: S>C CONNACK\n+20s 2: C>S 30 05 00 09 61 62 63\n3: midstream\n+1s 3: C>S PINGREQ\n3: S>C PINGRESP\n",
        "j",
        SMALL
    ));
}

#[test]
fn ipv6() {
    same!(screen(capture("clean/paho-mosquitto-v311-ipv6.pcap"), "4", SMALL));
}

#[test]
fn jumps_go_from_lane_to_lane() {
    let mut world = plant();
    world.tell(Message::Resize(80, 24));
    let mut seen = Vec::new();
    world.press("4");
    for _ in 0..4 {
        world.press("c");
        seen.push(world.model.note.clone().unwrap().text);
    }
    world.press("C");
    assert_eq!(world.model.note.clone().unwrap().text, seen[2]);
    same!(seen.join("\n"));
}

#[test]
fn enter_shows_the_packet_nearest_to_the_cursor_in_the_ladder() {
    let mut world = traffic(SLOWER);
    world.tell(Message::Resize(80, 24));
    world.press("4 ] Enter");
    let packet = world.model.focus.packet.and_then(|packet| world.model.data.index.get(packet)).unwrap();
    assert_eq!((world.model.pane, packet.kind()), (crate::tui::model::Pane::Ladder, crate::mqtt::PacketType::Pingreq));
    assert_eq!(world.model.data.index.round_trip(world.model.focus.packet.unwrap() + 1).map(|took| took.as_millis()), Some(3));
    world.press("Esc [ o");
    assert_eq!(world.model.pane, crate::tui::model::Pane::Packet);
}

#[test]
fn sentences_are_true() {
    let sentences = [
        ("server closes as it must", SLOWER),
        (
            "never late",
            "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+9s C>S PINGREQ\nS>C PINGRESP\n+9s C>S PINGREQ\nS>C PINGRESP\n+9s C>S DISCONNECT\nC>S FIN\n",
        ),
        (
            "within the grace",
            "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+10900ms C>S PINGREQ\nS>C PINGRESP\n+10s C>S DISCONNECT\nC>S FIN\n",
        ),
        (
            "other packets",
            "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+4s C>S PUBLISH topic=a\n+4s C>S PUBLISH topic=a\n+1s C>S DISCONNECT\nC>S FIN\n",
        ),
        ("off", "== t\nC>S CONNECT client_id=a keep_alive=0\nS>C CONNACK\n+600s C>S PINGREQ\nS>C PINGRESP\n"),
        (
            "off by the server",
            "== t\nversion 5.0\nC>S CONNECT client_id=a keep_alive=60\nS>C CONNACK server_keep_alive=0\n+600s C>S PUBLISH topic=a\n",
        ),
        (
            "set by the server",
            "== t\nversion 5.0\nC>S CONNECT client_id=a keep_alive=60\nS>C CONNACK server_keep_alive=10\n+20s C>S PINGREQ\nS>C PINGRESP\n",
        ),
        (
            "closed early",
            "== t\nversion 5.0\nC>S CONNECT client_id=a keep_alive=60\nS>C CONNACK\n+30s S>C DISCONNECT code=0x8d ; FIN\nC>S FIN\n",
        ),
        (
            "closed early, though off",
            "== t\nversion 5.0\nC>S CONNECT client_id=a keep_alive=0\nS>C CONNACK\n+30s S>C DISCONNECT code=0x8d ; FIN\nC>S FIN\n",
        ),
        (
            "closed too late",
            "== t\nversion 5.0\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+40s S>C DISCONNECT code=0x8d ; FIN\nC>S FIN\n",
        ),
        ("not closed", "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+55s S>C PUBLISH topic=a\nC>S PINGREQ\nS>C PINGRESP\n"),
        ("gone", "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+55s tick\n"),
        ("mid-stream", "== t\nmidstream\nC>S PINGREQ\nS>C PINGRESP\n+60s C>S PINGREQ\nS>C PINGRESP\n"),
        ("no CONNACK", "== t\noneway C>S\nC>S CONNECT client_id=a keep_alive=10\n+10s C>S PINGREQ\n+10s C>S PINGREQ\n"),
        ("refused", "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK code=5 ; FIN\nC>S FIN\n"),
        (
            "gap",
            "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+8s C>S GAP 2\n+12s C>S PINGREQ\nS>C ACK\nS>C ACK\nS>C ACK\nS>C ACK\n",
        ),
        ("no answer", "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+9s C>S PINGREQ\n+9s C>S PINGREQ\n+1s C>S FIN\nS>C FIN\n"),
        (
            "server closes for nothing visible",
            "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+9s C>S PINGREQ\nS>C PINGRESP\n+5s S>C FIN\nC>S FIN\n",
        ),
    ];
    let all = sentences.map(|(name, text)| format!("{name}: {}", sentence(text)));
    same!(all.join("\n"));
}

#[test]
fn doubtful_silence_is_hatched() {
    let gap = "== t\nC>S CONNECT client_id=a keep_alive=10\nS>C CONNACK\n+8s C>S GAP 2\n+12s C>S PINGREQ\nS>C ACK\nS>C ACK\nS>C ACK\nS>C ACK\n+5s C>S PINGREQ\n";
    same!(timeline(gap, "", SMALL));
}
