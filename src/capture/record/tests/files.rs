//! Which files there are, and what is in them.

use super::*;

const NONE: Rotation = Rotation { bytes: None, period: None, frames: None };

fn refused(options: RecordOptions) -> String {
    Recorder::create(options, ethernet()).unwrap_err().to_string()
}

#[test]
fn one_file_holds_all_frames() {
    let folder = TempDir::new().unwrap();
    let frames = frames(100);
    let (recorded, names) = record(&folder, NONE, None, &frames);
    let path = folder.path().join("live.pcapng");
    assert_eq!(names, ["live.pcapng"]);
    let bytes = fs::metadata(&path).unwrap().len();
    assert_eq!(recorded, Recorded { files: vec![path.clone()], removed: 0, frames: 100, bytes });
    assert_eq!(read(&path), frames);
}

#[test]
fn file_that_exists_is_overwritten() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("live.pcapng"), [0xff; 10_000]).unwrap();
    record(&folder, NONE, None, &frames(3));
    assert_eq!(read(&folder.path().join("live.pcapng")), frames(3));
}

#[test]
fn headers_are_there_at_once_and_frames_after_a_flush() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("live.pcapng");
    let mut recorder = Recorder::create(options(&path, NONE, None), ethernet()).unwrap();
    assert_eq!(kinds(&path), [0x0a0d_0d0a, 1]);
    recorder.frame(&frames(1)[0].frame()).unwrap();
    assert_eq!(read(&path), []);
    recorder.flush().unwrap();
    assert_eq!(read(&path), frames(1));
    assert_eq!(recorder.recorded(), recorder.finish().unwrap());
}

#[test]
fn large_frames_and_many_go_out_by_themselves() {
    let folder = TempDir::new().unwrap();
    let mut frames = frames(5000);
    frames.push(Owned::new(600.0, vec![7; 3 << 20]));
    frames.extend(super::frames(100));
    let path = folder.path().join("live.pcapng");
    let mut recorder = Recorder::create(options(&path, NONE, None), ethernet()).unwrap();
    frames.iter().for_each(|frame| recorder.frame(&frame.frame()).unwrap());
    assert_eq!(read(&path).len(), 5001);
    // Without `finish`, as when the program panics.
    drop(recorder);
    assert_eq!(read(&path), frames);
}

#[test]
fn interfaces_are_described_and_counted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("live.pcapng");
    let described = InterfaceDescription {
        description: "the wire".to_owned(),
        snap_length: 65_535,
        filter: "port 1883".to_owned(),
        ..InterfaceDescription::new("eth0", LinkType::ETHERNET)
    };
    let interfaces = vec![described, InterfaceDescription::new("any", LinkType::LINUX_SLL2)];
    let mut recorder = Recorder::create(options(&path, NONE, None), interfaces).unwrap();
    let frames = [
        Owned { input: 1, link: LinkType::LINUX_SLL2, ..Owned::new(0.0, *b"first") },
        Owned { input: 0, link: LinkType::RAW, ..Owned::new(1.0, *b"with another link type") },
        Owned { input: 7, ..Owned::new(2.0, *b"of no interface") },
        Owned { input: 0, link: LinkType::RAW, ..Owned::new(3.0, *b"again") },
    ];
    frames.iter().for_each(|frame| recorder.frame(&frame.frame()).unwrap());
    recorder.statistics(0, InterfaceStatistics { received: Some(1), ..InterfaceStatistics::default() });
    recorder.statistics(1, InterfaceStatistics { time: at(4.0), received: Some(0x0102), ..InterfaceStatistics::default() });
    recorder.statistics(0, InterfaceStatistics { received: Some(2), dropped_by_system: Some(3), ..InterfaceStatistics::default() });
    // Of an input that has no interface in this file.
    recorder.statistics(9, InterfaceStatistics::default());
    recorder.finish().unwrap();
    assert_eq!(read(&path), frames.map(|frame| Owned { input: 0, ..frame }));
    assert_eq!(kinds(&path), [0x0a0d_0d0a, 1, 1, 6, 1, 6, 1, 6, 6, 5, 5]);
    let blocks = blocks(&path);
    let holds = |index: usize, part: &[u8]| blocks[index].1.windows(part.len()).any(|window| window == part);
    assert!(holds(0, b"\x01\x00\x0e\x00made by a test"));
    assert!(holds(1, b"\x02\x00\x04\x00eth0\x03\x00\x08\x00the wire\x0b\x00\x0a\x00\x00port 1883"));
    assert!(holds(1, &[1, 0, 0, 0, 0xff, 0xff, 0, 0]) && holds(1, &[9, 0, 1, 0, 9]));
    assert!(holds(2, b"\x02\x00\x03\x00any") && holds(4, b"eth0\x03\x00\x08\x00the wire") && blocks[4].1.starts_with(&[101, 0]));
    // The latest counters only; numbers of interfaces in front.
    assert!(blocks[9].1.starts_with(&[0; 12]) && holds(9, &[4, 0, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 8, 0, 3]));
    assert!(blocks[10].1.starts_with(&[1, 0, 0, 0]) && holds(10, &[4, 0, 8, 0, 2, 1]));
}

