//! Puts the segments of one direction of a TCP connection back in order (RFC 9293, section 3.4).
//!
//! Segments go in as they were captured; stretches come out in stream order: bytes, or a gap of known length where the
//! capture holds none. An in-order segment is passed on as a borrowed slice and never copied. Bytes are delivered once;
//! where copies overlap, the first copy wins.
//!
//! What this file does not know: the peer, connections, MQTT. Who declares a hole lost, and when, is the caller's decision
//! (`give_up`), except that the hold bounds are kept here.
//!
//! ```text
//!            next
//!              |  hole   held[0]    held[1]     hole    held[2]
//! delivered ---|- - - - [=======][==========] - - - - [========]
//! ```
//!
//! Invariant: `held` is sorted by `start`; its ranges do not overlap; none is empty; the first starts above `next`.

use crate::frame::Stamp;

/// A run of one direction's byte stream, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch<'a> {
    /// Bytes as they were sent.
    Bytes {
        /// Offset of the first byte from the start of the stream (or from the first byte captured).
        offset: u64,
        /// The bytes.
        data: &'a [u8],
        /// The frame with which they became readable for the receiver; behind a gap, the frame that carried them.
        stamp: Stamp,
        /// They waited for a hole to be filled: what they say about time is blurred.
        delayed: bool,
        /// How many bytes of the peer's stream their sender had received when it sent them; `None` if not known.
        acked: Option<u64>,
    },
    /// Bytes that were sent but are not in the capture.
    Gap {
        /// Offset of the first missing byte.
        offset: u64,
        /// How many are missing.
        len: u64,
        /// The frame that showed the loss.
        stamp: Stamp,
    },
}

/// A segment that came before its turn.
#[derive(Debug)]
struct Held {
    start: u64,
    /// Bytes captured; may be fewer than `wire_len` when a snap length cut the frame.
    data: Box<[u8]>,
    wire_len: u64,
    place: Place,
}

/// The frame that carried bytes, and what it acknowledged of the peer's stream.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// The frame.
    pub stamp: Stamp,
    /// How many bytes of the peer's stream had been received; `None` if not known.
    pub acked: Option<u64>,
}

impl Held {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.wire_len)
    }
}

/// What a segment did, for the caller's counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// All or some of its bytes had been seen before.
    pub retransmitted: bool,
    /// It held a copy of a byte that differs from the copy that is waiting.
    pub conflicting: bool,
    /// It was put aside because bytes before it are missing.
    pub held: bool,
}

/// Reassembly state of one direction. Holds nothing while segments come in order.
#[derive(Debug, Default)]
pub struct Assembler {
    /// Stream offset of the next byte to deliver.
    next: u64,
    /// TCP sequence number that `next` stands for; `None` until the first SYN or data was seen.
    next_seq: Option<u32>,
    held: Vec<Held>,
    held_bytes: usize,
}

impl Assembler {
    /// Sets the sequence number of the first byte of the stream (the initial sequence number plus one).
    pub fn begin(&mut self, first_seq: u32) {
        if self.next_seq.is_none() {
            self.next_seq = Some(first_seq);
        }
    }

    /// True once the sequence number of the first byte is known.
    pub fn has_begun(&self) -> bool {
        self.next_seq.is_some()
    }

    /// Stream offset of the next byte to deliver.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Bytes kept because they came before their turn.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Segments kept because they came before their turn.
    pub fn held_segments(&self) -> usize {
        self.held.len()
    }

    /// The stream offset that `seq` stands for: the one nearest to `next`, so that sequence numbers may wrap.
    /// `None` before the first byte is known, or for a sequence number before the stream's first byte.
    pub fn offset_of(&self, seq: u32) -> Option<u64> {
        u64::try_from(self.signed_offset_of(seq)?).ok()
    }

    /// The same, negative for a sequence number before the stream's first byte.
    pub fn signed_offset_of(&self, seq: u32) -> Option<i64> {
        let delta = seq.wrapping_sub(self.next_seq?).cast_signed();
        i64::try_from(self.next).ok()?.checked_add(i64::from(delta))
    }

