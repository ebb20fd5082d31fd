//! The list of connections, and what lies over it.

use insta::assert_snapshot as same;

use super::*;

#[test]
fn nothing_loaded_yet() {
    same!(screen(nothing("plant.pcapng"), "", SMALL));
}

#[test]
fn plant_small() {
    same!(screen(plant(), "", SMALL));
}

#[test]
fn plant_large() {
    same!(screen(plant(), "j j j", LARGE));
}

#[test]
fn plant_narrow() {
    same!(screen(plant(), "", NARROW));
}

#[test]
fn traffic_of_a_trace() {
    let world = traffic("== one\nC>S CONNECT client_id=a\u{202e}b\nS>C CONNACK\nC>S FIN\n2: C>S CONNECT client_id=温度計 user_name=x\n");
    same!(screen(world, "", SMALL));
}

#[test]
fn plant_without_colour_in_ascii() {
    same!(screen(with(Choice::None, true, plant()), "Space", SMALL));
}
