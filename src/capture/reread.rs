//! Bytes of an input once more, after it was read: `FrameId::input` and `Frame::offset` say where they are. From the file
//! itself where it lies plain on a disk, otherwise from the copy made while it was read ([`super::Options::copies`]); of a live
//! source, from its window.
//!
//! A file is opened anew for each request, so that thousands of inputs need no thousands of handles, and is held against the
//! size and time it had: bytes of another file are worse than none.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::compress::Compression;
use super::error::CaptureError;
use super::filter::Filter;
use super::input::{Input, Place};
use super::ring::{self, Hold, Ring};
use super::spool::{Missing, Spool};
use super::{Inputs, Options, Source};

/// Reads inputs again. Cheap to clone; may go to another thread than the [`Source`].
#[derive(Clone, Debug)]
pub struct Reread {
    inputs: Arc<[Input]>,
    spool: Option<Arc<Spool>>,
    /// Of a live source, all that is kept.
    ring: Option<Arc<Ring>>,
}

/// Why bytes cannot be read again. The text is complete, and ends without a full stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RereadError {
    /// The file is no longer there.
    #[error("{input}: is no longer there: its packets cannot be shown, only listed")]
    Vanished {
        /// The file.
        input: String,
    },
    /// The file was written to since it was opened.
    #[error("{input}: has changed since it was read: open it again to see its packets")]
    Changed {
        /// The file.
        input: String,
    },
    /// Of a live source, it is too long ago.
    #[error("{input}: this has left the window of the last minutes: it is listed, but its bytes are gone")]
    Passed {
        /// The input.
        input: String,
    },
    /// It is compressed, or a pipe, and no copy was made.
    #[error("{input}: cannot be read twice, and no copy of it was kept")]
    NotKept {
        /// The input.
        input: String,
    },
    /// The system says no.
    #[error("{input}: cannot be read again: {why}")]
    Failed {
        /// The input.
        input: String,
        /// In whose words.
        why: String,
    },
}

impl Reread {
    pub(super) fn new(inputs: Vec<Input>, spool: Option<Arc<Spool>>, ring: Option<Arc<Ring>>) -> Self {
        Self { inputs: inputs.into(), spool, ring }
    }

    /// Of a live source: from now on nothing leaves its window by age, until the hold is dropped.
    pub fn hold(&self) -> Option<Hold> {
        self.ring.as_ref().map(Ring::hold)
    }

    /// `len` bytes of an input from `offset` on (of a compressed one: of its content). The caller bounds `len`.
    ///
    /// # Errors
    /// They are not there, or no longer; never other bytes than were read before, as far as size and time of a file show.
    pub fn read(&self, input: u32, offset: u64, len: usize) -> Result<Vec<u8>, RereadError> {
        let mut bytes = vec![0; len];
        let mut have = 0;
        while let Some(rest) = bytes.get_mut(have..).filter(|rest| !rest.is_empty()) {
            have += match self.some(input, offset + have as u64, rest)? {
                0 => return Err(self.failed(input, "it ends before them")),
                some => some,
            };
        }
        Ok(bytes)
    }

    /// All inputs from their start, as another source: of the same names, in the same order. Of a live source, what is in its
    /// window now.
    ///
    /// # Errors
    /// As [`Source::open`]; [`CaptureError::Reread`] if an input has changed or was not kept.
    pub fn source(&self, options: &Options) -> Result<Source, CaptureError> {
        if let Some(ring) = &self.ring {
            let filter = options.filter.as_deref().map(Filter::new).transpose()?;
            let (names, reread, inputs) = (ring.names(), self.clone(), Inputs::Window(Box::new(ring.frames())));
            let (read, warnings) = (Arc::default(), Vec::new());
            return Ok(Source { names, reread, total: None, read, inputs, ring: None, copied: None, filter, warnings });
        }
        for index in 0..self.inputs.len() {
            self.check(index as u32)?;
        }
        let inputs = (0..).zip(self.inputs.iter()).map(|(index, input)| {
            let place = if input.reopens() { input.place.clone() } else { Place::Copy(self.clone(), index) };
            Input { place, ..input.clone() }
        });
        Source::over(inputs.collect(), options, Vec::new())
    }

    /// A copied input from its start.
    pub(super) fn reader(&self, input: u32) -> impl Read + Send + 'static {
        Copied { reread: self.clone(), input, at: 0 }
    }

    /// Some bytes of an input; 0 at its end.
    fn some(&self, input: u32, offset: u64, out: &mut [u8]) -> Result<usize, RereadError> {
        match self.ring.as_ref().map(|ring| ring.read(offset, out)) {
            Some(Ok(len)) => return Ok(len),
            Some(Err(ring::Missing::Passed)) => return Err(RereadError::Passed { input: self.name(input) }),
            Some(Err(ring::Missing::Unwritten(why))) => return Err(self.failed(input, &why)),
            None => {}
        }
        match self.spool.as_ref().map(|spool| spool.read(input, offset, out)) {
            Some(Ok(len)) => return Ok(len),
            Some(Err(Missing::Bytes(why))) => return Err(self.failed(input, &why)),
            Some(Err(Missing::Input)) | None => {}
        }
        let mut file = self.check(input)?.ok_or_else(|| RereadError::NotKept { input: self.name(input) })?;
        let mut read = || -> io::Result<usize> {
            let mut head = [0; 4];
            if file.read(&mut head)? == 4 && Compression::of(&head).is_some() {
                return Err(io::Error::other("it is compressed, and no copy of its content was kept"));
            }
            file.seek(SeekFrom::Start(offset))?;
            file.read(out)
        };
        read().map_err(|error| self.failed(input, &error.to_string()))
    }

    /// The file of an input, if it is one and as it was.
    fn check(&self, input: u32) -> Result<Option<File>, RereadError> {
        let known = self.inputs.get(input as usize);
        let Some((known, Place::Path(path))) = known.filter(|known| known.reopens()).map(|known| (known, &known.place)) else {
            return Ok(None);
        };
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => RereadError::Vanished { input: known.name.clone() },
            _ => self.failed(input, &error.to_string()),
        })?;
        let now = file.metadata().map_err(|error| self.failed(input, &error.to_string()))?;
        if Some(now.len()) != known.size || now.modified().ok() != known.modified {
            return Err(RereadError::Changed { input: known.name.clone() });
        }
        Ok(Some(file))
    }

    fn name(&self, input: u32) -> String {
        let called = self.ring.as_ref().and_then(|ring| ring.names().get(input as usize).cloned());
        called.or_else(|| Some(self.inputs.get(input as usize)?.name.clone())).unwrap_or_else(|| "input".to_owned())
    }

    pub(super) fn failed(&self, input: u32, why: &str) -> RereadError {
        RereadError::Failed { input: self.name(input), why: why.to_owned() }
    }
}

/// An input from its copy, from the start.
struct Copied {
    reread: Reread,
    input: u32,
    at: u64,
}

impl Read for Copied {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.reread.some(self.input, self.at, out).map_err(io::Error::other)?;
        self.at += len as u64;
        Ok(len)
    }
}
