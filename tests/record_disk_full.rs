//! Recording onto a disk that becomes full: a small one in memory, which only root can make; told and left out otherwise.
#![cfg(target_os = "linux")]

#[path = "live/disk.rs"]
mod disk;

use std::fs;
use std::path::{Path, PathBuf};

use mqttscope::capture::{
    InterfaceDescription, InterfaceStatistics, Options, RecordError, RecordOptions, Recorded, Recorder, Rotation, Source,
};
use mqttscope::frame::{Frame, FrameId, LinkType};
use mqttscope::time::Timestamp;

use disk::Disk;

fn recorder(path: PathBuf, rotate: Rotation, keep: Option<usize>) -> Result<Recorder, RecordError> {
    let options = RecordOptions { path, rotate, keep, comment: String::new() };
    Recorder::create(options, vec![InterfaceDescription::new("eth0", LinkType::ETHERNET)])
}

/// Bytes of the frame of a number.
fn data(number: u64) -> Vec<u8> {
    vec![number as u8; 60 + number as usize % 1400]
}

/// Records up to `count` frames, with a flush after every 100; the first error.
fn record(recorder: &mut Recorder, count: u64) -> Result<(), RecordError> {
    for number in 1..=count {
        let data = data(number);
        let time = Timestamp::from_nanos(1_795_168_800_000_000_000 + number as i64);
        let id = FrameId::new(0, number);
        recorder.statistics(0, InterfaceStatistics { time, received: Some(number), ..InterfaceStatistics::default() });
        recorder.frame(&Frame { id, time, link: LinkType::ETHERNET, offset: 0, data: &data, original_len: data.len() as u32 })?;
        if number % 100 == 0 {
            recorder.flush()?;
        }
    }
    Ok(())
}

/// Reads files without damage whose frames follow one another from the first number on; how many.
fn read(files: &[PathBuf], first: u64) -> u64 {
    let mut number = first;
    for file in files {
        let mut source = Source::open(&[file.to_str().unwrap().to_owned()], &Options::default()).unwrap();
        while let Some(frame) = source.next().unwrap() {
            assert!(frame.data == data(number), "frame {number}");
            number += 1;
        }
        assert_eq!(source.take_warnings(), []);
    }
    number - first
}

fn count(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn file_on_a_full_disk_ends_with_a_whole_frame() {
    let Some(disk) = Disk::mount() else { return };
    let path = disk.path("live.pcapng");
    let mut recorder = recorder(path.clone(), Rotation::default(), None).unwrap();
    let error = record(&mut recorder, 10_000).unwrap_err();
    let RecordError::Write { frames, .. } = &error else { panic!("{error}") };
    let text = error.to_string();
    assert!(text.contains("live.pcapng: recording failed: No space left on device"), "{text}");
    assert!(text.contains(&format!("the {frames} frames before that are safe in it")), "{text}");
    assert!(*frames > 400, "{frames}");
    let recorded = recorder.finish().unwrap();
    assert_eq!(recorded.bytes, fs::metadata(&path).unwrap().len());
    assert_eq!(recorded, Recorded { files: vec![path], frames: *frames, ..recorded.clone() });
    assert_eq!(read(&recorded.files, 1), *frames);
}

#[test]
fn ring_that_fits_onto_the_disk_goes_on() {
    let Some(disk) = Disk::mount() else { return };
    let rotate = Rotation { bytes: Some(120 << 10), ..Rotation::default() };
    let mut recorder = recorder(disk.path("live.pcapng"), rotate, Some(4)).unwrap();
    record(&mut recorder, 10_000).unwrap();
    let recorded = recorder.finish().unwrap();
    assert_eq!((recorded.files.len(), recorded.frames, count(disk.folder())), (4, 10_000, 4));
    let first = first(&recorded.files[0]);
    assert_eq!(read(&recorded.files, first), 10_001 - first);
}

#[test]
fn files_before_the_one_without_room_are_whole() {
    let Some(disk) = Disk::mount() else { return };
    let rotate = Rotation { frames: Some(100), ..Rotation::default() };
    let mut recorder = recorder(disk.path("live.pcapng"), rotate, None).unwrap();
    let error = record(&mut recorder, 10_000).unwrap_err();
    assert!(error.to_string().contains("No space left on device"), "{error}");
    let recorded = recorder.finish().unwrap();
    assert_eq!(count(disk.folder()), recorded.files.len());
    assert!(recorded.files.len() > 3);
    assert_eq!(read(&recorded.files, 1), recorded.frames);
}

/// Number of the first frame of a file, from its time.
fn first(file: &Path) -> u64 {
    let mut source = Source::open(&[file.to_str().unwrap().to_owned()], &Options::default()).unwrap();
    let frame = source.next().unwrap().unwrap();
    (frame.time.as_nanos() - 1_795_168_800_000_000_000) as u64
}
