//! What is written, and a capture that is not there any more.

use std::fs;

use super::*;
use crate::tui::message::What;
use crate::tui::view::ladder::file;

fn written(world: &World) -> String {
    let mut out = Vec::new();
    file::write(&world.model, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn ladder_of_one_connection() {
    let mut world = plant();
    world.tell(Message::Resize(80, 24));
    assert_eq!(world.press("j s j Enter Enter"), [Effect::Save(What::Ladder, "ladder.txt".into())]);
    insta::assert_snapshot!(written(&world));
}

#[test]
fn ladder_of_the_marked_is_whole_and_does_not_depend_on_the_screen() {
    let mut world = plant();
    world.press("Space Space Space s j Enter Enter");
    let text = written(&world);
    assert!(text.lines().count() > 80, "{text}");
    world.tell(Message::Resize(40, 12));
    world.press("2 G");
    assert_eq!(written(&world), text);
}

#[test]
fn capture_that_disappears() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plant.pcapng");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures/plant.pcapng"), &path).unwrap();
    let source = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
    let mut world = opened("plant.pcapng", source);
    world.tell(Message::Resize(140, 40));
    fs::remove_file(&path).unwrap();
    world.press("3");
    let gone = view::text(&world.draw());
    assert!(gone.contains("is no longer there"), "{gone}");
    fs::write(&path, "something else").unwrap();
    world.press("2 j j j Enter");
    let another = view::text(&world.draw());
    assert!(another.contains("has changed"), "{another}");
}