    /// Takes a segment of `wire_len` payload bytes at `seq`, of which the capture holds `data`, and delivers what is in order now.
    #[inline]
    pub fn push(&mut self, seq: u32, data: &[u8], wire_len: u32, place: Place, sink: &mut impl FnMut(Stretch<'_>)) -> Outcome {
        let expected = *self.next_seq.get_or_insert(seq);
        let data = data.get(..wire_len as usize).unwrap_or(data);
        let delta = i64::from(seq.wrapping_sub(expected).cast_signed());
        let mut outcome = Outcome::default();
        if delta == 0 && self.held.is_empty() {
            self.deliver(data, u64::from(wire_len), place, false, sink);
            return outcome;
        }
        // Bytes before `next` were delivered already; before the stream's first byte there is nothing to place.
        let behind = u64::try_from(delta.saturating_neg()).unwrap_or(0).min(u64::from(wire_len));
        outcome.retransmitted = behind > 0;
        let start = self.next.saturating_add(u64::try_from(delta).unwrap_or(0));
        let data = data.get(behind as usize..).unwrap_or(&[]);
        let wire_len = u64::from(wire_len) - behind;
        if wire_len == 0 {
            return outcome;
        }
        if start == self.next && self.held.first().is_none_or(|first| first.start >= start + wire_len) {
            self.deliver(data, wire_len, place, false, sink);
        } else {
            self.hold(start, data, wire_len, place, &mut outcome);
            // Overlap with what waits: the new bytes before it were put in place, so the front may be deliverable now.
            outcome.held = self.held.first().is_some_and(|first| first.start > self.next);
        }
        self.drain(Some(place.stamp), sink);
        outcome
    }

    /// Declares the hole before the first held segment, or up to `limit` if nothing is held before it, missing for good.
    /// Delivers the gap and what follows it without a further hole; tells how many bytes are missing.
    pub fn give_up(&mut self, limit: u64, stamp: Stamp, sink: &mut impl FnMut(Stretch<'_>)) -> u64 {
        let to = self.held.first().map_or(limit, |first| first.start.min(limit.max(self.next)));
        let missing = to.saturating_sub(self.next);
        if missing > 0 {
            sink(Stretch::Gap { offset: self.next, len: missing, stamp });
            self.advance(missing);
        }
        self.drain(None, sink);
        missing
    }

    /// Declares every hole before the held segments missing.
    pub fn give_up_all(&mut self, stamp: Stamp, sink: &mut impl FnMut(Stretch<'_>)) {
        while !self.held.is_empty() {
            self.give_up(u64::MAX, stamp, sink);
        }
    }

    /// Puts the parts of a segment that no waiting copy covers in their places.
    fn hold(&mut self, start: u64, data: &[u8], wire_len: u64, place: Place, outcome: &mut Outcome) {
        let end = start.saturating_add(wire_len);
        let mut from = start;
        let mut index = self.held.partition_point(|held| held.end() <= start);
        while from < end {
            let (until, resume) = match self.held.get(index) {
                Some(held) if held.start < end => {
                    outcome.retransmitted = true;
                    outcome.conflicting |= differs(held, start, data);
                    (held.start.max(from), held.end())
                }
                _ => (end, end),
            };
            if until > from {
                let piece = piece(data, from - start, until - start);
                self.held_bytes += piece.len();
                self.held.insert(index, Held { start: from, data: piece.into(), wire_len: until - from, place });
                index += 1;
            }
            index += 1;
            from = resume.max(until);
        }
    }

    /// Delivers held segments that have become the next ones. `filled_by` is the frame that closed the hole before them.
    fn drain(&mut self, filled_by: Option<Stamp>, sink: &mut impl FnMut(Stretch<'_>)) {
        let mut ready = 0;
        let mut at = self.next;
        while self.held.get(ready).is_some_and(|held| held.start == at) {
            at = self.held.get(ready).map_or(at, Held::end);
            ready += 1;
        }
        if ready == 0 {
            return;
        }
        let rest = self.held.split_off(ready);
        for held in std::mem::replace(&mut self.held, rest) {
            self.held_bytes -= held.data.len();
            let place = Place { stamp: filled_by.unwrap_or(held.place.stamp), ..held.place };
            self.deliver(&held.data, held.wire_len, place, filled_by.is_some(), sink);
        }
        if self.held.is_empty() {
            self.held = Vec::new();
        }
    }

    #[inline(always)]
    fn deliver(&mut self, data: &[u8], wire_len: u64, place: Place, delayed: bool, sink: &mut impl FnMut(Stretch<'_>)) {
        let Place { stamp, acked } = place;
        if !data.is_empty() {
            sink(Stretch::Bytes { offset: self.next, data, stamp, delayed, acked });
        }
        let cut = wire_len.saturating_sub(data.len() as u64);
        if cut > 0 {
            sink(Stretch::Gap { offset: self.next + data.len() as u64, len: cut, stamp });
        }
        self.advance(wire_len);
    }

    fn advance(&mut self, by: u64) {
        self.next = self.next.saturating_add(by);
        // Sequence numbers are modulo 2^32 (RFC 9293, section 3.4): the low half of the distance is all that counts.
        self.next_seq = self.next_seq.map(|seq| seq.wrapping_add(by as u32));
    }
}

/// The part of `data` between two distances from its start, cut to what the capture holds.
fn piece(data: &[u8], from: u64, to: u64) -> &[u8] {
    let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(data.len());
    data.get(clamp(from)..clamp(to)).unwrap_or(&[])
}

/// True if `data` (at `start`) and the held copy disagree in a byte that both have.
fn differs(held: &Held, start: u64, data: &[u8]) -> bool {
    let from = held.start.max(start);
    let to = (held.start + held.data.len() as u64).min(start + data.len() as u64);
    from < to && piece(&held.data, from - held.start, to - held.start) != piece(data, from - start, to - start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What came out: `Some(byte)` delivered, `None` missing.
    fn collect(into: &mut Vec<Option<u8>>) -> impl FnMut(Stretch<'_>) + '_ {
        |stretch| match stretch {
            Stretch::Bytes { offset, data, .. } => {
                assert_eq!(offset, into.len() as u64, "stretches follow each other");
                into.extend(data.iter().copied().map(Some));
            }
            Stretch::Gap { offset, len, .. } => {
                assert_eq!(offset, into.len() as u64);
                into.extend(std::iter::repeat_n(None, len as usize));
            }
        }
    }

    fn invariant(assembler: &Assembler) {
        let mut at = assembler.next + 1;
        for held in &assembler.held {
            assert!(held.start >= at && held.wire_len > 0, "sorted, apart, not empty, above next");
            at = held.end();
        }
        assert_eq!(assembler.held_bytes, assembler.held.iter().map(|held| held.data.len()).sum::<usize>());
    }

    fn text(out: &[Option<u8>]) -> String {
        out.iter().map(|byte| byte.map_or('_', char::from)).collect()
    }

    fn run(segments: &[(u32, &str)]) -> (String, Assembler) {
        let (mut assembler, mut out) = (Assembler::default(), Vec::new());
        assembler.begin(u32::MAX - 2);
        for (at, data) in segments {
            let seq = (u32::MAX - 2).wrapping_add(*at);
            assembler.push(seq, data.as_bytes(), data.len() as u32, Place::default(), &mut collect(&mut out));
            invariant(&assembler);
        }
        (text(&out), assembler)
    }

    #[test]
    fn out_of_order_over_the_sequence_wrap() {
        assert_eq!(run(&[(4, "ef"), (2, "cd"), (0, "ab")]).0, "abcdef");
    }

    #[test]
    fn retransmission_with_new_bytes_delivers_only_those() {
        assert_eq!(run(&[(0, "abcd"), (2, "cdef"), (0, "ab")]).0, "abcdef");
    }

    #[test]
    fn overlapping_segment_keeps_first_copy() {
        assert_eq!(run(&[(2, "cd"), (1, "XYZW"), (0, "a")]).0, "aXcdW");
    }

    #[test]
    fn segment_that_fills_a_hole_and_overlaps_what_waits() {
        assert_eq!(run(&[(2, "cd"), (0, "abXX")]).0, "abcd");
    }

    #[test]
    fn a_hole_given_up_is_a_gap_of_its_length() {
        let (out, mut assembler) = run(&[(0, "ab"), (4, "ef")]);
        assert_eq!(out, "ab");
        let mut out = vec![Some(b'a'), Some(b'b')];
        assembler.give_up_all(Stamp::default(), &mut collect(&mut out));
        assert_eq!(text(&out), "ab__ef");
    }

    #[test]
    fn held_bytes_keep_what_their_own_segment_acknowledged() {
        let (mut assembler, mut acks) = (Assembler::default(), Vec::new());
        let mut note = |stretch: Stretch<'_>| {
            if let Stretch::Bytes { data, acked, .. } = stretch {
                acks.push((data.to_vec(), acked));
            }
        };
        assembler.begin(0);
        let place = |acked: u64| Place { acked: Some(acked), ..Place::default() };
        assembler.push(2, b"c", 1, place(70), &mut note);
        assembler.push(1, b"b", 1, place(60), &mut note);
        assembler.push(0, b"a", 1, place(80), &mut note);
        assembler.push(4, b"e", 1, place(90), &mut note);
        assembler.give_up_all(Stamp::default(), &mut note);
        assert_eq!(acks, [("a", 80), ("b", 60), ("c", 70), ("e", 90)].map(|(text, acked)| (text.as_bytes().to_vec(), Some(acked))));
    }

    #[test]
    fn snapped_segment_leaves_a_gap_of_known_length() {
        let (mut assembler, mut out) = (Assembler::default(), Vec::new());
        assembler.push(0, b"ab", 5, Place::default(), &mut collect(&mut out));
        assembler.push(5, b"fg", 2, Place::default(), &mut collect(&mut out));
        assert_eq!(text(&out), "ab___fg");
    }

    #[test]
    fn keep_alive_probe_delivers_nothing() {
        assert_eq!(run(&[(0, "abc"), (2, "c"), (2, ""), (3, "d")]).0, "abcd");
    }

    proptest! {
        /// Against the obvious version: a map from position to the first byte that came for it.
        #[test]
        fn agrees_with_a_byte_map(
            base in any::<u32>(),
            segments in prop::collection::vec((0usize..48, prop::collection::vec(any::<u8>(), 0..12), 0usize..4), 0..40),
        ) {
            let (mut assembler, mut out) = (Assembler::default(), Vec::new());
            assembler.begin(base);
            let mut map: Vec<Option<Option<u8>>> = vec![None; 80];
            for (at, data, cut) in &segments {
                let captured = &data[..data.len().saturating_sub(*cut)];
                let seq = base.wrapping_add(*at as u32);
                assembler.push(seq, captured, data.len() as u32, Place::default(), &mut collect(&mut out));
                invariant(&assembler);
                for (index, slot) in map[*at..*at + data.len()].iter_mut().enumerate() {
                    slot.get_or_insert(captured.get(index).copied());
                }
                let whole = map.iter().position(Option::is_none).unwrap_or(map.len());
                prop_assert_eq!(&out, &map[..whole].iter().map(|slot| slot.unwrap()).collect::<Vec<_>>());
            }
            assembler.give_up_all(Stamp::default(), &mut collect(&mut out));
            let end = map.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
            prop_assert_eq!(&out, &map[..end].iter().map(|slot| slot.flatten()).collect::<Vec<_>>());
        }
    }
}
