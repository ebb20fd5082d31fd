//! Watches an analysis and makes batches of what it tells. Lives in the loading thread; holds what concerns open connections
//! only, everything else leaves with the batches.

use std::collections::VecDeque;
use std::ops::Range;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::batch::{BATCH, Batch, Placed, Summed, TcpEvent, TcpEventKind};
use super::entry::{Bytes, ConnectionId, Entry, Flags, NONE, PacketId, Took};
use super::pieces::{KEPT, Piece, Segment, Segments};
use super::topics::Topics;
use crate::analysis::{Analyzer, Connection, GapView, Observer, Opened, PacketView, SegmentView};
use crate::finding::Finding;
use crate::flow::{Endpoint, Role};
use crate::frame::{FrameId, Stamp};
use crate::framing::Completeness;
use crate::mqtt::{Body, Packet, PacketType, Version};
use crate::session::{Family, Step};

/// Retransmissions and gaps kept per connection; the rest is counted by its summary.
const EVENTS: u32 = 256;

/// SYN, FIN and RST kept per connection besides.
const SIGNS: u32 = 16;

/// Bytes kept of packets that came in IP fragments.
const FRAGMENT_BYTES: usize = 16 << 20;

/// Segments of all connections that may wait for a packet; the bytes of those beyond are not found again.
const SEGMENTS: usize = 1 << 20;

/// Pieces kept of packets that came in several segments.
const PIECE_LIMIT: u64 = 16 << 20;

/// PINGREQs that wait, as many as the session remembers.
const PINGS: usize = 32;

/// Takes finished batches; `false` if nobody wants more.
pub(super) type Deliver = Box<dyn FnMut(Batch) -> bool + Send>;

/// Makes batches.
pub(super) struct Builder {
    batch: Batch,
    deliver: Deliver,
    unwanted: bool,
    connections: u32,
    packets: u32,
    tracked: HashMap<u64, Tracked, RandomState>,
    /// Connections that have changed since their summary was made.
    changed: Vec<u64>,
    topics: Topics,
    pieces: u64,
    kept: usize,
    /// FIN or RST of the last segment: told behind the packets in it.
    closing: Option<(u64, TcpEventKind, bool, Stamp)>,
    /// Segments of all connections that wait for a packet.
    waiting: usize,
    /// The index lets go of what is old: what it has room for is its own business.
    rolling: bool,
}

/// A connection that is open.
#[derive(Debug, Default)]
struct Tracked {
    /// Its number in the index, and its ends (client, server); `None` before it is known to be MQTT.
    known: Option<(ConnectionId, [Endpoint; 2])>,
    /// Who sent its first segment.
    first: Option<Endpoint>,
    /// The frame of its last one.
    last: Stamp,
    /// Segments that wait for a packet: of the sender of the first segment, of the other one.
    segments: [Segments; 2],
    first_is_client: bool,
    /// Before it is known to be MQTT: event, whether the sender is that of the first segment, length, place.
    early: Vec<(TcpEventKind, bool, u64, Stamp)>,
    events: u32,
    signs: u32,
    packets: u32,
    /// The latest packet of the exchanges that go on.
    exchanges: HashMap<u32, PacketId, RandomState>,
    connect: Option<PacketId>,
    /// PINGREQs that wait, with their frames.
    pings: VecDeque<(PacketId, FrameId)>,
    /// Findings about the packet that comes next.
    findings: Vec<Finding>,
    changed: bool,
}

impl Builder {
    /// A builder whose batches go to `deliver`; `rolling`: of a live source.
    pub fn new(deliver: Deliver, rolling: bool) -> Self {
        Self {
            batch: Batch::default(),
            deliver,
            unwanted: false,
            connections: 0,
            packets: 0,
            tracked: HashMap::default(),
            changed: Vec::new(),
            topics: Topics::default(),
            pieces: 0,
            kept: 0,
            closing: None,
            waiting: 0,
            rolling,
        }
    }

    /// Nobody wants more.
    pub fn is_unwanted(&self) -> bool {
        self.unwanted
    }

    /// How much the batch in the making holds.
    pub fn pending(&self) -> usize {
        self.batch.len()
    }

    /// Something has changed that concerns all connections.
    pub fn all_changed(&mut self) {
        for (number, tracked) in self.tracked.iter_mut().filter(|(_, tracked)| tracked.known.is_some() && !tracked.changed) {
            tracked.changed = true;
            self.changed.push(*number);
        }
    }

