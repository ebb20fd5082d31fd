//! One capture, from its file header to its end: recognises the format, numbers the frames, and turns what is broken
//! into one warning behind the last whole frame.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::buffer::{Buffer, Record, Span, Step, Stop};
use super::compress::{self, Compression};
use super::error::{CaptureError, Position, Warning};
use super::pcap::{self, Pcap};
use super::pcapng::{self, Pcapng};
use super::spool::Spool;
use crate::frame::{Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// A capture being read.
pub(super) struct Reader {
    name: String,
    buffer: Buffer,
    format: Format,
    compression: Option<Compression>,
    /// The undecoded source failed, as opposed to a decoder.
    failed: Arc<AtomicBool>,
    id: FrameId,
    record: Record,
    ended: bool,
    warning: Option<Warning>,
}

enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// How to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Bytes of buffer to begin with.
    pub(super) buffer: usize,
    /// Longest record in bytes.
    pub(super) record: usize,
}

/// What is copied while it is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Copies<'a> {
    /// Nothing.
    None,
    /// What is compressed.
    OfCompressed(&'a Arc<Spool>),
    /// Everything.
    All(&'a Arc<Spool>),
}

impl<'a> Copies<'a> {
    /// What to copy of an input that can be opened again, or not.
    pub(super) fn of(reopens: bool, spool: Option<&'a Arc<Spool>>) -> Self {
        match spool {
            None => Self::None,
            Some(spool) if reopens => Self::OfCompressed(spool),
            Some(spool) => Self::All(spool),
        }
    }
}

impl Reader {
    /// Reads the file header of `raw`. `read` counts the bytes that `raw` gives, `input` is the index for frame ids; `copies`
    /// gets the bytes that cannot be read again in their place.
    pub(super) fn open(
        name: &str,
        input: u32,
        raw: Box<dyn Read + Send>,
        read: &Arc<AtomicU64>,
        copies: Copies<'_>,
        limits: Limits,
    ) -> Result<Self, CaptureError> {
        let failed = Arc::new(AtomicBool::new(false));
        let raw = Counted { source: raw, read: Arc::clone(read), failed: Arc::clone(&failed) };
        let position = |offset| Position { file: name.to_owned(), offset, decompressed: false, frame: 0 };
        let (source, compression) = compress::decompress(Box::new(raw)).map_err(|cause| CaptureError::Read { at: position(0), cause })?;
        let source = match copies {
            Copies::All(spool) => spool.tee(input, source),
            Copies::OfCompressed(spool) if compression.is_some() => spool.tee(input, source),
            Copies::OfCompressed(_) | Copies::None => source,
        };
        let mut buffer = Buffer::new(source, limits.buffer);
        let format = format(name, &mut buffer, limits.record).map_err(|error| match error {
            Unknown::Is(error) => error,
            Unknown::Io(cause) if failed.load(Ordering::Relaxed) => CaptureError::Read { at: position(0), cause },
            Unknown::Io(cause) => {
                let compression = compression.map_or_else(String::new, |compression| compression.to_string());
                let found = format!("{compression} data that cannot be decompressed ({cause}): fetch the file again");
                CaptureError::NotACapture { input: name.to_owned(), found }
            }
        })?;
        let record = Record { time: Timestamp::default(), link: LinkType::NULL, bytes: Span::default(), original_len: 0 };
        let id = FrameId::new(input, 0);
        Ok(Self { name: name.to_owned(), buffer, format, compression, failed, id, record, ended: false, warning: None })
    }

    /// Moves on to the next frame; `false` when there is none, now and ever after.
    ///
    /// # Errors
    /// [`CaptureError::Read`] if the medium fails. A damaged file is a warning.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<bool, CaptureError> {
        while !self.ended {
            let at = self.buffer.offset();
            let step = match &mut self.format {
                Format::Pcap(pcap) => pcap.next(&mut self.buffer, &mut self.record),
                Format::Pcapng(pcapng) => pcapng.next(&mut self.buffer, &mut self.record),
            };
            match step {
                Ok(Step::Frame) => {
                    self.id = self.id.next();
                    return Ok(true);
                }
                Ok(Step::Counted) => self.id = self.id.next(),
                Ok(Step::Skipped) => {}
                Err(stop) => self.stop(at, *stop)?,
            }
        }
        Ok(false)
    }

    /// The frame that [`Reader::advance`] moved to.
    #[inline]
    pub(super) fn frame(&self) -> Frame<'_> {
        let Record { time, link, bytes, original_len } = self.record;
        Frame { id: self.id, time, link, offset: self.buffer.offset_of(bytes), data: self.buffer.get(bytes), original_len }
    }

    /// What was wrong, once, after the last frame.
    pub(super) const fn take_warning(&mut self) -> Option<Warning> {
        self.warning.take()
    }

    #[cold]
    fn stop(&mut self, at: u64, stop: Stop) -> Result<(), CaptureError> {
        self.ended = true;
        let at = Position { file: self.name.clone(), offset: at, decompressed: self.compression.is_some(), frame: self.id.number() };
        self.warning = match (stop, self.compression) {
            (Stop::End, _) => match self.format {
                Format::Pcapng(ref pcapng) if pcapng.dropped() > 0 => Some(Warning::Dropped { file: at.file, frames: pcapng.dropped() }),
                Format::Pcap(_) | Format::Pcapng(_) => None,
            },
            (Stop::Cut, _) => Some(Warning::CutShort { at }),
            (Stop::Damaged(why), _) => Some(Warning::Damaged { at, why }),
            (Stop::Failed(cause), Some(compression)) if !self.failed.load(Ordering::Relaxed) => Some(match cause.kind() {
                io::ErrorKind::UnexpectedEof => Warning::CutShort { at },
                _ => Warning::Damaged { at, why: format!("{compression}: {cause}") },
            }),
            (Stop::Failed(cause), _) => return Err(CaptureError::Read { at, cause }),
        };
        Ok(())
    }
}

