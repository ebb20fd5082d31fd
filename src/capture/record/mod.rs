//! Frames into pcapng files on disk, as they come: one file, or one after the other by size, time or number of frames, of
//! which the newest can be kept as a ring. Time is that of the capture: no clock is read here, and nothing waits.
//!
//! ```text
//! Frame ─rotation→ file ─Blocks→ buffer ─whole blocks→ medium
//! ```
//!
//! Whoever reads along finds a readable file at any time: headers are written when a file is made, frames by
//! [`Recorder::flush`] at the latest. When the disk is full the file is cut back to the last whole frame (`file`).
//!
//! Nothing is compressed, and nothing is forced out of the system's own cache.

mod error;
mod file;
mod name;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use error::RecordError;

use super::input::printable;
use super::write::{InterfaceDescription, InterfaceStatistics, Section};
use crate::frame::Frame;
use crate::time::Timestamp;
use file::{Medium, Pipe, Recording};
use name::Names;

/// Where frames are recorded, and how.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// The file, or `-` for standard output. A file that exists is overwritten, as tcpdump does: whether it is an input is for
    /// the caller to ask. With rotation, `live.pcapng` gives `live_00001_20261120100000.pcapng` and so on (a number, and the time
    /// of the first frame in UTC), and no file that exists is touched.
    pub path: PathBuf,
    /// When the next file begins.
    pub rotate: Rotation,
    /// So many files are kept, the one that is written included: the oldest one of this recording goes before the next one is
    /// made. Only with rotation.
    pub keep: Option<usize>,
    /// What each file says of itself.
    pub comment: String,
}

/// When the next file begins: when any of these would be exceeded. A file has at least one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes in a file. The statistics that stand at its end come on top: 112 bytes for each interface, and their comments.
    pub bytes: Option<u64>,
    /// Capture time from the first frame of a file on.
    pub period: Option<Duration>,
    /// Frames in a file.
    pub frames: Option<u64>,
}

impl Rotation {
    const fn is_none(&self) -> bool {
        self.bytes.is_none() && self.period.is_none() && self.frames.is_none()
    }

    fn is_zero(&self) -> bool {
        self.bytes == Some(0) || self.period == Some(Duration::ZERO) || self.frames == Some(0)
    }
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The files that are there, in the order of time; without those that had to make room. None for standard output.
    pub files: Vec<PathBuf>,
    /// Files that were removed to make room.
    pub removed: u64,
    /// Frames, those of removed files included.
    pub frames: u64,
    /// Bytes, those of removed files included.
    pub bytes: u64,
}

/// Records frames into files. Dropped without [`Recorder::finish`], it writes the frames it holds and says of no error.
#[derive(Debug)]
pub struct Recorder {
    options: RecordOptions,
    names: Names,
    section: Section,
    interfaces: Arc<[InterfaceDescription]>,
    /// The latest of each input.
    statistics: Vec<(u32, InterfaceStatistics)>,
    /// The file that is written, and the time that its period counts from. Between two files there is none.
    open: Option<(Recording, Timestamp)>,
    /// Of files that are closed; their names include the one that is open.
    recorded: Recorded,
    stopped: bool,
}

impl Recorder {
    /// Begins to record; `interfaces` describe the inputs in their order. Without rotation the file is made at once, with it
    /// when its first frame has come: then only the folder is tried.
    ///
    /// # Errors
    /// The options contradict each other, standard output is a terminal, or the file or its folder cannot be written.
    pub fn create(options: RecordOptions, interfaces: Vec<InterfaceDescription>) -> Result<Self, RecordError> {
        check(&options)?;
        let section =
            Section { comment: options.comment.clone(), hardware: std::env::consts::ARCH.into(), os: std::env::consts::OS.into() };
        let mut recorder = Self {
            names: Names::new(options.path.clone()),
            options,
            section,
            interfaces: interfaces.into(),
            statistics: Vec::new(),
            open: None,
            recorded: Recorded::default(),
            stopped: false,
        };
        if recorder.options.rotate.is_none() {
            recorder.open(Timestamp::default())?;
        } else {
            let folder = recorder.names.folder();
            tempfile::tempfile_in(folder).map_err(|cause| RecordError::Create { path: shown(folder), cause })?;
        }
        Ok(recorder)
    }

    /// Records a frame. `frame.id.input()` says which interface it came from; if that was declared with another link type, or not
    /// at all, the file gets one more interface.
    ///
    /// # Errors
    /// Any but those of the options. Nothing more is recorded then: all later frames are [`RecordError::Stopped`].
    #[inline]
    pub fn frame(&mut self, frame: &Frame<'_>) -> Result<(), RecordError> {
        self.going()?;
        let result = self.take(frame);
        self.checked(result)
    }

    /// The latest counters of an input. They are written when a file is closed, as they are then: since the capture began, not
    /// since the file did.
    pub fn statistics(&mut self, input: u32, statistics: InterfaceStatistics) {
        match self.statistics.iter_mut().find(|(known, _)| *known == input) {
            Some((_, known)) => *known = statistics,
            None => self.statistics.push((input, statistics)),
        }
    }

    /// Says what time it is, by the capture, while no frame comes: closes a file whose period is over. The next one begins with
    /// the next frame.
    ///
    /// # Errors
    /// As [`Recorder::frame`].
    pub fn tick(&mut self, now: Timestamp) -> Result<(), RecordError> {
        self.going()?;
        let result = if self.is_over(now) { self.close() } else { Ok(()) };
        self.checked(result)
    }