    /// Hands over the present state of all connections that have changed since the last time.
    pub fn sum_up(&mut self, analyzer: &Analyzer) {
        for number in std::mem::take(&mut self.changed) {
            let Some(tracked) = self.tracked.get_mut(&number) else { continue };
            tracked.changed = false;
            if let Some((connection, ends)) = tracked.known
                && let Some(summary) = analyzer.connection(number, ends)
            {
                self.batch.summaries.push(Summed { connection, summary, last: tracked.last });
            }
            if self.batch.summaries.len() >= BATCH {
                self.hand_over();
            }
        }
    }

    /// Hands over what there is; `head` says how far reading has come.
    pub fn flush(&mut self, head: impl FnOnce(&mut Batch)) {
        self.close();
        head(&mut self.batch);
        self.hand_over();
    }

    /// Tells that the last segment closed its connection, if it did.
    fn close(&mut self) {
        if let Some((connection, kind, by_first, stamp)) = self.closing.take()
            && let Some(tracked) = self.tracked.get_mut(&connection)
        {
            tracked.note(kind, by_first, 0, stamp, &mut self.batch);
        }
    }

    fn hand_over(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        (self.batch.progress, self.batch.frames) = (batch.progress, batch.frames);
        if !self.unwanted {
            self.unwanted = !(self.deliver)(batch);
        }
    }
}

impl Observer for Builder {
    fn segment(&mut self, view: &SegmentView<'_>) {
        self.close();
        let segment = view.segment;
        let tracked = self.tracked.entry(view.connection).or_default();
        let by_first = *tracked.first.get_or_insert(segment.source) == segment.source;
        tracked.last = view.stamp;
        if segment.payload_len > 0 && !segment.flags.rst() {
            let have = segment.payload.len();
            let place = match view.position {
                Some(position) => Some((view.stamp.frame.input(), position)),
                None if self.rolling || self.kept + have <= FRAGMENT_BYTES => {
                    self.batch.kept.extend_from_slice(segment.payload);
                    self.kept += have;
                    Some((Piece::MEMORY, (self.kept - have) as u64))
                }
                None => None,
            };
            if let Some((input, position)) = place {
                // What lies before the stream's first byte is not of the stream.
                let skip = u64::try_from(view.offset.saturating_neg()).unwrap_or(0);
                let start = u64::try_from(view.offset).unwrap_or(0);
                let end = start.saturating_add(u64::from(segment.payload_len).saturating_sub(skip));
                let (have, offset) = ((have as u64).saturating_sub(skip), position.saturating_add(skip));
                let [first, other] = &mut tracked.segments;
                let segments = if by_first { first } else { other };
                let before = segments.len();
                segments.add(&Segment { start, end, have, input, offset }, view.read);
                self.waiting = self.waiting + segments.len() - before;
                if self.waiting > SEGMENTS {
                    self.waiting -= segments.len();
                    segments.clear();
                }
            }
        }
        let flags = segment.flags;
        if flags.syn() {
            let kind = if flags.ack() { TcpEventKind::SynAck } else { TcpEventKind::Syn };
            tracked.note(kind, by_first, 0, view.stamp, &mut self.batch);
        }
        if view.is_repeat() {
            tracked.note(TcpEventKind::Retransmission, by_first, segment.payload_len.into(), view.stamp, &mut self.batch);
        }
        if flags.fin() || flags.rst() {
            let kind = if flags.rst() { TcpEventKind::Reset } else { TcpEventKind::Fin };
            self.closing = Some((view.connection, kind, by_first, view.stamp));
        }
        if tracked.known.is_some() && !tracked.changed {
            tracked.changed = true;
            self.changed.push(view.connection);
        }
    }

    fn opened(&mut self, opened: &Opened) {
        let tracked = self.tracked.entry(opened.connection).or_default();
        let connection = self.connections;
        self.connections += 1;
        self.batch.opened.push(*opened);
        tracked.known = Some((connection, [opened.client, opened.server]));
        tracked.first_is_client = tracked.first == Some(opened.client);
        for (kind, by_first, len, stamp) in std::mem::take(&mut tracked.early) {
            tracked.note(kind, by_first, len, stamp, &mut self.batch);
        }
        if !tracked.changed {
            tracked.changed = true;
            self.changed.push(opened.connection);
        }
    }

    fn dismissed(&mut self, connection: u64) {
        if let Some(tracked) = self.tracked.remove(&connection) {
            self.waiting -= tracked.waiting();
        }
    }

    fn gap(&mut self, gap: &GapView) {
        if let Some(tracked) = self.tracked.get_mut(&gap.connection) {
            let by_first = tracked.first_is_client == (gap.from == Role::Client);
            tracked.note(TcpEventKind::Gap, by_first, gap.len, gap.stamp, &mut self.batch);
        }
    }

