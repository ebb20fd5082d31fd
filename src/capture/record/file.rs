//! One file that is being recorded: whole blocks in a buffer, and on the medium never less than is told.
//!
//! Invariant: what the medium holds are whole blocks, `written` bytes of them with `safe` frames. When a write fails halfway,
//! the file is cut back to that; what only flows (a pipe) cannot be, and ends inside a block.

use std::fs::File;
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::sync::Arc;

use super::error::RecordError;
use crate::capture::write::{Blocks, ENHANCED_PACKET, InterfaceDescription, InterfaceStatistics, Section, frame_block};
use crate::frame::Frame;

/// Bytes that are collected before they are written. Larger ones are not faster; a frame is 256 KiB at most in practice.
const BUFFER: usize = 256 * 1024;

/// What bytes are written to.
pub(super) trait Medium: Write + Send + std::fmt::Debug {
    /// Cuts off what is behind the first `length` bytes, and goes on there.
    fn shorten(&mut self, length: u64) -> io::Result<()>;
}

impl Medium for File {
    fn shorten(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }
}

/// Something whose bytes are gone once written, and that may have held others before.
#[derive(Debug)]
pub(super) struct Pipe(File);

impl Pipe {
    /// Standard output, without the line buffer of the standard library.
    pub(super) fn standard_output() -> io::Result<Self> {
        #[cfg(unix)]
        let handle = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
        #[cfg(windows)]
        let handle = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
        Ok(Self(File::from(handle)))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Medium for Pipe {
    fn shorten(&mut self, _: u64) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// A file with its headers. Dropped, it writes what it holds, and says of no error.
#[derive(Debug)]
pub(super) struct Recording {
    name: String,
    medium: Box<dyn Medium>,
    interfaces: Arc<[InterfaceDescription]>,
    blocks: Blocks,
    /// Whole blocks that are not written yet.
    buffer: Vec<u8>,
    written: u64,
    safe: u64,
    /// Frames, those in the buffer included.
    frames: u64,
    /// The medium ends inside a block: nothing may follow.
    broken: bool,
}

impl Recording {
    /// Begins a file: writes the headers of section and interfaces.
    pub(super) fn new(
        medium: Box<dyn Medium>,
        name: String,
        section: &Section,
        interfaces: Arc<[InterfaceDescription]>,
    ) -> io::Result<Self> {
        let mut blocks = Blocks::default();
        let mut buffer = Vec::with_capacity(BUFFER);
        blocks.section(&mut buffer, section);
        for (input, interface) in (0..).zip(interfaces.iter()) {
            blocks.interface(&mut buffer, input, interface);
        }
        let mut file = Self { name, medium, interfaces, blocks, buffer, written: 0, safe: 0, frames: 0, broken: false };
        file.write()?;
        Ok(file)
    }

    /// Takes a frame; `false`, and nothing taken, if there is one already and the file would become longer than `limit` bytes.
    #[inline]
    pub(super) fn push(&mut self, frame: &Frame<'_>, limit: u64) -> Result<bool, RecordError> {
        let before = self.buffer.len();
        let known = self.blocks.interface_of(frame.id.input(), frame.link);
        let interface = known.unwrap_or_else(|| self.declare(frame));
        frame_block(&mut self.buffer, interface, frame);
        if self.frames > 0 && self.bytes() > limit {
            self.buffer.truncate(before);
            if known.is_none() {
                self.blocks.forget_last();
            }
            return Ok(false);
        }
        self.frames += 1;
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(true)
    }

    /// Writes what is held.
    pub(super) fn flush(&mut self) -> Result<(), RecordError> {
        self.write().map_err(|cause| RecordError::Write { path: self.name.clone(), cause, frames: self.safe })
    }

    /// Writes the counters of inputs, behind all frames. For want of room they are left out: no frame is lost by that.
    pub(super) fn statistics(&mut self, statistics: &[(u32, InterfaceStatistics)]) {
        if !self.broken {
            for (input, statistics) in statistics {
                self.blocks.statistics(&mut self.buffer, *input, statistics);
            }
            let _ = self.write();
        }
    }

    /// Frames taken; after an error, those that are safe.
    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }

    /// Length in bytes, of what is held too; after an error, of what is safe.
    pub(super) const fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    #[cold]
    fn declare(&mut self, frame: &Frame<'_>) -> u32 {
        let input = frame.id.input();
        let known = self.interfaces.get(input as usize);
        let interface = known
            .map_or_else(|| InterfaceDescription::new("", frame.link), |known| InterfaceDescription { link: frame.link, ..known.clone() });
        self.blocks.interface(&mut self.buffer, input, &interface)
    }

    /// Empties the buffer: onto the medium, or after an error as far as whole blocks have come.
    fn write(&mut self) -> io::Result<()> {
        let (reached, result) = write_all(&mut *self.medium, &self.buffer);
        if result.is_ok() {
            self.written += reached as u64;
            self.safe = self.frames;
        } else {
            let (bytes, frames) = whole_blocks(self.buffer.get(..reached).unwrap_or_default());
            self.written += bytes;
            self.safe += frames;
            self.frames = self.safe;
            self.broken = self.medium.shorten(self.written).is_err();
        }
        self.buffer.clear();
        self.buffer.shrink_to(2 * BUFFER);
        result
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if !self.broken {
            let _ = self.write();
        }
    }
}

/// As `Write::write_all`, which does not say how many bytes came through before an error.
fn write_all(medium: &mut dyn Medium, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut reached = 0;
    while let Some(rest) = bytes.get(reached..).filter(|rest| !rest.is_empty()) {
        match medium.write(rest) {
            Ok(0) => return (reached, Err(ErrorKind::WriteZero.into())),
            Ok(some) => reached += some,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (reached, Err(error)),
        }
    }
    (reached, Ok(()))
}

/// Length of the whole blocks that bytes begin with, and how many of them are frames.
fn whole_blocks(bytes: &[u8]) -> (u64, u64) {
    let (mut length, mut frames) = (0, 0);
    let mut rest = bytes;
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, size @ ..] = *head;
        let Some(behind) = rest.get(u32::from_le_bytes(size) as usize..) else { break };
        length += u64::from(u32::from_le_bytes(size));
        frames += u64::from(u32::from_le_bytes([a, b, c, d]) == ENHANCED_PACKET);
        rest = behind;
    }
    (length, frames)
}
