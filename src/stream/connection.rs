//! One TCP connection: handshake, the two byte streams, holes, and how it closed.
//!
//! Segments go in; per direction come out stretches of the stream in order, FIN in its place, and RST. A hole is declared
//! missing when the peer has acknowledged bytes that the capture does not hold (the receiver had them, so they will not
//! come again), when a hold bound is reached, or when the connection ends. Nothing waits for ever.

use std::time::Duration;

use super::assembler::{Assembler, Place, Stretch};
use crate::frame::Stamp;
use crate::net::Segment;
use crate::time::Timestamp;

/// How many frames of the connection may pass between the acknowledgement of bytes that were not captured and giving
/// them up. Capture hosts with several queues hand frames over slightly out of order: an acknowledgement may come
/// before the data it acknowledges.
const PATIENCE: u8 = 3;

/// How far ahead of what was captured a sequence number is believed: no more bytes can be on their way (RFC 7323, section 2.3).
/// What is farther ahead belongs to another connection, or is forged.
const WINDOW: u64 = 1 << 30;

/// The same of RST: receivers heed those in their window only, and others may come from anywhere.
const RESET_WINDOW: u64 = 1 << 20;

/// How many retransmissions without an acknowledgement show that the peer cannot be reached.
const UNREACHABLE: u8 = 3;

/// Bounds on what one connection may hold back while it waits for a hole to be filled.
#[derive(Clone, Copy, Debug)]
pub struct HoldLimits {
    /// Bytes per direction.
    pub bytes: usize,
    /// Segments per direction.
    pub segments: usize,
}

impl Default for HoldLimits {
    /// 1 MiB and 1,024 segments: the receive windows of usual stacks, several times over.
    fn default() -> Self {
        Self { bytes: 1 << 20, segments: 1024 }
    }
}

/// One of the two ends: an index into the connection's endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The end with the smaller address and port.
    A,
    /// The other one.
    B,
}

impl Side {
    /// The other end.
    #[must_use]
    pub fn peer(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// What a connection tells, in the order of the stream.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// Bytes or a gap.
    Stretch(Stretch<'a>),
    /// The end of this direction: all its bytes have been told.
    Fin(Stamp),
    /// The sender aborted the connection.
    Reset(Stamp),
}

/// Counters of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SideStats {
    /// Segments with payload.
    pub segments: u32,
    /// Segments that repeated bytes.
    pub retransmissions: u32,
    /// Segments that came before their turn.
    pub out_of_order: u32,
    /// Repeated bytes that differed from the copy that was waiting.
    pub conflicts: u32,
    /// Holes given up.
    pub gaps: u32,
    /// Bytes that are missing in them.
    pub missing_bytes: u64,
    /// Holes given up because a hold bound was reached.
    pub hold_limit_hits: u32,
}

#[derive(Debug, Default)]
struct Half {
    assembler: Assembler,
    isn: Option<u32>,
    /// The stream is captured from its first byte.
    from_start: bool,
    /// Offset behind the last byte, once FIN was seen.
    fin: Option<Box<(u64, Stamp)>>,
    fin_told: bool,
    reset: bool,
    /// Offset up to which the peer acknowledged this half.
    acked: u64,
    /// Offset up to which two of its frames did.
    confirmed: u64,
    /// Offset up to which this half sent, by the sequence numbers of all its segments.
    sent: u64,
    overdue: u8,
    /// Retransmissions since the peer last acknowledged something new.
    repeats: u8,
    seen: bool,
    stats: SideStats,
}

impl Half {
    /// The part of `acked` that is data: the acknowledgement of a FIN counts one more.
    fn acked_data(&self) -> u64 {
        self.data(self.acked)
    }

    /// The part of `acked` that is believed: one frame is enough for what was seen to be sent. For the rest two of them have to
    /// agree, as any two that follow each other do: a single one may be damaged or forged, and the stream would not be read
    /// before it had come so far.
    fn received(&self) -> u64 {
        self.confirmed.max(self.acked.min(self.sent))
    }