#[test]
fn next_file_begins_after_so_many_frames() {
    let folder = TempDir::new().unwrap();
    let frames = frames(25);
    let (recorded, names) = record(&folder, Rotation { frames: Some(10), ..NONE }, None, &frames);
    assert_eq!(names, ["live_00001_20261120100000.pcapng", "live_00002_20261120100001.pcapng", "live_00003_20261120100002.pcapng"]);
    assert_eq!(recorded.files, names.iter().map(|name| folder.path().join(name)).collect::<Vec<_>>());
    assert_eq!((recorded.frames, recorded.removed), (25, 0));
    for (file, part) in recorded.files.iter().zip(frames.chunks(10)) {
        assert_eq!(read(file), part);
    }
}

#[test]
fn next_file_begins_after_a_time_even_if_no_frame_comes() {
    let folder = TempDir::new().unwrap();
    let rotate = Rotation { period: Some(Duration::from_secs(2)), ..NONE };
    let mut recorder = Recorder::create(options(&folder.path().join("live"), rotate, None), ethernet()).unwrap();
    assert_eq!(names(&folder), [""; 0]);
    recorder.tick(at(100.0)).unwrap();
    for seconds in [0.5, 2.4, 2.5, 2.0, 4.49, 4.5] {
        recorder.frame(&Owned::new(seconds, *b"x").frame()).unwrap();
    }
    let count = |name: &str| read(&folder.path().join(name)).len();
    assert_eq!(names(&folder), ["live_00001_20261120100000", "live_00002_20261120100002", "live_00003_20261120100004"]);
    assert_eq!((count("live_00001_20261120100000"), count("live_00002_20261120100002")), (2, 3));
    recorder.tick(at(6.4)).unwrap();
    assert_eq!(count("live_00003_20261120100004"), 0);
    recorder.tick(at(6.5)).unwrap();
    assert_eq!(count("live_00003_20261120100004"), 1);
    recorder.tick(at(60.0)).unwrap();
    recorder.frame(&Owned::new(60.0, *b"x").frame()).unwrap();
    // The clock was set back: by less than a period, then by more.
    recorder.frame(&Owned::new(59.0, *b"x").frame()).unwrap();
    recorder.frame(&Owned::new(7.0, *b"x").frame()).unwrap();
    assert_eq!(recorder.finish().unwrap().frames, 9);
    assert_eq!(names(&folder)[3..], ["live_00004_20261120100100", "live_00005_20261120100007"]);
}

#[test]
fn next_file_begins_before_one_is_too_large() {
    let frames = frames(200);
    for limit in [1, 300, 301, 302, 303, 304, 1000] {
        let folder = TempDir::new().unwrap();
        let (recorded, _) = record(&folder, Rotation { bytes: Some(limit), ..NONE }, None, &frames);
        let files: Vec<_> = recorded.files.iter().map(|file| (fs::metadata(file).unwrap().len(), read(file))).collect();
        for pair in files.windows(2) {
            let (length, held) = &pair[0];
            let next = &pair[1].1[0];
            assert!(*length <= limit || held.len() == 1, "{length} bytes");
            assert!(length + 32 + next.data.len().next_multiple_of(4) as u64 > limit, "the next frame had room");
        }
        assert_eq!(recorded.bytes, files.iter().map(|(length, _)| length).sum::<u64>());
        assert_eq!(files.into_iter().flat_map(|(_, frames)| frames).collect::<Vec<_>>(), frames);
    }
}

#[test]
fn interface_that_found_no_room_is_not_counted() {
    let folder = TempDir::new().unwrap();
    let rotate = Rotation { bytes: Some(300), ..NONE };
    let mut recorder = Recorder::create(options(&folder.path().join("live"), rotate, None), ethernet()).unwrap();
    recorder.frame(&Owned::new(0.0, *b"x").frame()).unwrap();
    recorder.statistics(5, InterfaceStatistics::default());
    recorder.frame(&Owned { input: 5, ..Owned::new(0.0, [7; 200]) }.frame()).unwrap();
    let recorded = recorder.finish().unwrap();
    assert_eq!(kinds(&recorded.files[0]), [0x0a0d_0d0a, 1, 6]);
    assert_eq!(kinds(&recorded.files[1]), [0x0a0d_0d0a, 1, 1, 6, 5]);
}

