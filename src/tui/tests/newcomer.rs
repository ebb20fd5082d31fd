//! What somebody wants who has not read the manual; the same keys stand in `docs/tui.md`.

use super::*;

#[track_caller]
fn answered(keys: &str, answers: &[&str]) {
    assert!(keys.split(' ').count() <= 5, "{keys}");
    for size in [SMALL, LARGE] {
        let mut world = plant();
        world.tell(Message::Resize(size.0, size.1));
        let effects = world.press(keys);
        let shown = format!("{}{effects:?}", view::text(&world.draw()));
        for answer in answers {
            assert!(shown.contains(answer), "{answer}:\n{shown}");
        }
    }
}

#[test]
fn which_session_has_the_most_findings() {
    answered("!", &["findings▾"]);
    let mut world = plant();
    world.press("!");
    let shown = view::text(&world.draw());
    assert!(shown.lines().any(|line| line.starts_with('▸') && line.contains(" sensor-3 ")), "{shown}");
}

#[test]
fn why_was_it_closed() {
    answered("! Enter G", &["misplaced-hash", "▸   11:27:51.925", "server closed after a protocol violation", "closed by the server"]);
}

#[test]
fn which_ping_was_late() {
    answered("4 ]", &["▸ pump-07", "pump-07: silent for 10.6 s = 2.12×", "1 late, 2.12×"]);
}

#[test]
fn save_that_session() {
    answered("4 ] s Enter Enter", &[r#"Save(Connections, "connections.pcapng")"#, "▸ pump-07"]);
}