    fn data(&self, upto: u64) -> u64 {
        self.fin.as_deref().map_or(upto, |(end, _)| upto.min(*end))
    }
}

/// State of one TCP connection.
#[derive(Debug)]
pub struct Connection {
    halves: [Half; 2],
    /// The end that sent SYN, or that was answered with SYN-ACK.
    opened_by: Option<Side>,
    /// The latest SYN-ACK.
    opened: Option<Stamp>,
    first: Stamp,
    last: Stamp,
    /// The latest time; frames may go back.
    latest: Timestamp,
}

impl Connection {
    /// A connection whose first captured frame is `first`.
    pub fn new(first: Stamp) -> Self {
        Self { halves: [Half::default(), Half::default()], opened_by: None, opened: None, first, last: first, latest: first.time }
    }

    /// Takes one segment sent by `from`; tells `sink` what became readable.
    pub fn segment(&mut self, from: Side, segment: &Segment<'_>, stamp: Stamp, limits: HoldLimits, sink: &mut impl FnMut(Side, Item<'_>)) {
        let fresh = stamp.frame != self.last.frame;
        self.now(stamp);
        let flags = segment.flags;
        self.open(from, segment);
        if flags.syn() && flags.ack() {
            self.opened = Some(stamp);
        }
        if fresh {
            for side in [Side::A, Side::B] {
                patience(self.half_mut(side), side, stamp, sink);
            }
        }
        let acked = self.acknowledge(from, segment, fresh);
        let at = segment.seq.wrapping_add(u32::from(flags.syn()));
        let [half, peer] = self.pair(from);
        half.seen = true;
        if segment.payload_len > 0 && !flags.rst() {
            let Half { assembler, stats, .. } = half;
            let outcome = assembler.push(at, segment.payload, segment.payload_len, Place { stamp, acked }, &mut counted(stats, from, sink));
            stats.segments += 1;
            half.repeats = half.repeats.saturating_add(u8::from(outcome.retransmitted));
            stats.retransmissions += u32::from(outcome.retransmitted);
            stats.conflicts += u32::from(outcome.conflicting);
            stats.out_of_order += u32::from(outcome.held);
        }
        if flags.fin() && half.fin.is_none() {
            half.assembler.begin(at);
        }
        let next = half.assembler.next();
        // What comes with RST is no part of the stream; but its number tells how much was sent before it, if it is near enough to
        // be heeded (RFC 9293, section 3.10.7.4).
        let believed = if flags.rst() { RESET_WINDOW } else { WINDOW };
        let end = half.assembler.offset_of(if flags.rst() { at } else { at.wrapping_add(segment.payload_len) });
        if let Some(end) = end.filter(|end| !(flags.rst() && half.reset) && end.saturating_sub(next) <= believed) {
            half.sent = half.sent.max(end);
            // One from before the last byte is that of an older connection.
            if flags.fin() && !flags.rst() && half.fin.is_none() && end >= next {
                half.fin = Some(Box::new((end, stamp)));
            }
        }
        if half.assembler.held_bytes() > limits.bytes || half.assembler.held_segments() > limits.segments {
            half.stats.hold_limit_hits += 1;
            give_up(half, from, u64::MAX, stamp, sink);
        }
        tell_fin(half, from, sink);
        tell_fin(peer, from.peer(), sink);
        if flags.rst() && !self.half(from).reset {
            self.flush(stamp, sink);
            self.half_mut(from).reset = true;
            sink(from, Item::Reset(stamp));
        }
    }

    /// Takes one segment of a connection whose bytes nobody wants: only its handshake and its end count.
    pub fn close_only(&mut self, from: Side, segment: &Segment<'_>, stamp: Stamp) {
        self.now(stamp);
        self.open(from, segment);
        let half = self.half_mut(from);
        half.seen = true;
        half.fin_told |= segment.flags.fin();
        half.reset |= segment.flags.rst();
    }

