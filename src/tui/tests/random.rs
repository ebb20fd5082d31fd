//! Random keys, clicks, sizes and batches on recordings, some of them damaged: nothing panics, no screen has anything that a
//! terminal would act on, no pane draws beside its place, and what is selected is there.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use ratatui::{Frame as Canvas, Terminal};

use super::*;
use crate::capture::{PcapngWriter, Window};
use crate::frame::{Frame, FrameId, LinkType};
use crate::index::load;
use crate::rules;
use crate::time::Timestamp;
use crate::tui::message::Mouse;
use crate::tui::model::Pane;
use crate::tui::{keymap, update};

/// Walks in the suite; `MQTTSCOPE_WALKS=1000` makes as many, of others.
const WALKS: u64 = 25;
/// Messages of a walk.
const STEPS: usize = 60;
/// Columns and rows beside the screen that must stay empty.
const MARGIN: u16 = 4;

/// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// All recordings and traces of the fixtures.
fn fixtures() -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.extension().and_then(|ext| ext.to_str()) {
                _ if path.is_dir() => folders.push(path),
                Some("pcap" | "pcapng" | "trace") => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

/// The bytes of a capture: of a trace, one of its sections.
fn bytes(path: &Path, dice: &mut Dice) -> Vec<u8> {
    if path.extension().is_some_and(|ext| ext != "trace") {
        return fs::read(path).unwrap();
    }
    // Some that name no version make sense only in one.
    let text = fs::read_to_string(path).unwrap();
    let traces = ["", "version 5.0\n"].into_iter().filter_map(|version| trace::parse(&format!("{version}{text}")).ok());
    let sections = traces.flat_map(|trace| trace.sections);
    let recordings: Vec<_> = sections.filter_map(|section| trace::compile(&section).ok()).collect();
    recordings[dice.below(recordings.len())].pcap(Resolution::Nanos)
}

/// The same capture with bytes flipped and frames dropped, doubled, cut and moved in time.
fn damaged(capture: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
    let mut source = Source::from_reader("whole", Cursor::new(capture), &Options::default()).unwrap();
    let mut frames: Vec<(Timestamp, LinkType, Vec<u8>, u32)> = Vec::new();
    while let Some(frame) = source.next().unwrap() {
        frames.push((frame.time, frame.link, frame.data.to_vec(), frame.original_len));
    }
    for _ in 0..dice.below(60) {
        let at = dice.below(frames.len());
        let Some(frame) = frames.get_mut(at) else { break };
        match dice.below(8) {
            0 => drop(frames.remove(at)),
            1 => {
                let copy = frame.clone();
                frames.insert(at, copy);
            }
            2 => frame.2.truncate(dice.below(200)),
            3 => frame.0 = Timestamp::from_nanos(dice.next().cast_signed()),
            _ => {
                let byte = dice.below(frame.2.len());
                frame.2.get_mut(byte).into_iter().for_each(|byte| *byte = dice.next() as u8);
            }
        }
    }
    let mut writer = PcapngWriter::new(Vec::new(), "damaged").unwrap();
    for (number, (time, link, data, original_len)) in (1..).zip(&frames) {
        let id = FrameId::new(0, number);
        writer.frame(&Frame { id, time: *time, link: *link, offset: 0, data, original_len: *original_len }, "damaged").unwrap();
    }
    writer.finish().unwrap()
}

const TYPED: &[&str] = &[
    "client~a",
    "type=PUBLISH",
    " qos>0",
    " or ",
    "not ",
    "(",
    ")",
    "\"",
    "findings",
    "topic~+/#",
    "gap>1",
    "clint=",
    "é",
    "温度",
    "\u{1b}",
    "\u{202e}",
    "a",
    "x\ny",
];

fn message(dice: &mut Dice, model: &Model, keys: &[&str]) -> Message {
    let size = model.size;
    match dice.below(20) {
        0 => Message::Paste(dice.one(TYPED).to_owned()),
        1 | 2 if model.prompt.is_some() => Message::Paste(dice.one(TYPED).to_owned()),
        3 | 4 => {
            let mouse = dice.one(&[Mouse::Click, Mouse::Click, Mouse::WheelUp, Mouse::WheelDown]);
            Message::Mouse(mouse, dice.below(usize::from(size.0) + 2) as u16, dice.below(usize::from(size.1) + 2) as u16)
        }
        5 => {
            let most = dice.one(&[(300, 100), (80, 24), (40, 12), (10, 5), (1, 1)]);
            Message::Resize(1 + dice.below(most.0) as u16, 1 + dice.below(most.1) as u16)
        }
        6 => Message::Tick,
        7 => Message::Done(Err("gone \u{1b}[31m".repeat(dice.below(20)))),
        _ => Message::Key(dice.one(keys).to_owned()),
    }
}

/// Draws the open pane and what lies over it alone, in a larger frame.
fn nothing_beside_the_pane(model: &Model) {
    let body = view::areas(model.size).body;
    let mut terminal = Terminal::new(TestBackend::new(model.size.0 + MARGIN, model.size.1 + MARGIN)).unwrap();
    let pane = |frame: &mut Canvas<'_>| {
        match model.pane {
            Pane::Sessions => view::sessions::draw(model, frame, body),
            Pane::Ladder => view::ladder::draw(model, frame, body),
            Pane::Packet => view::packet::draw(model, frame, body),
            Pane::KeepAlive => view::keep_alive::draw(model, frame, body),
            Pane::Findings => view::findings::draw(model, frame, body),
            Pane::Statistics => view::statistics::draw(model, frame, body),
        }
        view::overlay::draw(model, frame, body);
    };
    terminal.draw(pane).unwrap();
    let buffer = terminal.backend().buffer();
    for (x, y) in (0..buffer.area.width).flat_map(|x| (0..buffer.area.height).map(move |y| (x, y))) {
        let inside = body.intersects(Rect::new(x, y, 1, 1));
        assert!(inside || buffer[(x, y)] == Cell::default(), "{:?} at {x}, {y} of {body:?} in {:?}", buffer[(x, y)], model.pane);
    }
}

