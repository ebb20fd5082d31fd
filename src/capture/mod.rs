//! Input arguments into [`Frame`]s in time order: pcap and pcapng files, plain or compressed, from disk or a pipe; and
//! what libpcap knows (interfaces, filters). And frames back into pcapng files. The only module that reads captures. It
//! has no opinion on what is in a frame, and it prints nothing: errors and warnings are values.
//!
//! ```text
//! argument ─input→ files ─compress→ bytes ─buffer→ records ─pcap, pcapng→ reader ─┬────────→ Frame<'_>
//!                                                                                 └─ merge ─┘
//! ```
//!
//! One buffer per open file, parsed in place: a frame borrows from it until the next one is asked for. Memory is
//! bounded by the longest record ([`Options::record_limit`]) times the files that overlap in time.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod buffer;
mod compress;
#[cfg(test)]
mod double;
mod error;
mod feed;
mod input;
mod live;
mod merge;
mod pcap;
mod pcapng;
mod reader;
mod record;
mod reread;
mod ring;
mod spool;
mod write;

#[cfg(feature = "live")]
mod bpf;
#[cfg(feature = "live")]
mod filter;
#[cfg(feature = "live")]
mod libpcap;

#[cfg(not(feature = "live"))]
#[path = "no_filter.rs"]
mod filter;

#[cfg(test)]
mod tests;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use error::{CaptureError, Position, Warning};
pub use feed::Stop;
#[cfg(test)]
pub(crate) use feed::double::Double;
#[cfg(feature = "live")]
pub use feed::sniff::{Interfaces, Opened};
#[cfg(feature = "live")]
pub use libpcap::{Interface, interfaces};
#[cfg(feature = "live")]
pub use live::Devices;
pub use record::{RecordError, RecordOptions, Recorded, Recorder, Rotation};
pub use reread::{Reread, RereadError};
pub use ring::{Hold, Window};
pub use write::{InterfaceDescription, InterfaceStatistics, PcapngWriter, Section};

use crate::frame::{Frame, Mark};
use feed::{Feeds, Next};
use filter::Filter;
use input::{Input, Place};
use merge::Merge;
use reader::{Copies, Limits, Reader};
use ring::Ring;
use spool::Spool;

/// Buffer of an open input in bytes. Measured on classic pcap: 64 KiB to 1 MiB are equally fast, and below the size of
/// a second-level cache the times scatter less.
const BUFFER: usize = 256 * 1024;

/// How to read captures.
#[derive(Clone, Debug)]
pub struct Options {
    /// Longest record in bytes that is believed, 64 MiB by default; what claims to be longer ends the file with a
    /// [`Warning::Damaged`]. Network frames are far shorter: libpcap writes at most 256 KiB.
    pub record_limit: usize,
    /// Filter expression of libpcap (`man 7 pcap-filter`): only matching frames come out, with their numbers unchanged.
    pub filter: Option<String>,
    /// Keep a copy, in a temporary file, of inputs that cannot be read again in their place: standard input, pipes, and what
    /// compressed files hold. For [`Source::reread`].
    pub copies: bool,
    /// Bytes of frames that may wait for the analysis, where they come while they are captured; 64 MiB by default.
    pub queue: usize,
    /// How much of what comes while it is captured is copied.
    pub window: Window,
}

impl Default for Options {
    fn default() -> Self {
        Self { record_limit: 64 * 1024 * 1024, filter: None, copies: false, queue: 64 << 20, window: Window::default() }
    }
}

/// How far a [`Source`] has come, in bytes on disk: of a compressed file, compressed ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes taken from all inputs so far, up to a buffer ahead of the frames.
    pub read: u64,
    /// Bytes of all inputs when they were opened; `None` if one of them is standard input or another pipe.
    pub total: Option<u64>,
}

/// A stream of frames from one or more inputs, in time order.
///
/// Frames of one input come in the order of the file, even where its times go backwards; several inputs are merged by
/// the time of their next frame. Always `Send`, so that it can be moved to a thread that only reads.
pub struct Source {
    names: Vec<String>,
    reread: Reread,
    total: Option<u64>,
    read: Arc<AtomicU64>,
    inputs: Inputs,
    /// Copies of what comes while it is captured.
    ring: Option<Arc<Ring>>,
    /// Where the copy of the present frame is.
    copied: Option<u64>,
    filter: Option<Filter>,
    warnings: Vec<Warning>,
}

