//! The list of connections, and what lies over it.

use std::time::{Duration, Instant};

use insta::assert_snapshot as same;

use super::*;
use crate::tui::message::{Mouse, What};
use crate::tui::model::Pane;
use crate::tui::model::column::Column;

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

#[test]
fn sorted_by_findings_with_two_marked() {
    same!(screen(plant(), "G Space > > > > > > > k Space", LARGE));
}

#[test]
fn filter_that_lets_some_through() {
    same!(screen(plant(), "f client~sensor Space type=PUBLISH Space findings>1 Enter", SMALL));
}

#[test]
fn filter_that_makes_no_sense() {
    same!(screen(plant(), "f client~a Space clint=b Enter", SMALL));
}

#[test]
fn only_connections_of_one_client() {
    same!(screen(plant(), "j j j x", SMALL));
}

#[test]
fn search_marks_what_it_finds() {
    same!(screen(plant(), "/ PUMP Enter", SMALL));
}

#[test]
fn columns_come_in_by_what_they_are_worth() {
    let mut world = plant();
    let mut titles = |columns| {
        world.tell(Message::Resize(columns, 24));
        view::text(&world.draw())
            .lines()
            .nth(2)
            .unwrap()
            .split("  ")
            .map(str::trim)
            .filter(|title| !title.is_empty())
            .collect::<Vec<_>>()
            .join("|")
    };
    assert_eq!(titles(40), "client id|gap|findings");
    assert_eq!(titles(80), "client id|keep alive|gap|findings|ended");
    assert_eq!(titles(100), "start▴|client id|keep alive|gap|findings|ended");
    assert_eq!(titles(140), "start▴|client id|address|ver|keep alive|gap|packets ↑ / ↓|findings|ended");
    let all = "start▴|client id|address|ver|keep alive|gap|user|packets ↑ / ↓|bytes|publishes|findings|duration|ended";
    assert_eq!(titles(200), all);
}

#[test]
fn columns_are_chosen() {
    same!(screen(plant(), "t Space j j j Space", SMALL));
}

#[test]
fn help_is_made_from_the_table() {
    same!(screen(plant(), "?", LARGE));
}

#[test]
fn rule_of_the_worst_finding() {
    same!(screen(plant(), "j e", SMALL));
}

#[test]
fn what_can_be_saved() {
    same!(screen(plant(), "s j", SMALL));
    let mut world = plant();
    assert_eq!(world.press("s j j Enter Ctrl-u a.txt Enter"), [Effect::Save(What::Screen, "a.txt".into())]);
}

#[test]
fn no_mqtt_at_all() {
    same!(screen(traffic("== t\n+1s tick\n"), "j Enter Esc G x Space e", SMALL));
}

#[test]
fn ipv6_client() {
    same!(screen(capture("clean/paho-mosquitto-v5-ipv6.pcap"), "w", LARGE));
}

#[test]
fn mouse_selects_sorts_and_opens_tabs() {
    let mut world = plant();
    world.tell(Message::Mouse(Mouse::Click, 10, 5));
    assert_eq!(world.model.sessions.list.selected, 2);
    let selected = world.model.selected();
    // The heading of the gap.
    world.tell(Message::Mouse(Mouse::Click, 34, 2));
    assert_eq!((world.model.sessions.sort, world.model.sessions.descending), (Column::Gap, true));
    assert_eq!(world.model.selected(), selected);
    world.tell(Message::Mouse(Mouse::WheelDown, 10, 10));
    assert_eq!(world.model.sessions.list.selected, 4);
    world.tell(Message::Mouse(Mouse::Click, 25, 1));
    assert_eq!(world.model.pane, Pane::Packet);
}

#[test]
fn back_leads_the_way_one_came_and_then_out() {
    let mut world = plant();
    assert_eq!(world.press("Enter"), []);
    assert_eq!(world.model.pane, Pane::Ladder);
    assert_eq!(world.press("Esc"), []);
    assert_eq!(world.model.pane, Pane::Sessions);
    assert_eq!(world.press("Tab Tab Shift-Tab"), []);
    assert_eq!(world.model.pane, Pane::Ladder);
    assert_eq!(world.press("5 q"), []);
    assert_eq!(world.press("q"), [Effect::Quit]);
}

#[test]
fn hundred_thousand_connections() {
    let mut world = crowd(100_000);
    world.tell(Message::Resize(80, 24));
    world.press("G");
    let took = || {
        let begun = Instant::now();
        assert!(view::text(&world.draw()).contains("c99999"));
        begun.elapsed()
    };
    // Generous: this is a debug build, and all rows at once would take a hundred times as long. The shortest of several, because the
    // machine has other things to do.
    let shortest = (0..10).map(|_| took()).min().unwrap();
    assert!(shortest < Duration::from_millis(200), "{shortest:?}");
    world.press("f client=c4711 Enter");
    assert_eq!(world.model.sessions.rows.len(), 1);
}

#[test]
fn times_count_from_the_first_frame_of_the_capture() {
    // Other traffic comes first.
    let mut world = traffic("== t\ntick\n+10s C>S CONNECT client_id=a\n");
    world.tell(Message::Resize(140, 40));
    world.press("w");
    assert!(view::text(&world.draw()).contains("+10."), "{}", view::text(&world.draw()));
}

#[test]
fn worst_first_is_one_key() {
    same!(screen(plant(), "j j ! j", SMALL));
}