    /// Writes the frames that are held, so that they can be read.
    ///
    /// # Errors
    /// As [`Recorder::frame`].
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.going()?;
        let result = self.open.as_mut().map_or(Ok(()), |(file, _)| file.flush());
        self.checked(result)
    }

    /// What was recorded so far; after an error, what of it is safe.
    pub fn recorded(&self) -> Recorded {
        let mut recorded = self.recorded.clone();
        if let Some((file, _)) = &self.open {
            recorded.frames += file.frames();
            recorded.bytes += file.bytes();
        }
        recorded
    }

    /// Writes what is held, closes the file, and says what was recorded. After an error that was told before, what of it is safe.
    ///
    /// # Errors
    /// As [`Recorder::frame`]. Statistics that find no room any more are no error.
    pub fn finish(mut self) -> Result<Recorded, RecordError> {
        if !self.stopped {
            let result = self.close();
            self.checked(result)?;
        }
        Ok(self.recorded())
    }

    fn take(&mut self, frame: &Frame<'_>) -> Result<(), RecordError> {
        let rotate = self.options.rotate;
        if self.is_over(frame.time) || self.open.as_ref().is_some_and(|(file, _)| rotate.frames == Some(file.frames())) {
            self.close()?;
        }
        let limit = rotate.bytes.unwrap_or(u64::MAX);
        // At most twice: a file without frames takes any.
        loop {
            if let Some((file, _)) = &mut self.open
                && file.push(frame, limit)?
            {
                return Ok(());
            }
            self.close()?;
            self.open(frame.time)?;
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        match (&self.open, self.options.rotate.period) {
            // The other way round when the clock was set back: otherwise the file would go on until it is there again.
            (Some((_, start)), Some(period)) => now.since(*start).max(start.since(now)) >= period,
            _ => false,
        }
    }

    fn going(&self) -> Result<(), RecordError> {
        if self.stopped { Err(RecordError::Stopped { path: shown(&self.options.path) }) } else { Ok(()) }
    }

    /// After the first error nothing more is recorded; how much was dropped until then may still find room.
    #[inline]
    fn checked(&mut self, result: Result<(), RecordError>) -> Result<(), RecordError> {
        if result.is_err() {
            self.stopped = true;
            if let Some((file, _)) = &mut self.open {
                file.statistics(&self.statistics);
            }
        }
        result
    }

    /// Makes a file, with its headers, for a frame of this time.
    fn open(&mut self, time: Timestamp) -> Result<(), RecordError> {
        let rotates = !self.options.rotate.is_none();
        let (medium, path): (Box<dyn Medium>, _) = if rotates {
            self.make_room();
            let (file, path) = self.names.create(time)?;
            (Box::new(file), path)
        } else {
            (single(&self.options.path)?, self.options.path.clone())
        };
        let file = Recording::new(medium, shown(&path), &self.section, Arc::clone(&self.interfaces)).map_err(|cause| {
            // Without frames, and perhaps without its header, it would only be in the way of who reads the folder.
            if rotates {
                let _ = fs::remove_file(&path);
            }
            RecordError::Create { path: shown(&path), cause }
        })?;
        if path != Path::new(STANDARD_OUTPUT) {
            self.recorded.files.push(path);
        }
        self.open = Some((file, time));
        Ok(())
    }

    /// Removes the oldest files, so that with the next one there are as many as wanted. One that cannot be removed is tried again
    /// the next time: it is better than no recording.
    fn make_room(&mut self) {
        let Some(keep) = self.options.keep else { return };
        let surplus = (self.recorded.files.len() + 1).saturating_sub(keep);
        let mut index = 0;
        self.recorded.files.retain(|path| {
            index += 1;
            let gone = index <= surplus && is_gone(fs::remove_file(path));
            self.recorded.removed += u64::from(gone);
            !gone
        });
    }

    fn close(&mut self) -> Result<(), RecordError> {
        let Some((file, _)) = &mut self.open else { return Ok(()) };
        file.flush()?;
        file.statistics(&self.statistics);
        self.recorded.frames += file.frames();
        self.recorded.bytes += file.bytes();
        self.open = None;
        Ok(())
    }
}

/// The path that means standard output.
const STANDARD_OUTPUT: &str = "-";

fn check(options: &RecordOptions) -> Result<(), RecordError> {
    let (path, rotate) = (&options.path, &options.rotate);
    let why = if path == Path::new(STANDARD_OUTPUT) && !rotate.is_none() {
        "standard output cannot be divided into files: name a file"
    } else if rotate.is_zero() {
        "a file must hold something: give a size, time or number of frames above 0"
    } else if options.keep == Some(0) {
        "at least one file must be kept"
    } else if options.keep.is_some() && rotate.is_none() {
        "there is only one file, so none can make room: say too when the next one begins"
    } else if path.is_dir() || path.file_name().is_none() {
        "is a directory: name a file in it"
    } else {
        return Ok(());
    };
    Err(RecordError::Options { path: shown(path), why })
}

/// The file of a recording that does not rotate.
fn single(path: &Path) -> Result<Box<dyn Medium>, RecordError> {
    let refused = |cause| RecordError::Create { path: shown(path), cause };
    if path != Path::new(STANDARD_OUTPUT) {
        Ok(Box::new(File::create(path).map_err(refused)?))
    } else if io::stdout().is_terminal() {
        Err(RecordError::Terminal)
    } else {
        Ok(Box::new(Pipe::standard_output().map_err(refused)?))
    }
}

fn is_gone(result: io::Result<()>) -> bool {
    result.map_or_else(|error| error.kind() == ErrorKind::NotFound, |()| true)
}

/// For people.
fn shown(path: &Path) -> String {
    if path == Path::new(STANDARD_OUTPUT) { "standard output".to_owned() } else { printable(&path.to_string_lossy()) }
}
