//! Screens of a live source: a trace whose frames come one by one, with marks of the time between them.

use std::collections::VecDeque;
use std::time::Duration;

use insta::assert_snapshot as same;

use super::*;
use crate::capture::{CaptureError, Double};
use crate::frame::{Counters, LinkType};
use crate::index::load::{self, Loading};
use crate::rules;
use crate::time::Timestamp;
use crate::tui::message::What;
use crate::tui::{Again, saving};

/// A client that pings once and is silent from then on, and one that goes on.
const SILENT: &str = "== t\nC>S CONNECT client_id=pump-07 keep_alive=20\nS>C CONNACK\n+10s C>S PINGREQ\n+3ms S>C PINGRESP\n\
    2: C>S CONNECT client_id=gateway-a keep_alive=60\n2: S>C CONNACK\n+5s 2: C>S PUBLISH topic=a/b\n";

/// A live source in a program.
struct Live {
    world: World,
    interface: Double,
    loading: Loading,
    /// What is to come.
    frames: VecDeque<(Timestamp, LinkType, Vec<u8>)>,
    first: Timestamp,
}

impl Live {
    /// The frames of a trace come when their time has come.
    fn new(text: &str, size: (u16, u16)) -> Self {
        let (source, interface) = Source::double("eth0", &Options { copies: true, ..Options::default() });
        let mut world = nothing("eth0");
        world.model = world.model.of_live();
        world.capture = Some(source.reread());
        world.tell(Message::Resize(size.0, size.1));
        let loading = load::start(source, rules::all(), Settings::default(), None).unwrap();
        let recording = trace::compile(trace::parse(text).unwrap().sections.first().unwrap()).unwrap();
        let bytes = Cursor::new(recording.pcap(Resolution::Nanos));
        let mut source = Source::from_reader("trace", bytes, &Options::default()).unwrap();
        let mut frames = VecDeque::new();
        while let Some(frame) = source.next().unwrap() {
            frames.push_back((frame.time, frame.link, frame.data.to_vec()));
        }
        let first = frames[0].0;
        Self { world, interface, loading, frames, first }
    }

    /// Time comes to so many seconds after the first frame.
    fn at(&mut self, seconds: u64) -> &mut Self {
        let now = self.first.after(Duration::from_secs(seconds));
        while self.frames.front().is_some_and(|(time, ..)| *time <= now) {
            let (time, link, data) = self.frames.pop_front().unwrap();
            self.interface.frame(time, link, &data);
        }
        while self.world.model.data.index.now() != Some(now) && !self.world.model.paused {
            // Marks are told only when somebody waits.
            self.mark(seconds);
        }
        self
    }

    /// Time comes to so many seconds after the first frame, which may be told or not.
    fn mark(&mut self, seconds: u64) {
        self.interface.mark(self.first.after(Duration::from_secs(seconds)));
        self.take();
    }

    /// Takes what is there, after a while.
    fn take(&mut self) {
        std::thread::sleep(Duration::from_millis(2));
        while let Ok(loaded) = self.loading.try_next() {
            self.world.tell(Message::Loaded(loaded));
        }
        self.world.tell(Message::Tick);
    }

    fn again(&self) -> Again {
        let capture = self.world.capture.clone().unwrap();
        Again { capture, reading: Options { copies: true, ..Options::default() }, settings: Settings::default() }
    }

    fn press(&mut self, keys: &str) -> Vec<Effect> {
        self.world.press(keys)
    }

    fn screen(&self) -> String {
        let buffer = self.world.draw();
        format!("{}\n{}", view::text(&buffer), styles(&buffer))
    }
}

#[test]
fn silence_grows_though_nothing_comes() {
    let mut live = Live::new(SILENT, SMALL);
    live.at(16).press("4");
    same!("before", live.screen());
    same!("passed_1", live.at(33).screen());
    same!("passed_1_5", live.at(45).screen());
    same!("sessions", {
        live.press("1");
        live.screen()
    });
}

#[test]
fn what_pends_is_shown_as_such_and_gone_when_the_silence_ends() {
    let mut live = Live::new(&format!("{SILENT}+46s C>S PINGREQ\n"), LARGE);
    live.at(60).press("5 j");
    same!("pending", live.screen());
    assert_eq!(live.world.model.data.index.findings().len(), 0);
    live.press("1");
    same!("pending_in_sessions", live.screen());
    live.press("4 k");
    same!("pending_on_the_timeline", live.screen());
    // The client is alive after all, but late: what was pending is found.
    live.at(70).press("5");
    assert_eq!(live.world.model.data.index.pending().count(), 0);
    same!("found", live.screen());
}

#[test]
fn what_pends_stays_until_a_closed_connection_is_judged() {
    let mut live = Live::new(&format!("{SILENT}+21s S>C FIN\nC>S FIN\n"), SMALL);
    live.at(34);
    assert_eq!(live.world.model.data.index.pending().count(), 1);
    live.at(38);
    let index = &live.world.model.data.index;
    assert_eq!((index.pending().count(), index.findings().len()), (1, 0));
    live.at(120);
    let index = &live.world.model.data.index;
    assert_eq!((index.pending_of(0).len(), index.findings().len()), (0, 1));
}

