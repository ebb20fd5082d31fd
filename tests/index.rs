//! The packet index holds what `packets` prints, finds the bytes of every packet again however they were cut, and its
//! connections can be saved.

mod support;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;

use mqttscope::analysis::{Analyzer, Observer, PacketView, SegmentView, Settings};
use mqttscope::capture::{Options, PcapngWriter, Reread, Source};
use mqttscope::flow::Role;
use mqttscope::framing::Completeness;
use mqttscope::index::{Index, load, save};
use mqttscope::mqtt::PacketType;
use mqttscope::mqtt::encode::push_var_int;
use mqttscope::net::FragmentLimits;
use mqttscope::time::Timestamp;
use mqttscope::trace::compile;
use serde_json::Value;
use support::cut::{Dice, recut};
use support::{OwnedFrame, files, fixtures, legal, recorded, shown, traces};

/// A capture with so many frames is long.
const LONG: usize = 100;

/// A packet as the analysis saw it.
#[derive(Debug)]
struct Told {
    connection: u64,
    from: Role,
    frame: u64,
    words: String,
    completeness: Completeness,
    /// Its bytes from the first on; of a PUBLISH that came in parts, those before the payload.
    bytes: Vec<u8>,
    /// CRC-32 of the others.
    rest: Option<u32>,
}

#[derive(Default)]
struct Packets(Vec<Told>);

impl Observer for Packets {
    fn packet(&mut self, view: &PacketView<'_>) {
        let (header, framed) = (view.packet.header, view.framed);
        let mut bytes = vec![header.first_byte];
        push_var_int(&mut bytes, header.remaining_length);
        bytes.extend_from_slice(framed.body);
        self.0.push(Told {
            connection: view.connection,
            from: view.from,
            frame: framed.end.frame.number(),
            words: format!("{} {}", view.packet.packet_type(), header.packet_len()),
            completeness: framed.completeness,
            bytes,
            rest: framed.passed_payload.map(|passed| passed.digest),
        });
    }
}

/// Frames as a file, read again as if it came through a pipe.
fn piped(frames: &[OwnedFrame]) -> Source {
    let mut writer = PcapngWriter::new(Vec::new(), "test").unwrap();
    for frame in frames {
        writer.frame(&frame.frame(), "test").unwrap();
    }
    let options = Options { copies: true, ..Options::default() };
    Source::from_reader("test", Cursor::new(writer.finish().unwrap()), &options).unwrap()
}

fn loaded(source: Source) -> (Index, Reread) {
    let reread = source.reread();
    (load::all(source, mqttscope::rules::all(), Settings::default()).unwrap().0, reread)
}

/// Every packet is in the index, and its bytes are found again.
fn check(name: &str, frames: &[OwnedFrame]) {
    let mut packets = Packets::default();
    let mut analyzer = Analyzer::new(&[], Settings::default());
    let mut source = piped(frames);
    while let Some(frame) = source.next().unwrap() {
        analyzer.push(&frame, &mut packets);
    }
    analyzer.finish(&mut packets);
    let (index, reread) = loaded(piped(frames));
    assert_eq!(index.len() as usize, packets.0.len(), "{name}");
    for ((id, entry), told) in index.packets().zip(&packets.0) {
        let connection = index.connection(entry.connection()).unwrap();
        assert_eq!(
            (connection.summary.number, entry.from(), entry.frame().number(), format!("{} {}", entry.kind(), entry.size())),
            (told.connection, told.from, told.frame, told.words.clone()),
            "{name}: packet {id}"
        );
        let detail = index.detail(id, &reread, true);
        if told.completeness == Completeness::Damaged {
            continue;
        }
        let detail = detail.unwrap_or_else(|error| panic!("{name}: packet {id} {told:?}: {error}"));
        let (head, rest) = detail.bytes.split_at(told.bytes.len().min(detail.bytes.len()));
        assert_eq!(head, &told.bytes[..head.len()], "{name}: packet {id}");
        assert_eq!((detail.size as u32, detail.bytes.len()), (entry.size(), detail.size.min(65_535)), "{name}: packet {id}");
        if let Some(digest) = told.rest.filter(|_| detail.cut.is_none()) {
            assert_eq!(crc32fast::hash(rest), digest, "{name}: packet {id}");
        }
    }
}

#[test]
fn packets_of_all_fixtures_are_found_again() {
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
    assert!(all.len() > 300, "the fixtures are there");
    for (number, (name, frames)) in all.iter().enumerate() {
        check(name, frames);
        let mut dice = Dice(number as u64);
        check(&format!("{name}, cut"), &recut(frames, |left| 1 + dice.up_to(left)));
        // A frame for each byte: not of long captures.
        if frames.len() < LONG {
            check(&format!("{name}, in bytes"), &recut(frames, |_| 1));
        }
    }
}

