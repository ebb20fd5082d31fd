//! Compressed captures: gzip, zstd and lz4 (frame format), known by their first bytes and never by name. Members or
//! frames that follow each other are read as one stream. Data cut short end with [`io::ErrorKind::UnexpectedEof`].

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Bytes read at a time from a compressed file.
const CHUNK: usize = 128 * 1024;

/// How a capture is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
    Lz4,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        })
    }
}

impl Compression {
    /// By its first four bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // `pzstd` and `zstd --adapt` put a skippable frame first; lz4 has the same ones and nobody leads with them.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Self::Lz4),
            _ => None,
        }
    }
}

/// The plain bytes of `raw`, and how they were compressed. Reads the first four bytes.
pub(super) fn decompress(mut raw: Box<dyn Read + Send>) -> io::Result<(Box<dyn Read + Send>, Option<Compression>)> {
    let mut head = Vec::with_capacity(4);
    raw.by_ref().take(4).read_to_end(&mut head)?;
    let compression = Compression::of(&head);
    let whole = io::Cursor::new(head).chain(raw);
    let Some(compression) = compression else { return Ok((Box::new(whole), None)) };
    let whole = BufReader::with_capacity(CHUNK, whole);
    let plain: Box<dyn Read + Send> = match compression {
        Compression::Gzip => Box::new(MultiGzDecoder::new(whole)),
        Compression::Zstd => Box::new(Zstd { source: whole, decoder: FrameDecoder::new(), inside: false }),
        Compression::Lz4 => Box::new(Lz4 { decoder: lz4_flex::frame::FrameDecoder::new(Tail::new(whole)), inside: false }),
    };
    Ok((plain, Some(compression)))
}

/// All zstd frames of a stream; `ruzstd` itself reads one. Its window limit (128 MiB, that of the zstd tool) bounds memory.
struct Zstd<R> {
    source: R,
    decoder: FrameDecoder,
    /// Between the header of a frame and its end.
    inside: bool,
}

impl<R: BufRead> Zstd<R> {
    /// Enters the next frame; `false` at the end of the stream.
    fn enter(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(self.failure(&error)),
            }
        }
        Ok(false)
    }

    /// `ruzstd` wraps the error of the source in its own: an exhausted source means that the data were cut.
    fn failure(&mut self, error: &FrameDecoderError) -> io::Error {
        match self.source.fill_buf() {
            Ok([]) => io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
            Err(error) => error,
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside && !self.enter()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                if let Err(error) = self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)) {
                    return Err(self.failure(&error));
                }
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(out);
            }
            let stated = self.decoder.get_checksum_from_data();
            if stated.is_some() && stated != self.decoder.get_calculated_checksum() {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "checksum mismatch"));
            }
            self.inside = false;
        }
    }
}

/// All lz4 frames of a stream. `lz4_flex` answers 0 at the end of each frame and, alas, also where data are cut between
/// two blocks: the two differ in whether its source had run dry.
struct Lz4<R: Read> {
    decoder: lz4_flex::frame::FrameDecoder<Tail<R>>,
    /// Bytes of a frame came, its end mark has not.
    inside: bool,
}

impl<R: Read> Read for Lz4<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let read = self.decoder.read(out)?;
            if read > 0 {
                self.inside = true;
                return Ok(read);
            }
            if self.decoder.get_ref().dry {
                return if self.inside { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(0) };
            }
            self.inside = false;
        }
    }
}

/// A source that remembers having had no more.
struct Tail<R> {
    source: R,
    dry: bool,
}

impl<R> Tail<R> {
    const fn new(source: R) -> Self {
        Self { source, dry: false }
    }
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(out)?;
        self.dry |= read == 0 && !out.is_empty();
        Ok(read)
    }
}
