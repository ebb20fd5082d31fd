//! Captures that are still being written: files that grow, folders in which a ring of files appears, pipes. Read by a thread of
//! their own; at the end of what there is it waits for more.
//!
//! A file that was replaced, or cut to be written anew, is read on from the new one's start; in a folder, the next file follows when
//! the present one is read to its end and another one is there.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Stop;
use super::queue::Filler;
use crate::capture::error::{CaptureError, Warning};
use crate::capture::input::shown;
use crate::capture::reader::{self, Copies, Limits, Reader};
use crate::frame::Frame;
use crate::time::Timestamp;

/// Between two looks at a file that may have grown.
const PAUSE: Duration = Duration::from_millis(50);

/// Between two looks whether there is another file.
const LOOK: Duration = Duration::from_millis(250);

/// First bytes by which a file is known again that was cut and written anew: with the time of its first frame, since headers that one
/// program writes are all alike.
const HEAD: usize = 1024;

/// A filler that the thread and the file under its reader share: what was read is sent before more is waited for.
#[derive(Clone)]
pub(in crate::capture) struct Shared(Arc<Mutex<State>>);

struct State {
    filler: Filler,
    latest: Option<Timestamp>,
    gone: bool,
}

impl Shared {
    pub(in crate::capture) fn new(filler: Filler) -> Self {
        Self(Arc::new(Mutex::new(State { filler, latest: None, gone: false })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what was read. `waits`: it is not known when more comes, and nobody shall wait for it.
    fn send(&self, waits: bool) {
        let mut state = self.state();
        let watermark = state.latest.filter(|_| !waits);
        state.filler.batch().watermark = watermark;
        state.gone |= state.filler.send().is_err();
    }

    fn is_gone(&self) -> bool {
        self.state().gone
    }

    /// Takes a frame; tells whether it is time to send.
    fn take(&self, frame: &Frame<'_>) -> bool {
        let mut state = self.state();
        state.latest = state.latest.max(Some(frame.time));
        state.filler.push(frame);
        state.filler.is_full()
    }

    /// All frames of a reader, until it ends or nobody wants more.
    fn read(&self, reader: &mut Reader, stop: &Stop) -> Result<(), CaptureError> {
        while !stop.is_asked() && reader.advance()? {
            if self.take(&reader.frame()) {
                self.send(false);
            }
            if self.is_gone() {
                return Ok(());
            }
        }
        if let Some(warning) = reader.take_warning().filter(|_| !stop.is_asked()) {
            self.state().filler.batch().warnings.push(warning);
        }
        Ok(())
    }

    fn end(&self, end: Result<(), CaptureError>) {
        self.state().filler.batch().end = Some(end);
        self.send(true);
    }
}

/// A pipe: what comes is told before more is waited for.
pub(in crate::capture) struct Pipe {
    source: Box<dyn Read + Send>,
    shared: Shared,
}

impl Pipe {
    pub(in crate::capture) fn new(source: Box<dyn Read + Send>, shared: Shared) -> Self {
        Self { source, shared }
    }
}

impl Read for Pipe {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.shared.send(true);
        if self.shared.is_gone() { Ok(0) } else { self.source.read(out) }
    }
}

/// Reads a pipe, in a thread: what `open` makes a reader of, over a [`Pipe`] with the same `shared`. Its header may take long to come.
pub(in crate::capture) fn pipe(
    open: impl FnOnce() -> Result<Reader, CaptureError> + Send + 'static,
    shared: Shared,
    stop: Stop,
) -> io::Result<()> {
    let work = move || {
        let end = open().and_then(|mut reader| shared.read(&mut reader, &stop));
        shared.end(end);
    };
    thread::Builder::new().name("pipe".into()).spawn(work).map(|_| ())
}

/// A file or a folder that grows.
pub(in crate::capture) struct Follow {
    /// The file, or the folder.
    pub(in crate::capture) path: PathBuf,
    /// Index of the input, for the first file; in a folder, that of the folder itself.
    pub(in crate::capture) input: u32,
    /// The index that the next file gets.
    pub(in crate::capture) next: Arc<AtomicU32>,
    /// Counts bytes.
    pub(in crate::capture) read: Arc<AtomicU64>,
    pub(in crate::capture) limits: Limits,
    pub(in crate::capture) shared: Shared,
    pub(in crate::capture) stop: Stop,
}

impl Follow {
    /// Follows it, in a thread.
    pub(in crate::capture) fn start(self) -> io::Result<()> {
        let work = move || {
            let end = self.run();
            self.shared.end(end);
        };
        thread::Builder::new().name("follow".into()).spawn(work).map(|_| ())
    }

    fn run(&self) -> Result<(), CaptureError> {
        let is_folder = self.path.is_dir();
        let files = Arc::new(Mutex::new(Files { path: self.path.clone(), is_folder, known: HashMap::new() }));
        let mut input = (!is_folder).then_some(self.input);
        let mut told = false;
        while !self.stop.is_asked() && !self.shared.is_gone() {
            let found = lock(&files).next().map_err(|error| CaptureError::open(&shown(&self.path), error))?;
            let Some((path, file, id)) = found else {
                if !std::mem::replace(&mut told, true) {
                    self.shared.send(true);
                }
                thread::sleep(PAUSE);
                continue;
            };
            told = false;
            let name = shown(&path);
            let input = input.take().unwrap_or_else(|| {
                let input = self.next.fetch_add(1, Ordering::Relaxed);
                self.shared.state().filler.batch().names.push((input, name.clone()));
                input
            });
            let tail = Tail {
                file,
                id,
                position: 0,
                files: Arc::clone(&files),
                shared: self.shared.clone(),
                stop: self.stop.clone(),
                looked: None,
                is_last: false,
            };
            match Reader::open(&name, input, Box::new(tail), &self.read, Copies::None, self.limits) {
                Ok(mut reader) => self.shared.read(&mut reader, &self.stop)?,
                Err(_) if self.stop.is_asked() => {}
                Err(error) if is_folder => {
                    let warning = Warning::LeftOut { file: name, why: error.to_string() };
                    self.shared.state().filler.batch().warnings.push(warning);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn lock(files: &Mutex<Files>) -> MutexGuard<'_, Files> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which file it is, whatever its name.
type FileId = (u64, u64);

/// The files there are, and those that were read.
struct Files {
    path: PathBuf,
    is_folder: bool,
    /// Those that were read or are being read: their first bytes, and how far; of what is no capture, nothing.
    known: HashMap<FileId, Known>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    head: Vec<u8>,
    read: u64,
}

impl Files {
    /// The next file to read.
    fn next(&mut self) -> io::Result<Option<(PathBuf, File, FileId)>> {
        let Some((path, file, metadata)) = self.find(None)? else { return Ok(None) };
        let id = id(&metadata);
        self.known.insert(id, Known { head: head(&file)?, read: 0 });
        Ok(Some((path, file, id)))
    }

    /// A file that was not read: the one written to first.
    fn find(&mut self, present: Option<FileId>) -> io::Result<Option<(PathBuf, File, Metadata)>> {
        if !self.is_folder {
            return Ok(self.fresh(&self.path, present));
        }
        let (mut found, mut there) = (Vec::new(), HashSet::new());
        for entry in fs::read_dir(&self.path)?.flatten() {
            let path = entry.path();
            if let Some(metadata) = fs::metadata(&path).ok().filter(Metadata::is_file) {
                there.insert(id(&metadata));
                found.push((metadata.modified().ok(), path));
            }
        }
        // Rings let go of files, and other files get their numbers.
        self.known.retain(|id, _| there.contains(id) || present == Some(*id));
        found.sort();
        Ok(found.iter().find_map(|(_, path)| self.fresh(path, present)))
    }

    /// The file of that name, if it is a capture and was not read.
    fn fresh(&self, path: &Path, present: Option<FileId>) -> Option<(PathBuf, File, Metadata)> {
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        let is_known = |known: &Known| metadata.len() >= known.read && head(&file).is_ok_and(|head| head.starts_with(&known.head));
        if self.known.get(&id(&metadata)).is_some_and(is_known) || (self.is_folder && !is_capture(path)) {
            return None;
        }
        // One that is being written anew shows when its header is there.
        let is_there = metadata.len() > 0 || (!self.is_folder && present.is_none());
        is_there.then(|| (path.to_owned(), file, metadata))
    }
}

/// The first bytes of a file, wherever in it is read.
fn head(file: &File) -> io::Result<Vec<u8>> {
    let (mut head, mut len) = (vec![0; HEAD], 0);
    while let Some(rest) = head.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, len as u64) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(len);
    Ok(head)
}

fn is_capture(path: &Path) -> bool {
    File::open(path).and_then(|file| reader::is_capture(Box::new(file))).unwrap_or(false)
}

fn id(metadata: &Metadata) -> FileId {
    (metadata.dev(), metadata.ino())
}

/// A file at whose end is waited for more.
struct Tail {
    file: File,
    id: FileId,
    position: u64,
    files: Arc<Mutex<Files>>,
    shared: Shared,
    stop: Stop,
    looked: Option<Instant>,
    /// Another file is there: at the end, this one is over.
    is_last: bool,
}

impl Tail {
    /// Another file takes its place, or was written behind it.
    fn is_superseded(&mut self) -> bool {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return false;
        }
        self.looked = Some(Instant::now());
        let mut files = lock(&self.files);
        if let Some(known) = files.known.get_mut(&self.id) {
            known.read = self.position;
        }
        files.find(Some(self.id)).is_ok_and(|found| found.is_some())
    }

    /// It was cut and written anew: what was read just now is of another recording.
    fn is_anew(&self) -> bool {
        let Ok(head) = head(&self.file) else { return false };
        let mut files = lock(&self.files);
        let Some(known) = files.known.get_mut(&self.id) else { return false };
        let is_anew = !head.starts_with(&known.head);
        if !is_anew {
            known.head = head;
        }
        is_anew
    }
}

impl Read for Tail {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.shared.send(false);
        let mut waits = false;
        loop {
            let read = self.file.read(out)?;
            if read > 0 && self.is_anew() {
                return Ok(0);
            }
            self.position += read as u64;
            if read > 0 || out.is_empty() || self.is_last || self.stop.is_asked() || self.shared.is_gone() {
                return Ok(read);
            }
            if self.is_superseded() {
                // What was written to this one just before.
                self.is_last = true;
                continue;
            }
            if !std::mem::replace(&mut waits, true) {
                self.shared.send(true);
            }
            thread::sleep(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_gone_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut files = Files { path: folder.path().to_owned(), is_folder: true, known: HashMap::new() };
        let capture = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0];
        for number in 0..20u8 {
            let path = folder.path().join(number.to_string());
            fs::write(&path, [&capture[..], &[number; 16]].concat()).expect("written");
            let (found, _, id) = files.next().expect("readable").expect("a file");
            assert_eq!(found, path);
            assert!(files.next().expect("readable").is_none(), "it is known");
            fs::remove_file(&path).expect("removed");
            assert!(files.find(Some(id)).expect("readable").is_none());
            assert!(files.known.contains_key(&id), "it is being read");
        }
        assert!(files.next().expect("readable").is_none());
        assert!(files.known.is_empty(), "{:?}", files.known);
    }
}
