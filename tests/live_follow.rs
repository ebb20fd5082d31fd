//! Recordings that are followed while they are written: rings that let go of files, files that are written anew, writers that die.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use live::{Live, Network, Talk, frames, listed, name, wait};
use program::Side::{Client, Server};
use program::{Capture, command, parse, run};

/// Lengths of the payloads of all PUBLISH packets told so far.
fn payloads(out: &str) -> Vec<u64> {
    let packets = out.lines().map(parse).filter(|packet| packet["type"] == "PUBLISH");
    packets.map(|packet| packet["payload_length"].as_u64().expect("a number")).collect()
}

#[test]
fn ring_that_lets_go_of_files_is_followed_to_the_last_packet() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let ring = name(folder.path());
    let followed = Live::start(&format!("packets --format ndjson --follow {ring}"));
    let record = Live::start(&format!("record -i lo -w {ring}/live.pcapng --rotate-count 6 --keep 2"));
    let mut talk = Talk::open("127.0.0.1:1883");
    let sizes: Vec<u64> = (1..=25).collect();
    for size in &sizes {
        talk.publish(&vec![b'x'; *size as usize]);
        wait("the packet", || (payloads(&followed.out()).last() == Some(size)).then_some(()));
    }
    let run = record.interrupt();
    assert!(run.code == Some(0) && run.err.contains(" removed"), "{}", run.err);
    assert_eq!(listed(folder.path()).len(), 2);
    assert_eq!(payloads(&followed.interrupt().ok()), sizes);
}

#[test]
fn recording_that_is_begun_anew_is_followed_from_its_start() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = name(&folder.path().join("live.pcapng"));
    let record = Live::start(&format!("record -i lo -w {file}"));
    let followed = Live::start(&format!("packets --format ndjson --follow {file}"));
    let mut talk = Talk::open("127.0.0.1:1883");
    talk.publish(b"1");
    wait("the packet", || (payloads(&followed.out()) == [1]).then_some(()));
    assert_eq!(record.interrupt().code, Some(0));
    // The same file, cut and written again.
    let record = Live::start(&format!("record -i lo -w {file}"));
    talk.publish(b"12");
    wait("the packet", || (payloads(&followed.out()) == [1, 2]).then_some(()));
    assert_eq!(record.interrupt().code, Some(0));
    // Another file under its name.
    fs::remove_file(&file).expect("removed");
    let record = Live::start(&format!("record -i lo -w {file}"));
    talk.publish(b"123");
    wait("the packet", || (payloads(&followed.out()) == [1, 2, 3]).then_some(()));
    assert_eq!(record.interrupt().code, Some(0));
    assert_eq!(payloads(&followed.interrupt().ok()), [1, 2, 3]);
}

#[test]
fn writer_that_is_killed_leaves_a_whole_file() {
    let Some(_network) = Network::enter() else { return };
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("live.pcapng");
    let record = Live::start(&format!("record -i lo -w {}", name(&file)));
    let mut talk = Talk::open("127.0.0.1:1883");
    let sizes: Vec<u64> = (1..=50).map(|number| number * 200).collect();
    sizes.iter().for_each(|size| talk.publish(&vec![b'x'; *size as usize]));
    // It is written soon, though nothing more comes.
    let written = || payloads(&run(["packets", "-q", "--format", "ndjson", &name(&file)]).out);
    wait("all frames in the file", || (written() == sizes).then_some(()));
    record.signal("KILL");
    assert_eq!(record.end().code, None);
    assert!(frames([&file]) >= 50);
    assert_eq!(written(), sizes);
}

/// A capture of one connection with a packet.
fn capture() -> Vec<u8> {
    let mut capture = Capture::new();
    capture.open().send(Client, live::CONNECT).send(Server, live::CONNACK);
    capture.bytes()
}

#[test]
fn file_that_grows_by_parts_of_frames_is_read_when_they_are_whole() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("grows.pcap");
    let bytes = capture();
    let mut file = File::create(&path).expect("a file");
    file.write_all(&bytes[..10]).expect("written");
    let followed = Live::start(&format!("packets --format ndjson --follow {}", name(&path)));
    file.write_all(&bytes[10..bytes.len() - 30]).expect("written");
    followed.see("\"CONNECT\"");
    assert_eq!(followed.out().lines().count(), 1);
    file.write_all(&bytes[bytes.len() - 30..]).expect("written");
    followed.see("\"CONNACK\"");
    assert_eq!(followed.interrupt().ok().lines().count(), 2);
}

#[test]
fn what_is_followed_ends_when_it_is_told_to() {
    let folder = TempDir::new().expect("a folder");
    let path = name(&folder.path().join("whole.pcap"));
    fs::write(&path, capture()).expect("written");
    let of_file = run(["packets", "--format", "ndjson", &path]).ok();
    for end in ["--idle-exit 0.3", "--duration 0.5"] {
        assert_eq!(Live::start(&format!("packets --format ndjson --follow {path} {end}")).end().ok(), of_file, "{end}");
    }
    let counted = Live::start(&format!("packets --format ndjson --follow {path} -c 4")).end().ok();
    assert_eq!(counted.lines().collect::<Vec<_>>(), of_file.lines().take(1).collect::<Vec<_>>());
    for signal in ["INT", "TERM", "HUP"] {
        let followed = Live::start(&format!("packets --format ndjson --follow {path}"));
        followed.see("\"CONNACK\"");
        followed.signal(signal);
        assert_eq!(followed.end().ok(), of_file, "SIG{signal}");
    }
    // Nothing comes, and nothing will: an empty folder.
    let empty = TempDir::new().expect("a folder");
    let run = Live::start(&format!("packets --format ndjson --follow {} --idle-exit 0.3", name(empty.path()))).end();
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
}