/// One input needs no merging.
enum Inputs {
    One(Box<Reader>),
    Many(Merge),
    Feeds(Box<Feeds>),
    /// What is in the window of a live source.
    Window(Box<ring::Frames>),
}

/// What a [`Source`] has next.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A frame.
    Frame(Frame<'a>),
    /// Of a live source, several times a second, whether frames come or not: how far its clock has come.
    Mark(Mark),
    /// Nothing more, now and ever after.
    End,
}

impl Source {
    /// Opens all inputs and reads their file headers.
    ///
    /// An input is the name of a file, a directory (every capture directly in it), a pattern (`logs/*.pcap`, unless a
    /// file of that very name exists), or `-` for standard input. Compression is known by content.
    ///
    /// # Errors
    /// Any [`CaptureError`] except those of interfaces: all inputs are good, or none is read.
    pub fn open(inputs: &[String], options: &Options) -> Result<Self, CaptureError> {
        let mut warnings = Vec::new();
        let inputs = input::resolve(inputs, &mut warnings)?;
        Self::over(inputs, options, warnings)
    }

    fn over(inputs: Vec<Input>, options: &Options, warnings: Vec<Warning>) -> Result<Self, CaptureError> {
        let filter = options.filter.as_deref().map(Filter::new).transpose()?;
        let is_live = matches!(inputs.as_slice(), [one] if matches!(one.place, Place::StandardInput));
        let spool = (options.copies && !is_live).then(Spool::new).map(Arc::new);
        // What is piped in may be hours old: only room bounds its window.
        let ring = is_live.then(|| Ring::of(options, None)).flatten();
        let reread = Reread::new(inputs.clone(), spool.clone(), ring.clone());
        let names = inputs.iter().map(|input| input.name.clone()).collect();
        let total = inputs.iter().map(|input| input.size).sum();
        let read = Arc::default();
        let limits = Limits { buffer: BUFFER, record: options.record_limit };
        let inputs = match inputs.as_slice() {
            [one] if is_live => Inputs::Feeds(Box::new(live::piped(&one.name, one.open()?, &read, options)?)),
            [one] => {
                let copies = Copies::of(one.reopens(), spool.as_ref());
                Inputs::One(Box::new(Reader::open(&one.name, 0, one.open()?, &read, copies, limits)?))
            }
            _ => Inputs::Many(Merge::open(inputs, Arc::clone(&read), spool, limits)?),
        };
        Ok(Self { names, reread, total, read, inputs, ring, copied: None, filter, warnings })
    }

    /// Reads a capture from anywhere, under the display name `name`.
    ///
    /// # Errors
    /// As [`Source::open`], as far as they concern content.
    pub fn from_reader(name: &str, reader: impl Read + Send + 'static, options: &Options) -> Result<Self, CaptureError> {
        let filter = options.filter.as_deref().map(Filter::new).transpose()?;
        let name = input::printable(name);
        let read = Arc::default();
        let limits = Limits { buffer: BUFFER, record: options.record_limit };
        let spool = options.copies.then(Spool::new).map(Arc::new);
        let reread =
            Reread::new(vec![Input { name: name.clone(), place: Place::StandardInput, size: None, modified: None }], spool.clone(), None);
        let copies = Copies::of(false, spool.as_ref());
        let inputs = Inputs::One(Box::new(Reader::open(&name, 0, Box::new(reader), &read, copies, limits)?));
        Ok(Self { names: vec![name], reread, total: None, read, inputs, ring: None, copied: None, filter, warnings: Vec::new() })
    }

