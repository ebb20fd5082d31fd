//! Recordings in a folder of their own, and what is read from them again.

mod failing;
mod files;
mod tools;

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::capture::{Options, Source, Warning};
use crate::frame::{FrameId, LinkType};

/// 2026-11-20 10:00:00 UTC, in nanoseconds.
const START: i64 = 1_795_168_800_000_000_000;

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_nanos(START + (seconds * 1e9) as i64)
}

/// What a frame is made of: input, link type, time, bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owned {
    input: u32,
    link: LinkType,
    time: Timestamp,
    data: Vec<u8>,
}

impl Owned {
    fn new(seconds: f64, data: impl Into<Vec<u8>>) -> Self {
        Self { input: 0, link: LinkType::ETHERNET, time: at(seconds), data: data.into() }
    }

    fn frame(&self) -> Frame<'_> {
        let original_len = self.data.len() as u32 + 7;
        Frame { id: FrameId::new(self.input, 1), time: self.time, link: self.link, offset: 0, data: &self.data, original_len }
    }
}

/// `count` frames of different lengths, a tenth of a second apart.
fn frames(count: u32) -> Vec<Owned> {
    (0..count).map(|index| Owned::new(f64::from(index) / 10.0, vec![index as u8; index as usize * 7 % 61])).collect()
}

fn ethernet() -> Vec<InterfaceDescription> {
    vec![InterfaceDescription::new("eth0", LinkType::ETHERNET)]
}

fn options(path: &Path, rotate: Rotation, keep: Option<usize>) -> RecordOptions {
    RecordOptions { path: path.to_owned(), rotate, keep, comment: "made by a test".to_owned() }
}

/// Records everything; the names of the files that are there then, in the order of names.
fn record(folder: &TempDir, rotate: Rotation, keep: Option<usize>, frames: &[Owned]) -> (Recorded, Vec<String>) {
    let mut recorder = Recorder::create(options(&folder.path().join("live.pcapng"), rotate, keep), ethernet()).unwrap();
    frames.iter().for_each(|frame| recorder.frame(&frame.frame()).unwrap());
    (recorder.finish().unwrap(), names(folder))
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// All frames of a file, which has no damage; it may say that some were dropped. Inputs are not told apart.
fn read(path: &Path) -> Vec<Owned> {
    let mut source = Source::open(&[path.to_str().unwrap().to_owned()], &Options::default()).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = source.next().unwrap() {
        assert_eq!(frame.original_len as usize, frame.data.len() + 7);
        frames.push(Owned { input: 0, link: frame.link, time: frame.time, data: frame.data.to_vec() });
    }
    assert!(source.take_warnings().iter().all(|warning| matches!(warning, Warning::Dropped { .. })));
    frames
}

/// Kinds and bodies of the blocks of a file.
fn blocks(path: &Path) -> Vec<(u32, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    let mut rest = bytes.as_slice();
    let mut blocks = Vec::new();
    while !rest.is_empty() {
        let number = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
        let length = number(4) as usize;
        assert_eq!(number(length - 4) as usize, length);
        blocks.push((number(0), rest[8..length - 4].to_vec()));
        rest = &rest[length..];
    }
    blocks
}

fn kinds(path: &Path) -> Vec<u32> {
    blocks(path).into_iter().map(|(kind, _)| kind).collect()
}