#[test]
fn pipe_that_stays_open_ends_when_it_is_told_to() {
    let of_file = {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), capture()).expect("written");
        run(["packets", "--format", "ndjson", &name(file.path())]).ok()
    };
    let start = |arguments: &str| {
        let mut program = command();
        let mut live =
            Live::spawn(program.args(["packets", "--format", "ndjson", "-"]).args(arguments.split_whitespace()).stdin(Stdio::piped()));
        live.feed(&capture());
        live
    };
    for end in ["--idle-exit 0.3", "--duration 0.5"] {
        assert_eq!(start(end).end().ok(), of_file, "{end}");
    }
    assert_eq!(start("-c 4").end().ok().lines().count(), 1);
    for signal in ["INT", "TERM"] {
        let live = start("");
        live.see("\"CONNACK\"");
        live.signal(signal);
        assert_eq!(live.end().ok(), of_file, "SIG{signal}");
    }
    let mut live = start("");
    live.see("\"CONNACK\"");
    live.close_input();
    assert_eq!(live.end().ok(), of_file);
}

#[test]
fn what_counts_nothing_is_no_interface() {
    let folder = TempDir::new().expect("a folder");
    let path = name(&folder.path().join("whole.pcap"));
    let copy = folder.path().join("copy.pcapng");
    fs::write(&path, capture()).expect("written");
    let report = run(["check", "--format", "json", "-q", "--follow", &path, "--idle-exit", "0.3", "-w", &name(&copy)]).ok();
    assert_eq!(parse(&report)["capture"]["interfaces"].as_array().map(Vec::len).unwrap_or_default(), 0, "{report}");
    assert_eq!((frames([&copy]), live::statistics(&copy).len()), (5, 0));
    let told = run(["record", "--follow", &path, "--idle-exit", "0.3", "-w", &name(&copy)]);
    assert!(told.code == Some(0) && told.err.lines().count() == 1, "{}", told.err);
}

#[test]
fn what_is_followed_is_not_written_to() {
    let folder = TempDir::new().expect("a folder");
    let path = name(&folder.path().join("whole.pcap"));
    fs::write(&path, capture()).expect("written");
    let line = run(["packets", "--follow", &path, "-w", &path]).trouble();
    assert!(line.ends_with(": is an input too and would be overwritten: name another file after -w"), "{line}");
    assert!(fs::read(Path::new(&path)).expect("a file") == capture());

    // What is written into a folder that is followed would be read, and written, without end.
    let within = format!("{}/more.pcapng", name(folder.path()));
    let line = run(["packets", "--follow", &name(folder.path()), "-w", &within]).trouble();
    assert!(line.ends_with(": its folder is followed, so that it would be read again: name a file elsewhere after -w"), "{line}");
    assert_eq!(listed(folder.path()).len(), 1);
}

#[test]
fn file_that_another_recording_of_the_same_program_overwrites_is_read_from_its_start() {
    let recording = |version: &str| {
        let path = format!("{}/fixtures/clean/libmosquitto-mosquitto-{version}.pcapng", env!("CARGO_MANIFEST_DIR"));
        let packets = run(["packets", "-q", "--format", "ndjson", &path]).out.lines().count();
        (fs::read(&path).expect("a recording"), packets)
    };
    let ((first, packets), (second, more)) = (recording("v311"), recording("v5"));
    assert!(first[..64] == second[..64] && first.len() <= second.len(), "nothing but the frames tells them apart");
    for is_folder in [false, true] {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("live.pcapng");
        fs::write(&file, &first).expect("written");
        let follow = if is_folder { folder.path() } else { &file };
        let followed = Live::start(&format!("packets --format ndjson --follow {}", name(follow)));
        wait("the first", || (followed.out().lines().count() == packets).then_some(()));
        fs::write(&file, &second).expect("written");
        wait("the second", || (followed.out().lines().count() == packets + more).then_some(()));
        followed.interrupt().ok();
    }
}

#[test]
fn files_that_are_there_already_are_read_one_after_the_other_without_waiting() {
    let folder = TempDir::new().expect("a folder");
    let recording = format!("{}/fixtures/clean/libmosquitto-mosquitto-v311.pcapng", env!("CARGO_MANIFEST_DIR"));
    for number in 0..120 {
        fs::copy(&recording, folder.path().join(format!("{number}.pcapng"))).expect("copied");
    }
    let begun = Instant::now();
    let report = run(["check", "-q", "--format", "json", "--idle-exit", "1", "--follow", &name(folder.path())]).out;
    assert_eq!(parse(&report)["inputs"].as_array().expect("an array").len(), 121, "the folder and its files");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn result_is_not_written_over_the_recording() {
    let folder = TempDir::new().expect("a folder");
    let file = name(&folder.path().join("live.pcapng"));
    let other = name(&folder.path().join(".").join("live.pcapng"));
    for (option, output) in [("-o", other.as_str()), ("--write-baseline", &other)] {
        let refused = run(["check", "--follow", &name(folder.path()), option, output, "-w", &file]);
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.ends_with(": the result would be written over the recording: name another file after -w\n"), "{}", refused.err);
    }
    let refused = run(["check", "--follow", &name(folder.path()), "-o", "-", "-w", "-"]);
    assert_eq!(refused.code, Some(2));
}

#[test]
fn file_that_is_no_capture_is_a_line_and_no_result() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    for command in ["check", "sessions"] {
        let line = run([command, "--follow", readme]).trouble();
        assert!(line.contains("README.md: not a capture: text that begins `# mqttscope`"), "{line}");
    }
}
