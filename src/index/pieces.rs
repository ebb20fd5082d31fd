//! Where in the inputs the bytes of packets are: segments of one direction come by, and for each packet that they complete it
//! is told from which of them its bytes came.
//!
//! The same choice as the assembler's: of overlapping segments the first one counts. Bounded: of a packet only the first
//! [`KEPT`] bytes are looked for, in at most [`PIECES`] pieces.

use std::collections::VecDeque;
use std::ops::Range;

/// Bytes of a packet that can be read again.
pub(super) const KEPT: u64 = 64 * 1024;

/// Most pieces of one packet.
pub(super) const PIECES: usize = 4096;

/// Segments remembered of one direction while no packet is complete: those at the front of a long packet, and the last ones,
/// in which the next packet may begin (as many as the assembler holds back by default).
const SEGMENTS: [usize; 2] = [PIECES, 1024];

/// A part of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Input, or one of the two below.
    pub input: u32,
    /// How many bytes.
    pub len: u32,
    /// Where they begin.
    pub offset: u64,
}

impl Piece {
    /// Instead of an input: these bytes were put together from IP fragments and are kept.
    pub const MEMORY: u32 = u32::MAX;
    /// Instead of an input: these bytes are not there.
    pub const MISSING: u32 = u32::MAX - 1;
}

/// A segment, as far as its bytes are new.
#[derive(Clone, Copy, Debug)]
struct Segment {
    /// Offsets in the stream.
    start: u64,
    end: u64,
    /// How many of them were captured.
    have: u64,
    /// Where the first of them is.
    input: u32,
    offset: u64,
}

/// Segments of one direction whose bytes belong to no packet yet, in the order of capture.
#[derive(Debug, Default)]
pub(super) struct Segments(VecDeque<Segment>);

impl Segments {
    /// A segment with bytes for `range` of the stream, of which `read` bytes were read before; `have` of them were captured,
    /// at `offset` of `input`.
    pub fn add(&mut self, range: Range<u64>, read: u64, have: u64, input: u32, offset: u64) {
        let skip = read.saturating_sub(range.start);
        if range.start + skip >= range.end {
            return;
        }
        if self.0.len() >= SEGMENTS.iter().sum() {
            self.0.remove(SEGMENTS[0]);
        }
        self.0.push_back(Segment {
            start: range.start + skip,
            end: range.end,
            have: have.saturating_sub(skip),
            input,
            offset: offset.saturating_add(skip),
        });
    }

    /// Where the bytes of a packet are: the whole of it at one place of one input, if it is.
    pub fn whole(&self, packet: &Range<u64>) -> Option<(u32, u64)> {
        let (first, others) = (self.0.front()?, self.0.len() - 1);
        let fits = others == 0 && first.start <= packet.start && packet.end <= first.start + first.have && packet.end <= first.end;
        (fits && first.input < Piece::MISSING).then(|| (first.input, first.offset + (packet.start - first.start)))
    }

    /// The pieces of a packet, as far as they are remembered.
    pub fn pieces(&self, packet: &Range<u64>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let end = packet.end.min(packet.start.saturating_add(KEPT));
        let mut at = packet.start;
        while at < end && pieces.len() < PIECES {
            let holder = self.0.iter().position(|segment| segment.start <= at && at < segment.end);
            // Segments before the holder came first, so their bytes count where they begin.
            let others = self.0.iter().take(holder.unwrap_or(usize::MAX));
            let until = others.map(|segment| segment.start).filter(|start| *start > at).fold(end, u64::min);
            let piece = match holder.and_then(|index| self.0.get(index)) {
                Some(segment) if at < segment.start + segment.have => {
                    let until = until.min(segment.end).min(segment.start + segment.have);
                    Piece { input: segment.input, len: (until - at) as u32, offset: segment.offset + (at - segment.start) }
                }
                Some(segment) => Piece { input: Piece::MISSING, len: (until.min(segment.end) - at) as u32, offset: 0 },
                None => Piece { input: Piece::MISSING, len: (until - at) as u32, offset: 0 },
            };
            at += u64::from(piece.len);
            match pieces.last_mut() {
                // Both in one segment, or both missing.
                Some(last)
                    if last.input == piece.input
                        && (last.offset + u64::from(last.len) == piece.offset || piece.input == Piece::MISSING) =>
                {
                    last.len += piece.len;
                }
                _ => pieces.push(piece),
            }
        }
        pieces
    }

    /// Forgets what lies before `upto`.
    pub fn forget(&mut self, upto: u64) {
        match self.0.front() {
            Some(first) if self.0.len() == 1 => {
                if first.end <= upto {
                    self.0.clear();
                }
            }
            _ => self.0.retain(|segment| segment.end > upto),
        }
    }
}