#[test]
fn index_holds_what_packets_prints() {
    let path = fixtures("captures").join("plant.pcapng").display().to_string();
    let printed = Command::new(env!("CARGO_BIN_EXE_mqttscope")).args(["packets", "--format", "ndjson", &path]).output().unwrap().stdout;
    let printed: Vec<Value> = String::from_utf8(printed).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (index, _) = loaded(Source::open(&[path], &Options::default()).unwrap());
    let mut summary = BTreeMap::<u64, u64>::new();
    assert_eq!(index.len() as usize, printed.len());
    for ((_, entry), line) in index.packets().zip(&printed) {
        let connection = index.connection(entry.connection()).unwrap();
        *summary.entry(connection.summary.number).or_default() += 1;
        assert_eq!(line["connection"], connection.summary.number);
        assert_eq!(line["frame"], entry.frame().number());
        assert_eq!(line["time"], entry.time().to_string());
        assert_eq!(line["from"], entry.from().name());
        assert_eq!(line["type"], entry.kind().name());
        assert_eq!(line["size"], entry.size());
        assert_eq!(line["packet_id"].as_u64(), entry.packet_id().map(u64::from));
        assert_eq!(line["qos"].as_u64(), entry.qos().map(u64::from));
        assert_eq!(line["version"].as_str(), connection.summary.version.map(|version| version.name()));
        if entry.kind() == PacketType::Publish {
            let topic = line.get("resolved_topic").unwrap_or(&line["topic"]);
            assert_eq!(topic.as_str().map(str::as_bytes), index.topic(entry));
        }
    }
    for (id, connection) in index.connections() {
        assert_eq!(connection.packets.len() as u64, connection.summary.packets.iter().sum::<u64>());
        assert!(connection.packets.iter().all(|packet| index.get(*packet).unwrap().connection() == id));
        assert_eq!(summary[&connection.summary.number], connection.packets.len() as u64);
    }
}

#[test]
fn saved_connections_are_the_same() {
    let path = fixtures("captures").join("plant.pcapng").display().to_string();
    let (index, reread) = loaded(Source::open(std::slice::from_ref(&path), &Options::default()).unwrap());
    let (_, most) = index.connections().max_by_key(|(_, connection)| connection.packets.len()).unwrap();
    let (wanted, span) = (most.summary.number, save::Span::of(most));
    let file = tempfile::NamedTempFile::new().unwrap();
    let frames = save::connections(&[span], &reread, &Options::default(), FragmentLimits::default(), file.as_file()).unwrap().frames;
    let saved = file.path().display().to_string();
    let told = |path: &str| {
        let mut packets = Packets::default();
        let mut analyzer = Analyzer::new(&[], Settings::default());
        let mut source = Source::open(&[path.to_owned()], &Options::default()).unwrap();
        while let Some(frame) = source.next().unwrap() {
            analyzer.push(&frame, &mut packets);
        }
        analyzer.finish(&mut packets);
        packets.0
    };
    let plain = |packets: Vec<Told>, number: u64| -> Vec<(Role, Vec<u8>)> {
        packets.into_iter().filter(|told| told.connection == number).map(|told| (told.from, told.bytes)).collect()
    };
    assert_eq!(plain(told(&saved), 0), plain(told(&path), wanted));
    let times: Vec<_> = recorded(file.path()).iter().map(|frame| frame.head.time).collect();
    assert_eq!(times.len() as u64, frames);
    let original: Vec<_> = recorded(path.as_ref()).iter().map(|frame| frame.head.time).collect();
    assert!(times.iter().all(|time| original.contains(time)));
    if let Ok(output) = Command::new("tshark").args(["-r", &saved, "-T", "fields", "-e", "frame.number"]).output() {
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count() as u64, frames, "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The frames of each connection, by times: frames are numbered anew where they are saved.
#[derive(Default)]
struct Segments(BTreeMap<u64, Vec<Timestamp>>);

impl Observer for Segments {
    fn segment(&mut self, view: &SegmentView<'_>) {
        self.0.entry(view.connection).or_default().push(view.stamp.time);
    }
}

#[test]
fn saved_are_the_frames_that_the_analysis_counts_among_a_connection() {
    let mut saved_connections = 0;
    let is_capture = |path: &PathBuf| path.extension().is_some_and(|name| name == "pcap" || name == "pcapng");
    for path in files(&fixtures("")).into_iter().filter(is_capture) {
        let path = path.display().to_string();
        let mut segments = Segments::default();
        let mut analyzer = Analyzer::new(&[], Settings::default());
        let mut source = Source::open(std::slice::from_ref(&path), &Options::default()).unwrap();
        while let Some(frame) = source.next().unwrap() {
            analyzer.push(&frame, &mut segments);
        }
        let (index, reread) = loaded(Source::open(std::slice::from_ref(&path), &Options::default()).unwrap());
        for (_, connection) in index.connections() {
            let file = tempfile::NamedTempFile::new().unwrap();
            let spans = [save::Span::of(connection)];
            save::connections(&spans, &reread, &Options::default(), FragmentLimits::default(), file.as_file()).unwrap();
            let times: Vec<_> = recorded(file.path()).iter().map(|frame| frame.head.time).collect();
            assert_eq!(&times, &segments.0[&connection.summary.number], "connection {} of {path}", connection.summary.number);
            saved_connections += 1;
        }
    }
    assert!(saved_connections > 100, "{saved_connections}");
}