    fn packet(&mut self, view: &PacketView<'_>) {
        let Some(tracked) = self.tracked.get_mut(&view.connection) else { return };
        let Some((connection, _)) = tracked.known.filter(|_| self.packets < NONE) else { return };
        let id = self.packets;
        self.packets += 1;
        tracked.packets += 1;
        let mut entry = entry(view, connection);
        if let Some(topic) = topic(view) {
            entry.topic = self.topics.number(topic, &mut self.batch.topics);
        }
        entry.set_pause_doubt(view.pause.and_then(|pause| pause.doubt));
        entry.previous = tracked.link(view, id).unwrap_or(NONE);
        let range = view.framed.begin.offset..view.framed.end_offset();
        let [first, other] = &mut tracked.segments;
        let segments = if tracked.first_is_client == (view.from == Role::Client) { first } else { other };
        let limit = if self.rolling { u64::MAX } else { PIECE_LIMIT };
        entry.set_place(place(segments, &range, entry.input, limit, &mut self.pieces, &mut self.batch.pieces));
        let before = segments.len();
        segments.forget(range.end);
        self.waiting -= before - segments.len();
        self.batch.entries.push(entry);
        if view.from == Role::Client {
            self.batch.pending.retain(|(other, _)| *other != connection);
        }
        for finding in tracked.findings.drain(..) {
            let meant = finding.from == Some(view.from) && finding.place == view.framed.end;
            self.batch.findings.push(Placed { connection, packet: meant.then_some(id), finding });
        }
        if self.batch.len() >= BATCH {
            self.hand_over();
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let Some(tracked) = self.tracked.get_mut(&finding.connection) else { return };
        let Some((connection, _)) = tracked.known else { return };
        if finding.from.is_some() {
            // Packets are judged before they are told.
            tracked.findings.push(finding.clone());
        } else {
            self.batch.findings.push(Placed { connection, packet: None, finding: finding.clone() });
        }
    }

    fn pending(&mut self, finding: &Finding) {
        if let Some((connection, _)) = self.tracked.get(&finding.connection).and_then(|tracked| tracked.known) {
            self.batch.pending.push((connection, finding.clone()));
        }
    }

    fn connection(&mut self, summary: &Connection) {
        self.close();
        let Some(tracked) = self.tracked.remove(&summary.number) else { return };
        self.waiting -= tracked.waiting();
        let Some((connection, _)) = tracked.known else { return };
        let last = tracked.last;
        let findings = tracked.findings.into_iter().map(|finding| Placed { connection, packet: None, finding });
        self.batch.findings.extend(findings);
        self.batch.summaries.push(Summed { connection, summary: summary.clone(), last });
        self.batch.over.push(connection);
        if self.batch.len() >= BATCH {
            self.hand_over();
        }
    }
}

impl Tracked {
    fn waiting(&self) -> usize {
        self.segments.iter().map(Segments::len).sum()
    }

    /// Tells a TCP event, if there were not too many; keeps it for later if nobody knows yet what the connection is.
    fn note(&mut self, kind: TcpEventKind, by_first: bool, len: u64, at: Stamp, batch: &mut Batch) {
        let Some((connection, _)) = self.known else {
            if self.early.len() < SIGNS as usize {
                self.early.push((kind, by_first, len, at));
            }
            return;
        };
        let (count, limit) = match kind {
            TcpEventKind::Retransmission | TcpEventKind::Gap => (&mut self.events, EVENTS),
            _ => (&mut self.signs, SIGNS),
        };
        *count += 1;
        if *count <= limit {
            let from = if by_first == self.first_is_client { Role::Client } else { Role::Server };
            batch.events.push((connection, TcpEvent::new(kind, from, len, self.packets, at)));
        } else {
            batch.events_left_out.push(connection);
        }
    }

