//! Disks that are full, and worse: what was written stays readable up to the last whole frame, and what is told of it is true.

use std::io::{Cursor, Write};
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;

/// Takes so many bytes, at most `step` at a time, and is full then.
#[derive(Clone, Debug)]
struct Small {
    held: Arc<Mutex<Vec<u8>>>,
    size: usize,
    step: usize,
    interrupted: bool,
    shortens: bool,
}

impl Small {
    fn new(size: usize, step: usize) -> Self {
        Self { held: Arc::default(), size, step, interrupted: false, shortens: true }
    }

    fn held(&self) -> Vec<u8> {
        self.held.lock().unwrap().clone()
    }
}

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        let mut held = self.held.lock().unwrap();
        let some = bytes.len().min(self.step).min(self.size - held.len());
        if some == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        held.extend(&bytes[..some]);
        Ok(some)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Medium for Small {
    fn shorten(&mut self, length: u64) -> io::Result<()> {
        if !self.shortens {
            return Err(ErrorKind::Unsupported.into());
        }
        self.held.lock().unwrap().truncate(length as usize);
        Ok(())
    }
}

fn counters() -> Vec<(u32, InterfaceStatistics)> {
    vec![(0, InterfaceStatistics { received: Some(1), ..InterfaceStatistics::default() })]
}

/// Records, with a flush after every `flush` frames, until the medium is full; how many frames are said to be safe. `None` if
/// not even the headers found room.
fn fill(medium: &Small, frames: &[Owned], flush: usize) -> Option<u64> {
    let mut file = Recording::new(Box::new(medium.clone()), "small".to_owned(), &Section::default(), ethernet().into()).ok()?;
    let result = (1..).zip(frames).try_for_each(|(index, frame)| {
        file.push(&frame.frame(), u64::MAX)?;
        if index % flush == 0 || index == frames.len() { file.flush() } else { Ok(()) }
    });
    file.statistics(&counters());
    assert!(!medium.shortens || file.bytes() == medium.held().len() as u64);
    match result {
        Err(RecordError::Write { frames, .. }) => assert_eq!(frames, file.frames()),
        other => assert!(other.is_ok() && file.frames() == frames.len() as u64),
    }
    Some(file.frames())
}

/// Frames of what a medium holds, and whether it ends inside one.
fn left(medium: &Small) -> (Vec<Owned>, bool) {
    let mut source = Source::from_reader("small", Cursor::new(medium.held()), &Options::default()).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = source.next().unwrap() {
        frames.push(Owned { input: 0, link: frame.link, time: frame.time, data: frame.data.to_vec() });
    }
    (frames, !source.take_warnings().is_empty())
}

/// What a medium of any size holds of these frames.
fn length(frames: &[Owned]) -> usize {
    let medium = Small::new(usize::MAX, usize::MAX);
    fill(&medium, frames, 1);
    medium.held().len()
}

#[test]
fn full_disk_leaves_whole_frames() {
    let frames = frames(12);
    for size in 0..length(&frames) + 8 {
        for flush in [1, 5, 100] {
            let medium = Small::new(size, usize::MAX);
            match fill(&medium, &frames, flush) {
                Some(told) => assert_eq!(left(&medium), (frames[..told as usize].to_vec(), false), "{size} bytes"),
                None => assert!(medium.held().is_empty() || left(&medium) == (vec![], false), "{size} bytes"),
            }
        }
    }
}

#[test]
fn statistics_that_find_no_room_are_no_error() {
    let frames = frames(12);
    let full = length(&frames);
    for missing in 1..48 {
        let medium = Small::new(full - missing, usize::MAX);
        let before = if missing <= 40 { 12 } else { 11 };
        assert_eq!(fill(&medium, &frames, 1), Some(before), "{missing} bytes");
        assert_eq!(left(&medium), (frames[..before as usize].to_vec(), false));
    }
}

#[test]
fn pipe_ends_inside_a_frame_but_its_whole_frames_are_counted() {
    let frames = frames(12);
    for size in 200..length(&frames) {
        let medium = Small { shortens: false, ..Small::new(size, usize::MAX) };
        let told = fill(&medium, &frames, 1).unwrap();
        assert_eq!(left(&medium).0, frames[..told as usize], "{size} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_medium_holds_what_is_told(
        sizes in prop::collection::vec(0_usize..3000, 1..60), room in 0_usize..200_000, step in 1_usize..5000, flush in 1_usize..70,
    ) {
        let frames: Vec<_> = sizes.into_iter().map(|size| Owned::new(0.0, vec![0x1a; size])).collect();
        let medium = Small::new(room.min(length(&frames)), step);
        if let Some(told) = fill(&medium, &frames, flush) {
            let (left, damaged) = left(&medium);
            prop_assert_eq!((&left[..], damaged), (&frames[..told as usize], false));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_device_is_told_in_the_words_of_the_system() {
    let refused = Recorder::create(options(Path::new("/dev/full"), Rotation::default(), None), ethernet()).unwrap_err().to_string();
    assert_eq!(
        refused,
        "/dev/full: cannot be written: No space left on device (os error 28): make room, or keep fewer and smaller files, and record again"
    );
    let error = RecordError::Write { path: "live.pcapng".to_owned(), cause: io::Error::from_raw_os_error(28), frames: 41 };
    assert_eq!(
        error.to_string(),
        "live.pcapng: recording failed: No space left on device (os error 28): the 41 frames before that are safe in it: \
         make room, or keep fewer and smaller files, and record again"
    );
}

#[test]
fn errors_say_what_is_left() {
    let text = |kind: ErrorKind, frames| RecordError::Write { path: "live".to_owned(), cause: kind.into(), frames }.to_string();
    assert_eq!(
        text(ErrorKind::Other, 1),
        "live: recording failed: other error: the frame before that is safe in it: check the disk, or record to another one"
    );
    assert!(text(ErrorKind::FileTooLarge, 0).contains("no frame is safe in it: let it go on in a next file"));
    assert!(text(ErrorKind::BrokenPipe, 9).ends_with("broken pipe: whoever read it has gone away, after 9 frames were written"));
}

#[test]
fn after_an_error_nothing_more_is_recorded() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("rings");
    fs::create_dir(&target).unwrap();
    let rotate = Rotation { frames: Some(2), ..Rotation::default() };
    let mut recorder = Recorder::create(options(&target.join("live"), rotate, None), ethernet()).unwrap();
    let frames = frames(5);
    frames[..2].iter().for_each(|frame| recorder.frame(&frame.frame()).unwrap());
    // The folder goes away under the next file.
    let moved = folder.path().join("moved");
    fs::rename(&target, &moved).unwrap();
    assert!(matches!(recorder.frame(&frames[2].frame()), Err(RecordError::Create { .. })));
    assert!(matches!(recorder.frame(&frames[3].frame()), Err(RecordError::Stopped { .. })));
    assert!(matches!(recorder.flush(), Err(RecordError::Stopped { .. })));
    assert!(matches!(recorder.tick(at(1e6)), Err(RecordError::Stopped { .. })));
    assert_eq!(recorder.finish().unwrap().frames, 2);
    assert_eq!(read(&moved.join("live_00001_20261120100000")), frames[..2]);
}