    /// Declares every hole missing and tells what waited behind them: at the end of the capture or of the connection.
    pub fn flush(&mut self, stamp: Stamp, sink: &mut impl FnMut(Side, Item<'_>)) {
        for side in [Side::A, Side::B] {
            let half = self.half_mut(side);
            while half.assembler.held_segments() > 0 {
                give_up(half, side, u64::MAX, stamp, sink);
            }
            let end = half.data(half.sent.max(half.acked));
            if end > half.assembler.next() {
                give_up(half, side, end, stamp, sink);
            }
            tell_fin(half, side, sink);
        }
    }

    /// True if the place of `side`'s bytes in its stream is known: its SYN or its first bytes were captured.
    pub fn has_begun(&self, side: Side) -> bool {
        self.half(side).assembler.has_begun()
    }

    /// Sets the sequence number of the first byte of `side` that counts, where the handshake was not captured.
    pub fn begin(&mut self, side: Side, first_seq: u32) {
        self.half_mut(side).assembler.begin(first_seq);
    }

    /// The end that opened the connection, if the handshake (or its second half) was captured.
    pub fn opened_by(&self) -> Option<Side> {
        self.opened_by
    }

    /// When the connection could be used: the frame of SYN-ACK, if it was captured.
    pub fn opened(&self) -> Option<Stamp> {
        self.opened
    }

    /// The first frame captured of this connection.
    pub fn first(&self) -> Stamp {
        self.first
    }

    /// The latest frame of this connection.
    pub fn last(&self) -> Stamp {
        self.last
    }

    /// How much earlier a frame at `time` is than the latest of this connection before it.
    pub fn behind(&self, time: Timestamp) -> Duration {
        self.latest.since(time)
    }

    fn now(&mut self, stamp: Stamp) {
        self.last = stamp;
        self.latest = self.latest.max(stamp.time);
    }

    /// True if the stream that `side` sends is captured from its first byte.
    pub fn from_start(&self, side: Side) -> bool {
        self.half(side).from_start
    }

    /// True if at least one frame of `side` was captured.
    pub fn seen(&self, side: Side) -> bool {
        self.half(side).seen
    }

    /// Both ends sent FIN, or one sent RST.
    pub fn is_closed(&self) -> bool {
        self.halves.iter().any(|half| half.reset) || self.halves.iter().all(|half| half.fin_told)
    }

    /// How much of the stream of `side` has been told: offset of the next byte.
    pub fn read(&self, side: Side) -> u64 {
        self.half(side).assembler.next()
    }

    /// Offset of the first payload byte of a segment of `side` in its stream, before [`Connection::segment`] takes it; negative
    /// if it lies before the first byte that counts.
    pub fn offset_of(&self, side: Side, segment: &Segment<'_>) -> i64 {
        // Where nothing is known, the stream begins with this segment.
        self.half(side).assembler.signed_offset_of(segment.seq.wrapping_add(u32::from(segment.flags.syn()))).unwrap_or(0)
    }

    /// `side` has sent bytes that have not been told: they, or some before them, were not captured so far.
    pub fn is_waiting(&self, side: Side) -> bool {
        let half = self.half(side);
        half.data(half.sent.max(half.acked)) > half.assembler.next()
    }

    /// True if the other side has acknowledged all that `side` is known to have sent.
    pub fn is_delivered(&self, side: Side) -> bool {
        let half = self.half(side);
        half.acked_data() >= half.data(half.sent)
    }

    /// Bytes kept because they came before their turn.
    pub fn held_bytes(&self) -> usize {
        self.halves.iter().map(|half| half.assembler.held_bytes()).sum()
    }

    /// One side repeats its last bytes and nobody acknowledges them.
    pub fn is_unreachable(&self) -> bool {
        !self.is_closed() && self.halves.iter().any(|half| half.repeats >= UNREACHABLE)
    }

    /// Counters of what `side` sent.
    pub fn stats(&self, side: Side) -> SideStats {
        self.half(side).stats
    }

    /// True if `segment` opens a new connection on the same endpoints: a SYN with another initial sequence number
    /// (RFC 9293, section 3.6.1).
    pub fn is_reused_by(&self, from: Side, segment: &Segment<'_>) -> bool {
        let half = self.half(from);
        segment.flags.syn() && !segment.flags.ack() && (half.isn.is_some_and(|isn| isn != segment.seq) || (half.isn.is_none() && half.seen))
    }

    /// Takes note of the handshake, if the segment is part of it; [`Connection::segment`] does so too.
    pub fn open(&mut self, from: Side, segment: &Segment<'_>) {
        if !segment.flags.syn() {
            return;
        }
        let opener = if segment.flags.ack() { from.peer() } else { from };
        self.opened_by.get_or_insert(opener);
        let [half, peer] = self.pair(from);
        if half.isn.is_none() {
            half.isn = Some(segment.seq);
            half.from_start = half.assembler.next() == 0;
            half.assembler.begin(segment.seq.wrapping_add(1));
        }
        // SYN-ACK acknowledges the initial sequence number of the opener, whose own SYN may not be in the capture.
        if let Some(ack) = segment.ack
            && peer.isn.is_none()
            && !peer.seen
        {
            peer.isn = Some(ack.wrapping_sub(1));
            peer.from_start = true;
            peer.assembler.begin(ack);
        }
    }

    /// Notes what this segment acknowledges of the peer's stream; returns the offset. `fresh`: it is the first of its frame.
    fn acknowledge(&mut self, from: Side, segment: &Segment<'_>, fresh: bool) -> Option<u64> {
        let ack = segment.ack.filter(|_| !segment.flags.rst())?;
        let peer = self.half_mut(from.peer());
        let offset = peer.assembler.offset_of(ack)?;
        if offset.saturating_sub(peer.assembler.next()) > WINDOW {
            return None;
        }
        if fresh {
            peer.confirmed = peer.confirmed.max(offset.min(peer.acked));
        }
        if offset > peer.acked {
            peer.acked = offset;
            peer.repeats = 0;
        }
        Some(offset)
    }

    fn half(&self, side: Side) -> &Half {
        let [a, b] = &self.halves;
        match side {
            Side::A => a,
            Side::B => b,
        }
    }

    fn half_mut(&mut self, side: Side) -> &mut Half {
        let [half, _] = self.pair(side);
        half
    }

    fn pair(&mut self, side: Side) -> [&mut Half; 2] {
        let [a, b] = &mut self.halves;
        match side {
            Side::A => [a, b],
            Side::B => [b, a],
        }
    }
}

/// Gives up bytes that the peer acknowledged a while ago. Once per frame and before its bytes are looked at, so that cutting
/// them otherwise changes nothing.
fn patience(half: &mut Half, side: Side, stamp: Stamp, sink: &mut impl FnMut(Side, Item<'_>)) {
    if half.acked_data() <= half.assembler.next() {
        half.overdue = 0;
    } else if half.overdue < PATIENCE {
        half.overdue += 1;
    } else {
        half.overdue = 0;
        // What no other frame has confirmed by now was not received.
        half.acked = half.received();
        give_up(half, side, half.acked_data(), stamp, sink);
        tell_fin(half, side, sink);
    }
}

fn give_up(half: &mut Half, side: Side, limit: u64, stamp: Stamp, sink: &mut impl FnMut(Side, Item<'_>)) {
    let Half { assembler, stats, .. } = half;
    assembler.give_up(limit, stamp, &mut counted(stats, side, sink));
}

/// Passes stretches on as items of `side`, counting the gaps.
fn counted<F: FnMut(Side, Item<'_>)>(stats: &mut SideStats, side: Side, sink: &mut F) -> impl FnMut(Stretch<'_>) {
    move |stretch| {
        if let Stretch::Gap { len, .. } = stretch {
            stats.gaps += 1;
            stats.missing_bytes += len;
        }
        sink(side, Item::Stretch(stretch));
    }
}

fn tell_fin(half: &mut Half, side: Side, sink: &mut impl FnMut(Side, Item<'_>)) {
    if let Some((end, stamp)) = half.fin.as_deref().copied()
        && !half.fin_told
        && half.assembler.next() >= end
    {
        half.fin_told = true;
        sink(side, Item::Fin(stamp));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Endpoint;
    use crate::frame::FrameId;
    use crate::net::TcpFlags;

    /// Sender, flags, sequence number, acknowledgement, payload.
    type Sent<'a> = (Side, TcpFlags, u32, Option<u32>, &'a [u8]);

    /// What side A is told to have sent, whether it ended, and how many bytes are missing.
    fn sent_by_a(segments: &[Sent<'_>]) -> (Vec<u8>, bool, u64) {
        let nowhere = Endpoint { addr: [0, 0, 0, 0].into(), port: 0 };
        let mut connection = Connection::new(Stamp::default());
        let (mut bytes, mut ended) = (Vec::new(), false);
        let mut sink = |side, item: Item<'_>| match item {
            Item::Stretch(Stretch::Bytes { data, .. }) if side == Side::A => bytes.extend_from_slice(data),
            Item::Fin(_) if side == Side::A => ended = true,
            _ => {}
        };
        for (number, (from, flags, seq, ack, payload)) in (1..).zip(segments) {
            let payload_len = payload.len() as u32;
            let stamp = Stamp { frame: FrameId::new(0, number), ..Stamp::default() };
            let segment =
                Segment { source: nowhere, destination: nowhere, seq: *seq, ack: *ack, flags: *flags, window: 0, payload, payload_len };
            connection.segment(*from, &segment, stamp, HoldLimits::default(), &mut sink);
        }
        connection.flush(Stamp::default(), &mut sink);
        (bytes, ended, connection.stats(Side::A).missing_bytes)
    }

    #[test]
    fn numbers_of_another_connection_are_not_believed() {
        let far = 1000 + (1 << 30);
        let first = (Side::A, TcpFlags::ACK, 1000, None, &b"ab"[..]);
        let last = (Side::A, TcpFlags::FIN, 1002, None, &b"c"[..]);
        let told = (b"abc".to_vec(), true, 0);
        assert_eq!(sent_by_a(&[first, last]), told);
        assert_eq!(sent_by_a(&[first, (Side::B, TcpFlags::ACK, 1, Some(far + 3), &b""[..]), last]), told, "acknowledged");
        assert_eq!(sent_by_a(&[first, (Side::A, TcpFlags::FIN, far + 3, None, &b""[..]), last]), told, "ended too late");
        assert_eq!(sent_by_a(&[first, (Side::A, TcpFlags::FIN, 900, None, &b""[..]), last]), told, "ended too early");
        assert_eq!(sent_by_a(&[first, (Side::B, TcpFlags::ACK, 1, Some(1004), &b""[..])]).2, 2, "near enough");
    }

    #[test]
    fn one_acknowledgement_of_what_was_not_seen_blinds_nobody() {
        let acks = |at: u32| (Side::B, TcpFlags::ACK, 1, Some(at), &b""[..]);
        let sends = |at: u32, data: &'static [u8]| (Side::A, TcpFlags::ACK, at, None, data);
        let damaged = acks(1002 + (1 << 20));
        let after = [sends(1002, b"c"), acks(1003), acks(1003), sends(1003, b"d"), acks(1004), sends(1004, b"e")];
        let segments: Vec<_> = [sends(1000, b"ab"), damaged].into_iter().chain(after).collect();
        let (bytes, _, missing) = sent_by_a(&segments);
        assert_eq!((bytes.as_slice(), missing), (&b"abcde"[..], 0));
        // Bytes that are missing indeed are acknowledged by all that follows.
        let segments = [sends(1000, b"ab"), acks(1004), acks(1004), acks(1004), acks(1004), acks(1004), sends(1004, b"e")];
        let (bytes, _, missing) = sent_by_a(&segments);
        assert_eq!((bytes.as_slice(), missing), (&b"abe"[..], 2));
    }

    #[test]
    fn rst_tells_how_much_was_sent_before_it() {
        let first = (Side::A, TcpFlags::ACK, 1000, None, &b"ab"[..]);
        let reset = |seq: u32| (Side::A, TcpFlags::RST, seq, None, &b"why"[..]);
        let missing = |segments: &[Sent<'_>]| sent_by_a(segments).2;
        assert_eq!(missing(&[first, reset(1002)]), 0);
        assert_eq!(missing(&[first, reset(1003)]), 1);
        assert_eq!(missing(&[first, reset(900)]), 0, "before what was read");
        assert_eq!(missing(&[first, reset(1000 + (1 << 31))]), 0, "not believed");
        assert_eq!(missing(&[first, reset(1000 + 50_000_000)]), 0, "not believed either");
        assert_eq!(missing(&[first, reset(1002), reset(3000)]), 0, "the first one ends the stream");
    }
}
