//! Captures are hostile: real recordings with bytes flipped, frames lost, doubled, swapped and cut must never panic, hang or
//! grow without bound, whatever they come to mean.

use std::io::Cursor;
use std::path::PathBuf;

use mqttscope::analysis::{Analyzer, Limits, Observer, Settings};
use mqttscope::capture::{Options, PcapngWriter, Source};
use mqttscope::frame::{Frame, FrameId, LinkType};
use mqttscope::framing::Completeness;
use mqttscope::index::{DetailError, load};
use mqttscope::stream::TableLimits;
use mqttscope::time::Timestamp;
use proptest::prelude::*;

struct Nothing;

impl Observer for Nothing {}

/// A frame with its bytes.
#[derive(Clone, Debug)]
struct Owned {
    time: Timestamp,
    link: LinkType,
    data: Vec<u8>,
    original_len: u32,
}

fn recordings() -> Vec<Vec<Owned>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut all = Vec::new();
    for name in ["captures", "clean"] {
        let mut paths: Vec<_> = std::fs::read_dir(folder.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|ext| ext == "pcap" || ext == "pcapng")) {
            let mut source = Source::open(&[path.to_string_lossy().into_owned()], &Options::default()).unwrap();
            let mut frames = Vec::new();
            while let Some(frame) = source.next().unwrap() {
                frames.push(Owned { time: frame.time, link: frame.link, data: frame.data.to_vec(), original_len: frame.original_len });
            }
            all.push(frames);
        }
    }
    assert!(all.len() > 40, "the recordings are there");
    all
}

/// Bounds that are reached.
fn narrow() -> Settings {
    let limits = Limits { table: TableLimits { connections: 3 }, buffered: 100_000, ..Limits::default() };
    Settings { limits, ..Settings::default() }
}

fn analyze(frames: &[Owned], settings: Settings) -> u64 {
    let mut analyzer = Analyzer::new(mqttscope::rules::all(), settings);
    for (number, frame) in (1..).zip(frames) {
        let id = FrameId::new(0, number);
        let frame = Frame { id, time: frame.time, link: frame.link, offset: 0, data: &frame.data, original_len: frame.original_len };
        analyzer.push(&frame, &mut Nothing);
    }
    analyzer.finish(&mut Nothing).stats.frames
}

/// Loads the frames into an index and looks at every packet.
fn look_around(frames: &[Owned], settings: Settings) {
    let mut writer = PcapngWriter::new(Vec::new(), "damaged").unwrap();
    for (number, frame) in (1..).zip(frames) {
        let id = FrameId::new(0, number);
        let frame = Frame { id, time: frame.time, link: frame.link, offset: 0, data: &frame.data, original_len: frame.original_len };
        writer.frame(&frame, "damaged").unwrap();
    }
    let options = Options { copies: true, ..Options::default() };
    let source = Source::from_reader("damaged", Cursor::new(writer.finish().unwrap()), &options).unwrap();
    let reread = source.reread();
    let (index, report) = load::all(source, mqttscope::rules::all(), settings).unwrap();
    assert_eq!(u64::from(index.len()), report.stats.packets);
    assert!(index.connections().all(|(_, connection)| connection.packets.len() as u64 == connection.summary.packets.iter().sum::<u64>()));
    for (packet, entry) in index.packets() {
        assert!(index.exchange(packet).contains(&packet));
        index.round_trip(packet);
        match index.detail(packet, &reread, false) {
            Ok(detail) => assert!(detail.cut.is_some() || detail.bytes.len() == entry.size() as usize),
            Err(DetailError::Nowhere) => assert!(entry.completeness() != Completeness::Whole, "{entry:?}"),
            Err(error) => panic!("packet {packet} {entry:?}: {error}"),
        }
    }
}

/// Something that can happen to a frame.
#[derive(Clone, Debug)]
enum Damage {
    Flip { frame: usize, byte: usize, value: u8 },
    Drop { frame: usize },
    Double { frame: usize },
    Swap { frame: usize },
    Snap { frame: usize, keep: usize },
    Time { frame: usize, nanos: i64 },
}

fn damage() -> impl Strategy<Value = Damage> {
    let frame = any::<usize>;
    prop_oneof![
        4 => (frame(), any::<usize>(), any::<u8>()).prop_map(|(frame, byte, value)| Damage::Flip { frame, byte, value }),
        1 => frame().prop_map(|frame| Damage::Drop { frame }),
        1 => frame().prop_map(|frame| Damage::Double { frame }),
        1 => frame().prop_map(|frame| Damage::Swap { frame }),
        1 => (frame(), 0usize..200).prop_map(|(frame, keep)| Damage::Snap { frame, keep }),
        1 => (frame(), any::<i64>()).prop_map(|(frame, nanos)| Damage::Time { frame, nanos }),
    ]
}

fn apply(frames: &mut Vec<Owned>, damage: &Damage) {
    let len = frames.len();
    if len == 0 {
        return;
    }
    match *damage {
        Damage::Flip { frame, byte, value } => {
            let data = &mut frames[frame % len].data;
            if !data.is_empty() {
                let at = byte % data.len();
                data[at] = value;
            }
        }
        Damage::Drop { frame } => {
            frames.remove(frame % len);
        }
        Damage::Double { frame } => {
            let copy = frames[frame % len].clone();
            frames.insert(frame % len, copy);
        }
        Damage::Swap { frame } => frames.swap(frame % len, (frame + 1) % len),
        Damage::Snap { frame, keep } => frames[frame % len].data.truncate(keep),
        Damage::Time { frame, nanos } => frames[frame % len].time = Timestamp::from_nanos(nanos),
    }
}

#[test]
fn damaged_recordings_are_survived() {
    let recordings = recordings();
    let strategy = (any::<prop::sample::Index>(), any::<bool>(), prop::collection::vec(damage(), 1..60));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let result = runner.run(&strategy, |(which, is_narrow, damages)| {
        let mut frames = which.get(&recordings).clone();
        for damage in &damages {
            apply(&mut frames, damage);
        }
        let settings = if is_narrow { narrow() } else { Settings::default() };
        prop_assert_eq!(analyze(&frames, settings.clone()), frames.len() as u64);
        look_around(&frames, settings);
        Ok(())
    });
    result.unwrap();
}
