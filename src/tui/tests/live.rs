//! Screens of a live source: a trace whose frames come one by one, with marks of the time between them.

use std::sync::mpsc::Sender;
use std::time::Duration;

use insta::assert_snapshot as same;

use super::*;
use crate::capture::double::Step;
use crate::capture::{Counters, Mark};
use crate::index::load::{self, Loading};
use crate::rules;
use crate::time::Timestamp;

/// A client that pings once and is silent from then on, and one that goes on.
const SILENT: &str = "== t\nC>S CONNECT client_id=pump-07 keep_alive=20\nS>C CONNACK\n+10s C>S PINGREQ\n+3ms S>C PINGRESP\n\
    2: C>S CONNECT client_id=gateway-a keep_alive=60\n2: S>C CONNACK\n+5s 2: C>S PUBLISH topic=a/b\n";

/// A live source in a program.
struct Live {
    world: World,
    steps: Sender<Step>,
    loading: Loading,
    first: Timestamp,
}

impl Live {
    /// All frames of a trace have come.
    fn new(text: &str, size: (u16, u16)) -> Self {
        let (source, steps) = Source::double("eth0", &Options { copies: true, ..Options::default() });
        let mut world = nothing("eth0");
        world.model = world.model.of_live();
        world.capture = Some(source.reread());
        world.tell(Message::Resize(size.0, size.1));
        let loading = load::start(source, rules::all(), Settings::default(), None).unwrap();
        let mut live = Self { world, steps, loading, first: Timestamp::default() };
        live.frames(text, Duration::ZERO);
        live
    }

    /// The frames of a trace come, so much later than they say.
    fn frames(&mut self, text: &str, later: Duration) {
        let recording = trace::compile(trace::parse(text).unwrap().sections.first().unwrap()).unwrap();
        let bytes = Cursor::new(recording.pcap(Resolution::Nanos));
        let mut source = Source::from_reader("trace", bytes, &Options::default()).unwrap();
        while let Some(frame) = source.next().unwrap() {
            if self.first == Timestamp::default() {
                self.first = frame.time;
            }
            self.steps.send(Step::Frame(frame.time.after(later), frame.link, frame.data.to_vec())).unwrap();
        }
    }

    /// Time comes to so many seconds after the first frame.
    fn at(&mut self, seconds: u64) -> &mut Self {
        let mark = Mark { now: Some(self.first.after(Duration::from_secs(seconds))), ..Mark::default() };
        while self.world.model.data.index.now() != mark.now && !self.world.model.paused {
            // Marks are told only when somebody waits.
            self.steps.send(Step::Mark(mark)).unwrap();
            self.take();
        }
        self
    }

    /// Takes what is there, after a while.
    fn take(&mut self) {
        std::thread::sleep(Duration::from_millis(2));
        while let Ok(loaded) = self.loading.try_next() {
            self.world.tell(Message::Loaded(loaded));
        }
        self.world.tell(Message::Tick);
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
fn large() {
    let mut live = Live::new(SILENT, LARGE);
    live.steps
        .send(Step::Counters(Counters { name: "eth0".into(), received: 100, dropped_kernel: 10, dropped_interface: 2, dropped_own: 0 }))
        .unwrap();
    live.at(60).press("4");
    same!(live.screen());
}

#[test]
fn end_has_a_reason_and_leaves_the_screen() {
    let mut live = Live::new(SILENT, SMALL);
    live.at(45).press("4");
    live.steps.send(Step::End("eth0 is down".into())).unwrap();
    while live.world.model.data.goes_on() {
        live.take();
    }
    same!(live.screen());
}
