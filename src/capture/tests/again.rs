//! Bytes of inputs read again, from their place or from the copy.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;
use crate::capture::{PcapngWriter, Reread, RereadError};
use crate::frame::{Frame, FrameId, LinkType};
use crate::time::Timestamp;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn options(copies: bool) -> Options {
    Options { copies, ..Options::default() }
}

fn opened(paths: &[&Path], copies: bool) -> Source {
    let paths: Vec<String> = paths.iter().map(|path| path.to_str().unwrap().to_owned()).collect();
    Source::open(&paths, &options(copies)).unwrap()
}

/// Reads everything; every frame is found again at its offset.
fn found_again(mut source: Source) -> Result<usize, RereadError> {
    let reread = source.reread();
    let mut frames = Vec::new();
    while let Some(frame) = source.next().unwrap() {
        frames.push((frame.id.input(), frame.offset, frame.data.to_vec()));
    }
    for (input, offset, data) in &frames {
        assert_eq!(&reread.read(*input, *offset, data.len())?, data);
    }
    Ok(frames.len())
}

#[test]
fn frames_are_found_again_wherever_they_came_from() {
    let folder = TempDir::new().unwrap();
    let (plain, packed, ng) = (folder.path().join("a.pcap"), folder.path().join("b.pcap.gz"), folder.path().join("c.pcapng"));
    fs::write(&plain, sample()).unwrap();
    fs::write(&packed, gzip(&sample())).unwrap();
    let mut writer = PcapngWriter::new(Vec::new(), "made here").unwrap();
    let mut source = opened(&[&plain], false);
    while let Some(frame) = source.next().unwrap() {
        writer.frame(&frame, "a").unwrap();
    }
    fs::write(&ng, writer.finish().unwrap()).unwrap();
    assert_eq!(found_again(opened(&[&plain], false)).unwrap(), 3);
    assert_eq!(found_again(opened(&[&ng], false)).unwrap(), 3);
    assert_eq!(found_again(opened(&[&packed], true)).unwrap(), 3);
    assert_eq!(found_again(opened(&[&plain, &packed, &ng], true)).unwrap(), 9);
    assert_eq!(found_again(Source::from_reader("pipe", Cursor::new(gzip(&sample())), &options(true)).unwrap()).unwrap(), 3);
}

#[test]
fn what_was_not_kept_is_said() {
    let folder = TempDir::new().unwrap();
    let packed = folder.path().join("b.pcap.gz");
    fs::write(&packed, gzip(&sample())).unwrap();
    let why = found_again(opened(&[&packed], false)).unwrap_err().to_string();
    assert!(why.ends_with("cannot be read again: it is compressed, and no copy of its content was kept"), "{why}");
    let pipe = Source::from_reader("pipe", Cursor::new(sample()), &options(false)).unwrap();
    assert_eq!(found_again(pipe).unwrap_err().to_string(), "pipe: cannot be read twice, and no copy of it was kept");
}

#[test]
fn file_that_changed_or_vanished_is_an_error() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.pcap");
    fs::write(&file, sample()).unwrap();
    let reread: Reread = opened(&[&file], false).reread();
    assert_eq!(reread.read(0, 0, 4).unwrap(), &sample()[..4]);
    assert!(matches!(reread.read(0, 80, 100), Err(RereadError::Failed { .. })));
    assert!(matches!(reread.read(7, 0, 1), Err(RereadError::NotKept { .. })));
    fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"more").unwrap();
    assert!(matches!(reread.read(0, 0, 4), Err(RereadError::Changed { .. })));
    assert!(matches!(reread.source(&options(false)), Err(CaptureError::Reread(RereadError::Changed { .. }))));
    fs::remove_file(&file).unwrap();
    assert!(matches!(reread.read(0, 0, 4), Err(RereadError::Vanished { .. })));
}

#[test]
fn inputs_are_opened_again_as_another_source() {
    let mut source = Source::from_reader("pipe", Cursor::new(sample()), &options(true)).unwrap();
    let first = drain(&mut source);
    let mut again = source.reread().source(&options(false)).unwrap();
    assert_eq!(again.inputs(), ["pipe"]);
    assert_eq!(drain(&mut again), first);
}

#[test]
fn what_is_written_is_read_back() {
    let mut writer = PcapngWriter::new(Vec::new(), "a comment of odd length").unwrap();
    let frame = |number: u64, link: LinkType, nanos: i64, data: &'static [u8]| Frame {
        id: FrameId::new(0, number),
        time: Timestamp::from_nanos(nanos),
        link,
        offset: 0,
        data,
        original_len: data.len() as u32 + 7,
    };
    let frames = [
        frame(1, LinkType::ETHERNET, 1_700_000_000_123_456_789, b"first"),
        frame(2, LinkType::RAW, 1, b""),
        frame(3, LinkType::ETHERNET, 1_700_000_001_000_000_001, b"four"),
    ];
    for frame in &frames {
        writer.frame(frame, "eth0 \u{fc}").unwrap();
    }
    let mut source = Source::from_reader("written", Cursor::new(writer.finish().unwrap()), &options(false)).unwrap();
    for frame in &frames {
        let read = source.next().unwrap().unwrap();
        assert_eq!((read.id, read.time, read.link), (frame.id, frame.time, frame.link));
        assert_eq!((read.data, read.original_len), (frame.data, frame.original_len));
    }
    assert!(source.next().unwrap().is_none());
    assert_eq!(source.take_warnings(), []);
}
