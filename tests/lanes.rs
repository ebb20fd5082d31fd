//! The timeline of a connection says of its silences what the session and the rules say, over all fixtures.

mod support;

use std::io::Cursor;
use std::time::Duration;

use mqttscope::analysis::Settings;
use mqttscope::capture::{Options, PcapngWriter, Source};
use mqttscope::index::{Index, Lane, PauseEnd, load};
use mqttscope::session::{Doubt, Grace};
use mqttscope::time::Timestamp;
use mqttscope::trace::{compile, parse};
use support::cut::{Dice, recut};
use support::{OwnedFrame, files, fixtures, legal, recorded, shown, traces};

/// The rules that a silence can break.
const RULES: [&str; 3] = ["keep-alive-late", "keep-alive-exceeded", "server-keep-alive-ignored"];

fn load(frames: &[OwnedFrame]) -> Index {
    let mut writer = PcapngWriter::new(Vec::new(), "test").unwrap();
    frames.iter().for_each(|frame| writer.frame(&frame.frame(), "test").unwrap());
    let source = Source::from_reader("test", Cursor::new(writer.finish().unwrap()), &Options::default()).unwrap();
    load::all(source, mqttscope::rules::all(), Settings::default()).unwrap().0
}

fn lane(index: &Index, id: u32) -> Lane {
    let mut lane = Lane::default();
    lane.refresh(index, id, Timestamp::default());
    lane
}

/// Times of packets that came in several segments are kept to one part in 500.
fn about(one: Duration, other: Duration) -> bool {
    one.abs_diff(other) <= one.max(other) / 250
}

fn agree(name: &str, frames: &[OwnedFrame]) -> usize {
    let index = load(frames);
    let mut late = 0;
    for (id, connection) in index.connections() {
        let name = format!("{name}, connection {}", connection.summary.number);
        let lane = lane(&index, id);
        let longest = connection.summary.longest_silence.unwrap_or_default();
        let long: Vec<_> = lane.long(&index, connection).collect();
        if long.iter().all(|pause| pause.doubt != Some(Doubt::Clock)) {
            assert!(about(lane.longest(), longest), "{name}: {:?}, the session says {longest:?}", lane.longest());
        }
        let told = connection.findings.iter().filter(|place| RULES.contains(&index.findings()[**place as usize].finding.rule)).count();
        let found = long.iter().filter(|pause| pause.is_late(Grace::default())).count();
        assert_eq!(found, told, "{name}: {long:#?}");
        late += found;
        let counted: u64 = lane.bands().iter().sum();
        let [.., third, fourth] = lane.bands();
        let ended = long.iter().filter(|pause| pause.end != PauseEnd::Open).count() as u64;
        assert_eq!(third + fourth, ended, "{name}");
        assert!(counted <= lane.sent() as u64, "{name}");
    }
    late
}

#[test]
fn timelines_agree_with_the_session_and_the_rules() {
    let mut all: Vec<(String, Vec<OwnedFrame>)> = Vec::new();
    let marked = ["rules", "defects"].into_iter().flat_map(traces);
    let marked = marked.flat_map(|(path, trace)| trace.sections.into_iter().map(move |section| (path.clone(), section)));
    for (path, section) in marked.chain(legal()) {
        let recording = compile(&section).unwrap();
        all.push((format!("{}:{}", shown(&path), section.line), recording.frames().map(OwnedFrame::from).collect()));
    }
    let is_capture = |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains(".pcap"));
    for path in files(&fixtures("")).into_iter().filter(is_capture) {
        all.push((shown(&path), recorded(&path)));
    }
    let mut late = 0;
    for (number, (name, frames)) in all.iter().enumerate() {
        late += agree(name, frames);
        let mut dice = Dice(number as u64);
        agree(&format!("{name}, cut"), &recut(frames, |left| 1 + dice.up_to(left)));
    }
    assert!(late > 20, "{late}: late pauses are there to be found");
}

fn traffic(text: &str) -> Index {
    let recording = compile(&parse(text).unwrap().sections[0]).unwrap();
    load(&recording.frames().map(OwnedFrame::from).collect::<Vec<_>>())
}

#[test]
fn lane_knows_pauses_pings_and_answers() {
    let index = traffic(
        "== t\nC>S CONNECT client_id=a keep_alive=10\n+1s S>C CONNACK\n+10s C>S PINGREQ\n+3ms S>C PINGRESP\n+10s C>S PINGREQ\n\
         +5ms S>C PINGRESP\n+4s C>S PUBLISH topic=a\n+8s C>S PINGREQ\n+12s S>C PUBLISH topic=b\n+4s S>C FIN\n",
    );
    let (connection, lane) = (index.connection(0).unwrap(), lane(&index, 0));
    assert_eq!((lane.sent(), lane.pings(), lane.trips().len(), lane.bands()), (5, 3, 2, [1, 2, 1, 1]));
    assert_eq!(lane.rests(), [Duration::from_secs(10), Duration::from_secs(8)], "the wait for CONNACK does not count");
    let [interval] = lane.intervals() else { panic!("{:?}", lane.intervals()) };
    assert!(about(*interval, Duration::from_millis(10_003)));
    assert_eq!(lane.trips()[1].took, Duration::from_millis(5));
    let last = lane.last().unwrap();
    assert!((last.share().unwrap() - 1.6).abs() < 0.001 && last.is_late(Grace::default()));
    assert_eq!(last.passed(3).unwrap(), last.since.after(Duration::from_secs(15)));
    let middle = last.since.after(Duration::from_secs(2));
    assert_eq!(lane.pause_at(middle, &index, connection), Some(last));
    assert_eq!((lane.before(middle), lane.answers_before(middle)), ((5, 3), 2));
    assert_eq!(lane.pause_at(connection.summary.first.time, &index, connection), None);
}

#[test]
fn a_lane_that_grows_is_the_lane_that_was_there_at_once() {
    let frames = recorded(&fixtures("captures").join("plant.pcapng"));
    let source = |frames: &[OwnedFrame]| load(frames);
    let whole = source(&frames);
    let (mut grown, mut steps) = (vec![Lane::default(); whole.connection_count() as usize], 0);
    for upto in (0..=frames.len()).step_by(frames.len() / 40).chain([frames.len()]) {
        let part = source(&frames[..upto]);
        // Connections are found in the same order.
        for (id, _) in part.connections() {
            grown[id as usize].refresh(&part, id, Timestamp::default());
        }
        steps += 1;
    }
    assert!(steps > 40);
    for (id, _) in whole.connections() {
        assert_eq!(format!("{:?}", grown[id as usize]), format!("{:?}", lane(&whole, id)));
    }
}
