//! One large reused buffer over a byte stream: formats look at their records in place, nothing is copied per frame.
//! It knows nothing of formats.

use std::io::{self, Read};

use crate::frame::LinkType;
use crate::time::Timestamp;

/// A frame in the buffer, valid until the buffer is asked for more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) time: Timestamp,
    pub(super) link: LinkType,
    pub(super) bytes: Span,
    pub(super) original_len: u32,
}

/// Where bytes are, for [`Buffer::get`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    start: usize,
    len: usize,
}

/// What the next record was; the buffer has moved on behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A frame.
    Frame,
    /// Not a frame, but Wireshark gives it a number.
    Counted,
    /// Neither a frame nor numbered.
    Skipped,
}

/// Why there is no next record.
#[derive(Debug)]
pub(super) enum Stop {
    /// The stream ends between records.
    End,
    /// The stream ends inside this record.
    Cut,
    /// This cannot be a record.
    Damaged(String),
    /// The stream failed.
    Failed(io::Error),
}

/// Boxed: so the result of the hottest function of the program travels in registers.
pub(super) type Outcome = Result<Step, Box<Stop>>;

impl From<io::Error> for Box<Stop> {
    #[cold]
    fn from(error: io::Error) -> Self {
        Self::new(Stop::Failed(error))
    }
}

impl Stop {
    /// A record that cannot be, because of `why`.
    #[cold]
    pub(super) fn damaged<T>(why: impl Into<String>) -> Result<T, Box<Self>> {
        Err(Box::new(Self::Damaged(why.into())))
    }

    /// A record that is not whole.
    #[cold]
    pub(super) fn cut<T>() -> Result<T, Box<Self>> {
        Err(Box::new(Self::Cut))
    }
}

/// The stream and the part of it that is in memory.
pub(super) struct Buffer {
    source: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    /// Invariant: `start <= end <= bytes.len()`; `start..end` is read and not yet consumed.
    start: usize,
    end: usize,
    /// Offset in the stream of `bytes[0]`.
    base: u64,
}

impl Buffer {
    /// Over `source`, with room for `size` bytes at first.
    pub(super) fn new(source: Box<dyn Read + Send>, size: usize) -> Self {
        Self { source, bytes: vec![0; size.max(64)], start: 0, end: 0, base: 0 }
    }

    /// All bytes in memory that are not consumed.
    #[inline]
    pub(super) fn available(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Bytes of a [`Record`].
    #[inline]
    pub(super) fn get(&self, span: Span) -> &[u8] {
        self.bytes.get(span.start..span.start + span.len).unwrap_or_default()
    }

    /// Offset in the stream of the bytes of a [`Record`].
    #[inline]
    pub(super) const fn offset_of(&self, span: Span) -> u64 {
        self.base + span.start as u64
    }

    /// Bytes of the stream consumed so far.
    pub(super) const fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Makes at least `count` bytes available; `false` if the stream ends before. The caller bounds `count`.
    #[inline]
    pub(super) fn want(&mut self, count: usize) -> io::Result<bool> {
        if self.end - self.start >= count { Ok(true) } else { self.fill(count) }
    }

    /// Consumes `size` bytes that are available; returns where `len` of them are, from the `skip`-th on.
    #[inline]
    pub(super) fn consume(&mut self, size: usize, skip: usize, len: usize) -> Span {
        let start = self.start + skip;
        self.start = (self.start + size).min(self.end);
        Span { start, len }
    }

    /// What it means that a record header is not whole.
    #[cold]
    pub(super) fn ending(&self) -> Outcome {
        Err(Box::new(if self.start == self.end { Stop::End } else { Stop::Cut }))
    }

    /// Consumes `count` bytes without keeping them, however many; `false` if the stream ends before.
    pub(super) fn skip(&mut self, mut count: u64) -> io::Result<bool> {
        loop {
            let here = (self.end - self.start).min(usize::try_from(count).unwrap_or(usize::MAX));
            self.start += here;
            count -= here as u64;
            if count == 0 {
                return Ok(true);
            }
            if !self.fill(1)? {
                return Ok(false);
            }
        }
    }

    #[cold]
    fn fill(&mut self, count: usize) -> io::Result<bool> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        while self.end < count {
            if self.end == self.bytes.len() {
                // Twofold, not at once to `count`: memory follows the bytes that came, not a length a header claims.
                self.bytes.resize(count.min(self.bytes.len() * 2), 0);
            }
            match self.source.read(self.bytes.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => return Ok(false),
                Ok(read) => self.end = (self.end + read).min(self.bytes.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}