/// Whether `raw` begins like a capture, decompressed if need be.
pub(super) fn is_capture(raw: Box<dyn Read + Send>) -> io::Result<bool> {
    let (mut source, compression) = compress::decompress(raw)?;
    let mut magic = [0; 4];
    match source.read_exact(&mut magic) {
        Ok(()) => Ok(pcap::is_magic(magic) || pcapng::is_magic(magic)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof || compression.is_some() => Ok(false),
        Err(error) => Err(error),
    }
}

enum Unknown {
    Is(CaptureError),
    Io(io::Error),
}

impl From<io::Error> for Unknown {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads the file header, or the first section header.
fn format(name: &str, buffer: &mut Buffer, record_limit: usize) -> Result<Format, Unknown> {
    let input = || name.to_owned();
    buffer.want(4)?;
    let Some(magic) = buffer.available().first_chunk::<4>().copied() else {
        let error = if buffer.available().is_empty() {
            CaptureError::Empty { input: input() }
        } else {
            CaptureError::NotACapture { input: input(), found: identify(buffer.available()) }
        };
        return Err(Unknown::Is(error));
    };
    if pcap::is_magic(magic) {
        if !buffer.want(pcap::FILE_HEADER)? {
            return Err(Unknown::Is(CaptureError::HeaderCut { input: input(), have: buffer.available().len(), format: "pcap" }));
        }
        if let Some(pcap) = Pcap::parse(buffer.available(), record_limit) {
            buffer.consume(pcap::FILE_HEADER, 0, 0);
            return Ok(Format::Pcap(pcap));
        }
    }
    if pcapng::is_magic(magic) {
        let mut pcapng = Pcapng::new(record_limit);
        return match pcapng.section(buffer).map_err(|stop| *stop) {
            Ok(_) => Ok(Format::Pcapng(pcapng)),
            Err(Stop::Failed(error)) => Err(Unknown::Io(error)),
            Err(Stop::Damaged(why)) => {
                Err(Unknown::Is(CaptureError::NotACapture { input: input(), found: format!("pcapng magic, but {why}") }))
            }
            Err(Stop::Cut | Stop::End) => {
                Err(Unknown::Is(CaptureError::HeaderCut { input: input(), have: buffer.available().len(), format: "pcapng" }))
            }
        };
    }
    buffer.want(64)?;
    Err(Unknown::Is(CaptureError::NotACapture { input: input(), found: identify(buffer.available()) }))
}

/// What a file is that is no capture, and what to do about it.
fn identify(head: &[u8]) -> String {
    const GIVE: &str = "give a pcap or pcapng file, plain or compressed with gzip, zstd or lz4";
    let advice = match head {
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "compressed with xz: decompress it first, as in `xz -dc FILE | mqttscope check -`",
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => "compressed with bzip2: decompress it first, as in `bzip2 -dc FILE | mqttscope check -`",
        [b'P', b'K', 3, 4, ..] => "a zip archive: unpack it first, as in `unzip -p FILE | mqttscope check -`",
        [b's', b'n', b'o', b'o', b'p', 0, 0, 0, ..] => "a snoop file: convert it first (editcap FILE out.pcapng)",
        [b'G', b'M', b'B', b'U', ..] | [b'R', b'T', b'S', b'S', ..] => "a Network Monitor file: convert it first (editcap FILE out.pcapng)",
        _ => {
            let line: Vec<u8> = head.iter().copied().take_while(|&byte| !matches!(byte, b'\r' | b'\n')).take(24).collect();
            return if line.len() >= 4 && line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                format!("text that begins `{}`: {GIVE}", String::from_utf8_lossy(&line))
            } else {
                let magic: String = head.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
                format!("begins with {magic}: {GIVE}")
            };
        }
    };
    advice.to_owned()
}

/// A source whose bytes are counted, and that remembers having failed.
struct Counted {
    source: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
    failed: Arc<AtomicBool>,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let result = self.source.read(out);
        match &result {
            Ok(read) => {
                self.read.fetch_add(*read as u64, Ordering::Relaxed);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.failed.store(true, Ordering::Relaxed),
        }
        result
    }
}