fn look(world: &World) {
    let model = &world.model;
    let buffer = world.draw();
    for cell in &buffer.content {
        let plain = !cell.symbol().chars().any(crate::show::is_hidden) && (!model.theme.ascii || cell.symbol().is_ascii());
        assert!(plain, "{:?} in {:?}\n{}", cell.symbol(), model.pane, view::text(&buffer));
    }
    nothing_beside_the_pane(model);
    let lists = [
        (model.sessions.list, model.sessions.rows.len(), Pane::Sessions),
        (model.ladder.list, model.ladder.len(), Pane::Ladder),
        (model.packet.list, model.packet.rows.len(), Pane::Packet),
        (model.findings.list, model.findings.rows.len(), Pane::Findings),
    ];
    for (list, len, pane) in lists {
        // Those that cannot be seen are put right when they are opened.
        assert!(pane != model.pane || list.selected < len.max(1), "{pane:?}: {} of {len}", list.selected);
    }
    assert!(model.focus.connection.is_none_or(|id| id < model.data.index.connection_count()), "{:?}", model.focus);
    assert!(model.focus.packet.is_none_or(|id| id < model.data.index.len()), "{:?}", model.focus);
}

fn walk(seed: u64, fixtures: &[PathBuf], keys: &[&str]) {
    let mut dice = Dice(seed);
    let path = &fixtures[dice.below(fixtures.len())];
    let mut capture = bytes(path, &mut dice);
    if dice.below(2) == 0 {
        capture = damaged(capture, &mut dice);
    }
    let source = Source::from_reader("any", Cursor::new(capture), &Options { copies: true, ..Options::default() }).unwrap();
    let mut world =
        nothing(dice.one(&["any.pcap", "温\u{1b}[31m.pcap", "a very long name of a capture that is too long for the header.pcap"]));
    world.capture = Some(source.reread());
    let theme = dice.one(&[Choice::Dark, Choice::Light, Choice::Sixteen, Choice::None]);
    let mut world = with(theme, dice.below(2) == 0, world);
    let loading = load::start(source, rules::all(), Settings::default(), None).unwrap();
    let mut loaded: std::collections::VecDeque<_> = std::iter::from_fn(|| loading.next()).collect();
    let slow = dice.below(3) == 0;
    for step in 0..STEPS {
        if !slow || dice.below(10) == 0 {
            loaded.pop_front().into_iter().for_each(|loaded| drop(world.tell(Message::Loaded(loaded))));
            world.tell(Message::Tick);
        }
        let message = message(&mut dice, &world.model, keys);
        let said = format!("seed {seed} ({}), step {step}: {message:?} in {:?}", path.display(), update::context(&world.model));
        // Said only where it panics.
        let saying = Saying(said);
        world.tell(message);
        look(&world);
        drop(saying);
    }
}