#[test]
fn screen_in_the_manual_is_true() {
    let mut live = Live::new(SILENT, (100, 18));
    live.at(30);
    live.at(45).press("4 k");
    let manual = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tui.md")).unwrap();
    let screen = view::text(&live.world.draw());
    assert!(manual.contains(&screen), "{screen}");
}

#[test]
fn screen_is_held_while_capturing_goes_on() {
    let mut live = Live::new(SILENT, SMALL);
    live.at(16).press("4 p");
    same!("held", live.screen());
    live.at(45);
    for _ in 0..20 {
        live.mark(45);
    }
    assert_eq!(live.world.model.data.index.now(), Some(live.first.after(Duration::from_secs(16))));
    live.press("p");
    live.take();
    assert_eq!(live.world.model.data.index.now(), Some(live.first.after(Duration::from_secs(45))));
}

#[test]
fn what_is_held_is_bounded() {
    let mut live = Live::new(SILENT, SMALL);
    live.at(16).press("p");
    live.world.model.load = usize::MAX / 2;
    while live.world.model.paused {
        live.mark(17);
    }
    assert!(live.world.model.note.as_ref().unwrap().text.contains("so much has come"));
    assert!(live.world.model.held.is_empty());
    live.at(18);
}

#[test]
fn selection_follows_the_newest_until_one_is_chosen() {
    let more = "+6s 3: C>S CONNECT client_id=third\n3: S>C CONNACK\n4: C>S CONNECT client_id=fourth\n4: S>C CONNACK\n\
        +2s 5: C>S CONNECT client_id=fifth\n+2s 2: C>S PUBLISH topic=b/c\n";
    let mut live = Live::new(&format!("{SILENT}{more}"), SMALL);
    live.at(20);
    assert_eq!(live.world.model.focus.connection, Some(1));
    live.at(22);
    assert_eq!(live.world.model.focus.connection, Some(3));
    live.press("k k");
    live.at(24);
    assert_eq!(live.world.model.data.index.connection_count(), 5);
    assert_eq!((live.world.model.focus.connection, live.world.model.follow), (Some(1), true));
    // The ladder of the chosen one still follows.
    live.press("2");
    live.at(26);
    let ladder = &live.world.model.ladder;
    let packets = live.world.model.data.connection(1).unwrap().packets.len();
    assert!(ladder.len() > packets && ladder.list.selected == ladder.len() - 1, "{} of {}", ladder.list.selected, ladder.len());
}

#[test]
fn window_is_saved_as_a_bundle() {
    let mut live = Live::new(SILENT, SMALL);
    live.at(60).press("s");
    // Sums are made from time to time.
    while live.world.model.data.report.as_ref().is_none_or(|report| report.stats.frames < 20) {
        live.mark(60);
    }
    same!("menu", live.screen());
    live.press("Esc");
    let asked = live.press("s G Enter Enter");
    assert_eq!(asked, [Effect::Save(What::Bundle, "window".into())]);

    let folder = tempfile::tempdir().unwrap();
    let (path, again) = (folder.path().join("window"), live.again());
    let write = |model: &Model| saving::job(model, What::Bundle).unwrap().unwrap()(&again, &path);
    assert_eq!(write(&live.world.model), Ok(format!("saved: {} with 20 frames", path.display())));
    let capture = path.join("capture.pcapng").display().to_string();
    let (index, report) = load::all(Source::open(&[capture], &Options::default()).unwrap(), rules::all(), Settings::default()).unwrap();
    assert_eq!((index.connection_count(), index.len(), report.stats.frames), (2, 7, 20));
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path.join("findings.json")).unwrap()).unwrap();
    assert_eq!((json["inputs"][0].as_str(), json["capture"]["frames"].as_u64()), (Some("eth0"), Some(20)));
    let text = std::fs::read_to_string(path.join("report.txt")).unwrap();
    assert!(text.contains("eth0") && !text.contains('\x1b'), "{text}");
    // Nothing is written over.
    assert!(write(&live.world.model).unwrap_err().contains("is there already"));
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 3);
    let nowhere = folder.path().join("no/such/folder");
    let job = saving::job(&live.world.model, What::Bundle).unwrap().unwrap();
    assert!(job(&again, &nowhere).unwrap_err().contains("cannot be written"));
}

#[test]
fn marked_connections_are_saved_out_of_the_window() {
    let mut live = Live::new(SILENT, SMALL);
    live.at(20).press("g Space");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.pcapng");
    let saved = saving::job(&live.world.model, What::Connections).unwrap().unwrap()(&live.again(), &path);
    assert!(saved.is_ok(), "{saved:?}");
    let saved = Source::open(&[path.display().to_string()], &Options::default()).unwrap();
    let (index, _) = load::all(saved, rules::all(), Settings::default()).unwrap();
    assert_eq!((index.connection_count(), index.len()), (1, 4));
}

#[test]
fn large() {
    let mut live = Live::new(SILENT, LARGE);
    live.interface.count(Counters { name: "eth0".into(), received: 100, dropped_kernel: 10, dropped_interface: 2, dropped_own: 0 });
    live.at(60).press("4");
    same!(live.screen());
}

#[test]
fn end_has_a_reason_and_leaves_the_screen() {
    let mut live = Live::new(SILENT, SMALL);
    live.at(45).press("4");
    live.interface.end(Err(CaptureError::InterfaceLost { name: "eth0".into(), why: "it is down".into() }));
    while live.world.model.data.goes_on() {
        live.take();
    }
    same!(live.screen());
}