    /// The packet before this one in its exchange, as the session sees it.
    fn link(&mut self, view: &PacketView<'_>, id: PacketId) -> Option<PacketId> {
        let (kind, from, session) = (view.packet.packet_type(), view.from, view.session);
        match (kind, from) {
            (PacketType::Connect, Role::Client) if session.connects() == 0 => {
                self.connect = Some(id);
                return None;
            }
            (PacketType::Connack, Role::Server) if session.connacks() == 0 => return self.connect,
            (PacketType::Pingreq, Role::Client) => {
                if self.pings.len() < PINGS {
                    self.pings.push_back((id, view.framed.end.frame));
                }
                return None;
            }
            (PacketType::Pingresp, Role::Server) => {
                let oldest = session.oldest_ping()?.frame;
                let place = self.pings.iter().position(|(_, frame)| *frame == oldest)?;
                return self.pings.drain(..=place).next_back().map(|(ping, _)| ping);
            }
            _ => {}
        }
        let packet_id = view.packet.packet_id()?;
        let (by, family) = match kind {
            PacketType::Publish | PacketType::Pubrel => (from, Family::Publish),
            PacketType::Subscribe => (from, Family::Subscribe),
            PacketType::Unsubscribe => (from, Family::Unsubscribe),
            PacketType::Suback => (from.peer(), Family::Subscribe),
            PacketType::Unsuback => (from.peer(), Family::Unsubscribe),
            _ => (from.peer(), Family::Publish),
        };
        let key = (by.index() as u32) << 18 | (family as u32) << 16 | u32::from(packet_id);
        let former = self.exchanges.get(&key).copied();
        let previous = match &view.effect.step {
            Step::None | Step::WrongKind { .. } | Step::AnsweredLate => return None,
            Step::Unknown { .. } if former.is_some() => return None,
            Step::Began { .. } | Step::Unknown { .. } => None,
            Step::Resent { .. } | Step::Answered(_) | Step::ReleasedAgain | Step::Early { .. } | Step::Refused { .. } => former,
        };
        if session.exchanges().is_open(by, family, packet_id) {
            self.exchanges.insert(key, id);
        } else {
            self.exchanges.remove(&key);
        }
        previous
    }
}

fn entry(view: &PacketView<'_>, connection: ConnectionId) -> Entry {
    let PacketView { packet, framed, .. } = *view;
    let mut flags = Flags::default();
    flags.set(Flags::FROM_SERVER, view.from == Role::Server);
    flags.set(Flags::CERTAIN, framed.certain);
    flags.set(Flags::DAMAGED, framed.completeness == Completeness::Damaged);
    flags.set(Flags::OVERSIZE, framed.completeness == Completeness::Oversize);
    let told = !view.is_header_only();
    flags.set(Flags::MALFORMED, told && (packet.malformed.is_some() || packet.trailing_bytes().is_some()));
    let packet_id = packet.packet_id().filter(|_| told);
    flags.set(Flags::PACKET_ID, packet_id.is_some());
    let code = code(packet).filter(|_| told);
    flags.set(Flags::CODE, code.is_some());
    flags.set_bits(
        Flags::VERSION,
        match packet.version {
            Version::V3_1 => 0,
            Version::V3_1_1 => 1,
            Version::V5_0 => 2,
        },
    );
    Entry {
        time: framed.end.time,
        frame: framed.end.frame.number(),
        bytes: 0,
        input: framed.end.frame.input(),
        connection,
        size: u32::try_from(packet.header.packet_len()).unwrap_or(u32::MAX),
        topic: NONE,
        previous: NONE,
        next: NONE,
        packet_id: packet_id.unwrap_or(0),
        took: Took::new(framed.end.time.since(framed.begin.stamp.time)),
        flags,
        first_byte: packet.header.first_byte,
        code: code.unwrap_or(0),
    }
}

fn code(packet: &Packet<'_>) -> Option<u8> {
    let worst = |codes: &[u8]| codes.iter().copied().find(|code| *code >= 0x80).or(codes.first().copied());
    match &packet.body {
        Body::Suback(suback) => worst(suback.codes),
        Body::Unsuback(unsuback) => worst(unsuback.codes),
        _ => packet.reason_code(),
    }
}

/// The topic of a PUBLISH, also where an alias stands for it; the first filter of SUBSCRIBE and UNSUBSCRIBE.
fn topic<'a>(view: &PacketView<'a>) -> Option<&'a [u8]> {
    match &view.packet.body {
        Body::Publish(publish) => {
            let said = publish.topic.map(|topic| topic.bytes).filter(|topic| !topic.is_empty());
            said.or_else(|| view.session.alias_topic(view.from, publish)).or(publish.topic.map(|topic| topic.bytes))
        }
        Body::Subscribe(subscribe) => subscribe.filters.iter().next().map(|entry| entry.filter.bytes),
        Body::Unsubscribe(unsubscribe) => unsubscribe.filters.iter().next().map(|filter| filter.bytes),
        _ => None,
    }
}

/// Where the bytes of a packet are whose last frame is of `input`.
fn place(segments: &Segments, range: &Range<u64>, input: u32, limit: u64, count: &mut u64, list: &mut Vec<Piece>) -> Bytes {
    if let Some((_, offset)) = segments.whole(range).filter(|(from, _)| *from == input) {
        return Bytes::Whole { input, offset };
    }
    let pieces = segments.pieces(range);
    let known = range.end - range.start <= KEPT;
    match pieces.as_slice() {
        [] => Bytes::Nowhere,
        [one] if one.input == input && known => Bytes::Whole { input, offset: one.offset },
        _ if *count + pieces.len() as u64 > limit => Bytes::Nowhere,
        _ => {
            let first = *count;
            *count += pieces.len() as u64;
            list.extend_from_slice(&pieces);
            Bytes::Pieces { first, count: pieces.len() }
        }
    }
}