/// The same on a live source with a tiny window: whatever panes are about may be gone at the next look.
fn live_walk(seed: u64, fixtures: &[PathBuf], keys: &[&str]) -> (u32, u64) {
    let mut dice = Dice(seed);
    let path = &fixtures[dice.below(fixtures.len())];
    let mut captured = Source::from_reader("any", Cursor::new(bytes(path, &mut dice)), &Options::default()).unwrap();
    let window = Window { period: Some(Duration::from_millis(dice.one(&[1, 50, 5000]))), bytes: dice.one(&[2000, 100_000]) };
    let (source, mut interface) = Source::double("eth0", &Options { copies: true, window, ..Options::default() });
    let mut world = nothing("eth0");
    world.model = world.model.of_live();
    world.capture = Some(source.reread());
    let loading = load::start(source, rules::all(), Settings::default(), None).unwrap();
    let mut now = Timestamp::default();
    for step in 0..STEPS {
        for _ in 0..dice.below(60) {
            let Some(frame) = captured.next().unwrap() else { break };
            interface.frame(frame.time, frame.link, frame.data);
            now = now.max(frame.time);
        }
        now = now.after(Duration::from_millis(dice.one(&[0, 10, 2000, 40_000])));
        interface.mark(now);
        std::thread::sleep(Duration::from_millis(1));
        while let Ok(loaded) = loading.try_next() {
            world.tell(Message::Loaded(loaded));
        }
        world.tell(Message::Tick);
        let message = message(&mut dice, &world.model, keys);
        let said = format!("seed {seed} ({}), step {step}: {message:?} in {:?}", path.display(), update::context(&world.model));
        let saying = Saying(said);
        world.tell(message);
        look(&world);
        let (focus, index) = (world.model.focus, &world.model.data.index);
        assert!(focus.connection.is_none_or(|id| index.connection(id).is_some()), "{focus:?}");
        assert!(focus.packet.is_none_or(|packet| index.get(packet).is_some()), "{focus:?}");
        drop(saying);
    }
    (world.model.data.index.first(), world.model.data.index.gone().connections)
}

/// Tells on a panic what was being done.
struct Saying(String);

impl Drop for Saying {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

#[test]
fn random_walks() {
    walks(walk);
}

#[test]
fn random_walks_on_a_live_source() {
    let mut gone = (0, 0);
    walks(|seed, fixtures, keys| {
        let (packets, connections) = live_walk(seed, fixtures, keys);
        gone = (gone.0 + packets, gone.1 + connections);
    });
    assert!(gone.0 > 0 && gone.1 > 0, "nothing was let go: {gone:?}");
}

fn walks(mut walk: impl FnMut(u64, &[PathBuf], &[&str])) {
    let fixtures = fixtures();
    assert!(fixtures.len() > 100, "{} fixtures", fixtures.len());
    let mut keys: Vec<&str> = keymap::table().flat_map(|binding| binding.keys.split(' ')).collect();
    // So that some time is spent where it is interesting.
    keys.extend(["j", "j", "Enter", "Enter", "Down", "Right", "Backspace", "f", "/", "a", "7", "\"", "~", "%"]);
    let more = std::env::var("MQTTSCOPE_WALKS").ok().and_then(|text| text.parse().ok());
    let seeds = more.map_or(0..WALKS, |more: u64| WALKS..WALKS + more);
    seeds.for_each(|seed| walk(seed, &fixtures, &keys));
}
