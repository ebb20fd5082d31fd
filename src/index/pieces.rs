//! Where in the inputs the bytes of packets are: segments of one direction come by, and for each packet that they complete it
//! is told from which of them its bytes came.
//!
//! The same choice as the assembler's: where copies overlap, the first one counts. Of a packet only the first [`KEPT`] bytes
//! can be read again.
//!
//! Invariant: segments are sorted by `start`, do not overlap, and none is empty.

use std::collections::VecDeque;
use std::ops::Range;

/// Bytes of a packet that can be read again. In pieces of one byte, their number still fits an [`super::Entry`].
pub(super) const KEPT: u64 = u16::MAX as u64;

/// Segments remembered of one direction while no packet is complete: those at the front of a long packet, and the last ones,
/// in which the next packet may begin (as many as the assembler holds back by default).
const SEGMENTS: [usize; 2] = [KEPT as usize, 1024];

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

    /// Takes in the next piece, if it goes on where this one ends.
    fn join(&mut self, next: &Self) -> bool {
        let joins = self.input == next.input && (self.input == Self::MISSING || self.offset + u64::from(self.len) == next.offset);
        self.len += if joins { next.len } else { 0 };
        joins
    }
}

/// A segment, as far as its bytes are new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Offset of its first byte in the stream.
    pub start: u64,
    /// Offset behind its last byte.
    pub end: u64,
    /// How many of them were captured.
    pub have: u64,
    /// The input that holds them.
    pub input: u32,
    /// Where the first of them is.
    pub offset: u64,
}

impl Segment {
    /// The part from `start` to `end`, which lie in it.
    fn part(&self, start: u64, end: u64) -> Self {
        let skip = start - self.start;
        Self { start, end, have: self.have.saturating_sub(skip).min(end - start), offset: self.offset.saturating_add(skip), ..*self }
    }

    fn piece(&self) -> Piece {
        Piece { input: self.input, len: self.have as u32, offset: self.offset }
    }
}

/// Segments of one direction whose bytes belong to no packet yet.
#[derive(Debug, Default)]
pub(super) struct Segments(VecDeque<Segment>);

impl Segments {
    /// Notes a segment, as far as no other one has its bytes and they lie behind the first `read` bytes of the stream.
    pub fn add(&mut self, segment: &Segment, read: u64) {
        let mut from = segment.start.max(read);
        let mut index = self.0.partition_point(|known| known.end <= from);
        while from < segment.end {
            let (until, resume) = match self.0.get(index) {
                Some(known) if known.start < segment.end => (known.start.max(from), known.end),
                _ => (segment.end, segment.end),
            };
            if until > from {
                self.0.insert(index, segment.part(from, until));
                index += 1;
            }
            index += 1;
            from = resume;
        }
        if self.0.len() > SEGMENTS.iter().sum() {
            self.0.remove(SEGMENTS[0]);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Where the bytes of a packet are: input and first byte, if they lie together.
    pub fn whole(&self, packet: &Range<u64>) -> Option<(u32, u64)> {
        let first = self.0.front()?;
        let fits = first.start <= packet.start && packet.end <= first.start + first.have;
        (fits && first.input < Piece::MISSING).then(|| (first.input, first.offset + (packet.start - first.start)))
    }

    /// The pieces of a packet, as far as they are remembered.
    pub fn pieces(&self, packet: &Range<u64>) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut put = |piece: Piece| {
            if piece.len > 0 && !pieces.last_mut().is_some_and(|last| last.join(&piece)) {
                pieces.push(piece);
            }
        };
        let missing = |len: u64| Piece { input: Piece::MISSING, len: len as u32, offset: 0 };
        let mut at = packet.start;
        let end = packet.end.min(packet.start.saturating_add(KEPT));
        let first = self.0.partition_point(|segment| segment.end <= at);
        for segment in self.0.range(first..).take_while(|segment| segment.start < end) {
            let part = segment.part(segment.start.max(at), segment.end.min(end));
            put(missing(part.start - at));
            put(part.piece());
            put(missing(part.end - part.start - part.have));
            at = part.end;
        }
        put(missing(end - at));
        pieces
    }

    /// Forgets what lies before `upto`.
    pub fn forget(&mut self, upto: u64) {
        while self.0.front().is_some_and(|first| first.end <= upto) {
            self.0.pop_front();
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(start: u64, len: u64, offset: u64) -> Segment {
        Segment { start, end: start + len, have: len, input: 0, offset }
    }

    fn piece(len: u32, offset: u64) -> Piece {
        Piece { input: 0, len, offset }
    }

    const fn missing(len: u32) -> Piece {
        Piece { input: Piece::MISSING, len, offset: 0 }
    }

    #[test]
    fn first_copy_counts() {
        let mut segments = Segments::default();
        segments.add(&segment(10, 10, 1000), 0);
        segments.add(&segment(0, 30, 2000), 0);
        assert_eq!(segments.pieces(&(0..30)), [piece(10, 2000), piece(10, 1000), piece(10, 2020)]);
        assert_eq!(segments.pieces(&(12..15)), [piece(3, 1002)]);
        segments.forget(20);
        assert_eq!(segments.whole(&(25..30)), Some((0, 2025)));
        assert_eq!(segments.pieces(&(25..40)), [piece(5, 2025), missing(10)]);
    }

    #[test]
    fn what_was_read_is_not_noted_again() {
        let mut segments = Segments::default();
        segments.add(&segment(0, 10, 1000), 4);
        assert_eq!(segments.pieces(&(0..10)), [missing(4), piece(6, 1004)]);
        segments.add(&segment(0, 10, 2000), 10);
        assert_eq!(segments.len(), 1);
    }

    #[test]
    fn snapped_bytes_are_missing() {
        let mut segments = Segments::default();
        segments.add(&Segment { have: 4, ..segment(0, 10, 1000) }, 0);
        segments.add(&segment(10, 5, 2000), 0);
        assert_eq!(segments.pieces(&(2..12)), [piece(2, 1002), missing(6), piece(2, 2000)]);
        assert_eq!(segments.whole(&(0..4)), Some((0, 1000)));
        assert_eq!(segments.whole(&(0..5)), None);
    }

    #[test]
    fn neighbours_in_one_frame_are_one_piece() {
        let mut segments = Segments::default();
        segments.add(&segment(0, 10, 1000), 0);
        segments.add(&segment(10, 10, 1010), 0);
        assert_eq!(segments.pieces(&(5..15)), [piece(10, 1005)]);
    }

    #[test]
    fn long_packets_do_not_pile_up() {
        let mut segments = Segments::default();
        for start in 0..100_000 {
            segments.add(&segment(start, 1, 2 * start), 0);
        }
        assert_eq!(segments.len(), SEGMENTS.iter().sum::<usize>());
        assert_eq!(segments.pieces(&(0..100_000)).len() as u64, KEPT);
        assert_eq!(segments.pieces(&(99_999..100_000)), [piece(1, 199_998)]);
    }
}