#[test]
fn first_bound_that_is_reached_counts() {
    let folder = TempDir::new().unwrap();
    let rotate = Rotation { bytes: Some(10_000), period: Some(Duration::from_secs(1)), frames: Some(3) };
    let frames: Vec<_> = [0.0, 0.1, 0.2, 0.3, 1.3, 1.4].into_iter().map(|seconds| Owned::new(seconds, *b"small")).collect();
    let large: Vec<_> = [1.5, 1.6].into_iter().map(|seconds| Owned::new(seconds, [7; 9000])).collect();
    let (recorded, _) = record(&folder, rotate, None, &[frames, large].concat());
    assert_eq!(recorded.files.iter().map(|file| read(file).len()).collect::<Vec<_>>(), [3, 1, 3, 1]);
}

#[test]
fn ring_keeps_the_newest_files() {
    let folder = TempDir::new().unwrap();
    let frames = frames(95);
    let foreign = ["live_00001_20261120100000.pcapng", "live_00003_19990101000000.pcapng", "live.pcapng"];
    for name in foreign {
        fs::write(folder.path().join(name), "of somebody else").unwrap();
    }
    let (recorded, names) = record(&folder, Rotation { frames: Some(10), ..NONE }, Some(3), &frames);
    // Number 1 was taken.
    let own = ["live_00009_20261120100007.pcapng", "live_00010_20261120100008.pcapng", "live_00011_20261120100009.pcapng"];
    assert_eq!(recorded.files, own.map(|name| folder.path().join(name)));
    assert_eq!((recorded.frames, recorded.removed), (95, 7));
    let mut all = [foreign.as_slice(), own.as_slice()].concat();
    all.sort_unstable();
    assert_eq!(names, all);
    assert_eq!(recorded.files.iter().flat_map(|file| read(file)).collect::<Vec<_>>(), frames[70..]);
    assert!(foreign.iter().all(|name| fs::read(folder.path().join(name)).unwrap() == b"of somebody else"));
}

#[test]
fn ring_goes_on_when_a_file_is_gone_or_cannot_be_removed() {
    let folder = TempDir::new().unwrap();
    let mut recorder =
        Recorder::create(options(&folder.path().join("live"), Rotation { frames: Some(1), ..NONE }, Some(2)), ethernet()).unwrap();
    let frames = frames(6);
    let first = folder.path().join("live_00001_20261120100000");
    recorder.frame(&frames[0].frame()).unwrap();
    recorder.frame(&frames[1].frame()).unwrap();
    // A folder in its place cannot be removed as a file.
    fs::remove_file(&first).unwrap();
    fs::create_dir(&first).unwrap();
    recorder.frame(&frames[2].frame()).unwrap();
    assert_eq!(recorder.recorded().files.len(), 3);
    fs::remove_dir(&first).unwrap();
    recorder.frame(&frames[3].frame()).unwrap();
    assert_eq!(recorder.recorded().files.len(), 2);
    let recorded = recorder.finish().unwrap();
    assert_eq!(names(&folder), ["live_00003_20261120100000", "live_00004_20261120100000"]);
    assert_eq!((recorded.frames, recorded.removed), (4, 2));
}

#[test]
fn statistics_stand_in_every_file() {
    let folder = TempDir::new().unwrap();
    let rotate = Rotation { frames: Some(2), ..NONE };
    let mut recorder = Recorder::create(options(&folder.path().join("live"), rotate, None), ethernet()).unwrap();
    for (index, frame) in (1..).zip(frames(4)) {
        recorder.statistics(0, InterfaceStatistics { received: Some(index), ..InterfaceStatistics::default() });
        recorder.frame(&frame.frame()).unwrap();
    }
    let recorded = recorder.finish().unwrap();
    let received: Vec<_> = recorded.files.iter().map(|file| blocks(file).last().unwrap().1[16]).collect();
    assert_eq!(received, [3, 4]);
    assert_eq!(recorded.bytes, recorded.files.iter().map(|file| fs::metadata(file).unwrap().len()).sum::<u64>());
}

#[test]
fn options_that_cannot_be_meant_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("live.pcapng");
    let some = Rotation { frames: Some(1), ..NONE };
    assert_eq!(refused(options(Path::new("-"), some, None)), "standard output: standard output cannot be divided into files: name a file");
    assert!(refused(options(&path, NONE, Some(2))).contains("there is only one file"));
    assert!(refused(options(&path, some, Some(0))).ends_with("at least one file must be kept"));
    for zero in
        [Rotation { bytes: Some(0), ..some }, Rotation { period: Some(Duration::ZERO), ..some }, Rotation { frames: Some(0), ..NONE }]
    {
        assert!(refused(options(&path, zero, None)).contains("a file must hold something"));
    }
    for rotate in [NONE, some] {
        assert!(refused(options(folder.path(), rotate, None)).ends_with("is a directory: name a file in it"));
        let why = refused(options(&folder.path().join("none/live.pcapng"), rotate, None));
        assert!(why.ends_with("cannot be written: its directory does not exist: create it first"), "{why}");
    }
    assert_eq!(names(&folder), [""; 0]);
}