    /// The next frame; `None` when all inputs are used up, now and ever after. The frame borrows the reader's buffer. Of a live
    /// source, waits for it.
    ///
    /// # Errors
    /// [`CaptureError::Read`] if a medium fails, and with several inputs any error of opening one that has changed
    /// since [`Source::open`]; of a live source, whatever ended it. Damaged files are no errors but [`Source::take_warnings`].
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        loop {
            match self.step()? {
                Next::Frame => return Ok(self.frame()),
                Next::Mark(_) => {}
                Next::End => return Ok(None),
            }
        }
    }

    /// What is next: of files, frames until the end; a live source also tells in between how far it has come.
    ///
    /// # Errors
    /// As [`Source::next`].
    #[inline]
    pub fn poll(&mut self) -> Result<Event<'_>, CaptureError> {
        // By far the most frequent, on the shortest way.
        if self.filter.is_none()
            && let Inputs::One(reader) = &mut self.inputs
        {
            if !reader.advance()? {
                return Ok(Event::End);
            }
            return Ok(self.inputs.frame().map_or(Event::End, Event::Frame));
        }
        Ok(match self.step()? {
            Next::Frame => self.frame().map_or(Event::End, Event::Frame),
            Next::Mark(mark) => Event::Mark(mark),
            Next::End => Event::End,
        })
    }

    /// Moves on to the next frame that the filter lets pass, or mark.
    #[inline]
    fn step(&mut self) -> Result<Next, CaptureError> {
        loop {
            let more = match &mut self.inputs {
                Inputs::One(reader) => reader.advance()?,
                Inputs::Many(merge) => merge.advance()?,
                Inputs::Feeds(feeds) => match feeds.advance()? {
                    Next::Frame => true,
                    Next::Mark(mark) => {
                        if let Some((ring, now)) = self.ring.as_ref().zip(mark.now) {
                            ring.advance(now);
                        }
                        return Ok(Next::Mark(mark));
                    }
                    Next::End => return Ok(Next::End),
                },
                Inputs::Window(frames) => frames.advance().map_err(|why| self.reread.failed(0, &why))?,
            };
            if !more {
                return Ok(Next::End);
            }
            let Some(filter) = &mut self.filter else { break };
            if self.inputs.frame().is_some_and(|frame| filter.accepts(&frame, &mut self.warnings)) {
                break;
            }
        }
        if let Some(ring) = &self.ring {
            self.copied = self.inputs.frame().map(|frame| ring.append(&frame));
        }
        Ok(Next::Frame)
    }

    /// The frame that [`Source::step`] moved to; of a live source, where its copy is.
    #[inline]
    fn frame(&self) -> Option<Frame<'_>> {
        let frame = self.inputs.frame()?;
        Some(Frame { offset: self.copied.unwrap_or(frame.offset), ..frame })
    }

    /// Display names of the inputs, after directories and patterns were resolved; `FrameId::input` counts them.
    pub fn inputs(&self) -> &[String] {
        &self.names
    }

    /// A way to read bytes of the inputs again, now or later, whether or not this source still exists.
    pub fn reread(&self) -> Reread {
        self.reread.clone()
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        Progress { read: self.read.load(Ordering::Relaxed), total: self.total }
    }

    /// The warnings since the last call. Complete after [`Source::next`] has returned `None`.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        match &mut self.inputs {
            Inputs::One(reader) => self.warnings.extend(reader.take_warning()),
            Inputs::Many(merge) => self.warnings.append(&mut merge.take_warnings()),
            Inputs::Feeds(feeds) => self.warnings.append(&mut feeds.take_warnings()),
            Inputs::Window(_) => {}
        }
        std::mem::take(&mut self.warnings)
    }

    /// From the next frame on, gives out only frames that match a filter expression of libpcap.
    ///
    /// # Errors
    /// [`CaptureError::Filter`] with libpcap's words; [`CaptureError::FilterUnavailable`] without the feature `live`.
    pub fn set_filter(&mut self, expression: &str) -> Result<(), CaptureError> {
        self.filter = Some(Filter::new(expression)?);
        Ok(())
    }
}

impl Inputs {
    #[inline]
    fn frame(&self) -> Option<Frame<'_>> {
        match self {
            Self::One(reader) => Some(reader.frame()),
            Self::Many(merge) => merge.frame(),
            Self::Feeds(feeds) => feeds.frame(),
            Self::Window(frames) => frames.frame(),
        }
    }
}
