//! A capture as something to look around in: every control packet in a few bytes, in lists by connection and exchange, with
//! findings and statistics. Made while the capture is loaded, in another thread ([`load`]); whoever shows it owns it and takes
//! in batches, so there are no locks.
//!
//! ```text
//! Source ─frames→ Analyzer ─facts→ Builder ─Batch→ (channel) → Index ─Entry→ lists, ladders, timelines
//!                                                                 └── + Reread → Detail: bytes and fields of one packet
//! ```
//!
//! Packets themselves are not kept: [`Index::detail`] reads one again from the capture when somebody looks at it.

mod batch;
mod builder;
mod chunks;
mod detail;
mod entry;
mod lane;
mod live;
pub mod load;
mod pieces;
pub mod save;
mod statistics;
mod tail;
#[cfg(test)]
mod tests;
mod topics;
mod window;

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use hashbrown::HashMap;

pub use batch::{Batch, Live, TcpEvent, TcpEventKind};
pub use detail::{Cut, Detail, DetailError};
pub use entry::{ConnectionId, Entry, PacketId};
pub use lane::{Lane, Pause, PauseEnd, Trip, typical};
pub use statistics::{Histogram, Latency, Rates, Statistics, Volume};
pub use tail::Tail;
pub use window::Gone;

use batch::{Placed, Summed};
use chunks::Chunks;
use pieces::Piece;

use crate::analysis::{self, Opened};
use crate::capture::Progress;
use crate::finding::{Finding, Severity};
use crate::flow::{Endpoint, Role};
use crate::frame::{FrameId, Stamp};
use crate::mqtt::PacketType;
use crate::session::Ending;
use crate::time::Timestamp;

/// Most steps of an exchange that are looked through.
const STEPS: usize = 1000;

/// Most TCP events of a connection; the first ones give way.
const EVENTS: usize = 272;

/// How far around the place that its time suggests a packet is looked for: frames of a capture may be out of order.
const DISORDER: usize = 64;

/// All that is known of a capture so far.
#[derive(Debug, Default)]
pub struct Index {
    entries: Chunks<Entry>,
    pieces: Chunks<Piece>,
    kept: Tail<u8>,
    topics: Vec<(Arc<[u8]>, Volume)>,
    /// `None`: gone.
    connections: Chunks<Option<Box<Connection>>>,
    /// No connection before it is left.
    eldest: ConnectionId,
    /// Connections that are over, in the order of their ends.
    over: VecDeque<ConnectionId>,
    gone: Gone,
    findings: Vec<Found>,
    clients: HashMap<ClientKey, Vec<ConnectionId>, RandomState>,
    statistics: Statistics,
    progress: Progress,
    frames: u64,
    first: Option<Timestamp>,
    warnings: Vec<String>,
    live: live::State,
}

/// One client of one server: the server's end and the Client Identifier.
type ClientKey = (Endpoint, Box<[u8]>);

/// One MQTT connection.
#[derive(Debug)]
pub struct Connection {
    /// What is known of it, as of the last batch: [`Ending::Open`] until it ends.
    pub summary: analysis::Connection,
    /// Its last frame so far.
    pub last: Stamp,
    /// Its packets.
    pub packets: Tail<PacketId>,
    /// What happened on the TCP level, in the order of the capture; bounded.
    pub events: Tail<TcpEvent>,
    /// Events beyond the bound.
    pub events_left_out: u64,
    /// Its findings, as places in [`Index::findings`].
    pub findings: Vec<u32>,
    /// PUBLISH packets by sender (client, server).
    pub messages: [Volume; 2],
}

/// A finding and its place in the index.
#[derive(Clone, Debug)]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// Its connection.
    pub connection: ConnectionId,
    /// The packet that it points at; `None` if that is not in the index.
    pub packet: Option<PacketId>,
}

impl Index {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a batch: a matter of a few milliseconds. Batches have to come in their order.
    pub fn apply(&mut self, batch: Batch) {
        (self.progress, self.frames, self.first) = (batch.progress, batch.frames, batch.first);
        self.warnings.extend(batch.warnings);
        self.topics.extend(batch.topics.into_iter().map(|topic| (topic, Volume::default())));
        batch.opened.into_iter().for_each(|opened| self.connections.push(Some(Box::new(Connection::new(&opened)))));
        batch.pieces.into_iter().for_each(|piece| self.pieces.push(piece));
        self.kept.append(batch.kept);
        batch.entries.into_iter().for_each(|entry| self.add(entry));
        for (connection, event) in batch.events {
            if let Some(connection) = self.connection_mut(connection) {
                connection.events.push(event);
                if connection.events.len() > EVENTS {
                    connection.events.forget(1);
                    connection.events_left_out += 1;
                }
            }
        }
        for connection in batch.events_left_out {
            if let Some(connection) = self.connection_mut(connection) {
                connection.events_left_out += 1;
            }
        }
        batch.summaries.into_iter().for_each(|summed| self.sum_up(summed));
        batch.findings.into_iter().for_each(|placed| self.found(placed));
        for (connection, finding) in batch.pending {
            let packet = self.find(connection, &finding);
            self.live.pend(Found { finding, connection, packet });
        }
        for id in batch.over {
            self.live.settle(id);
            self.over.push_back(id);
        }
        if let Some(live) = batch.live {
            let window = live.window;
            self.live.take(live, self.len());
            self.evict(window);
        }
    }

    /// How many packets there were; the numbers of those that are left are below, from [`Index::first`] on.
    pub fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// No packets yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One packet.
    pub fn get(&self, packet: PacketId) -> Option<&Entry> {
        self.entries.get(packet as usize)
    }

    /// All packets that are left, in the order of the capture.
    pub fn packets(&self) -> impl Iterator<Item = (PacketId, &Entry)> {
        (self.first()..).zip(self.entries.iter())
    }

    /// How many connections there were; the numbers of those that are left are below.
    pub fn connection_count(&self) -> u32 {
        self.connections.len() as u32
    }

    /// One connection.
    pub fn connection(&self, connection: ConnectionId) -> Option<&Connection> {
        self.connections.get(connection as usize)?.as_deref()
    }

    fn connection_mut(&mut self, connection: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(connection as usize)?.as_deref_mut()
    }

    /// All connections that are left, in the order in which they were found to be MQTT.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        let all = (self.connections.first() as ConnectionId..).zip(self.connections.iter());
        all.filter_map(|(id, connection)| Some((id, connection.as_deref()?)))
    }

    /// All findings, in the order in which they were made.
    pub fn findings(&self) -> &[Found] {
        &self.findings
    }

    /// The findings that point at a packet.
    pub fn findings_of(&self, packet: PacketId) -> impl Iterator<Item = &Found> {
        let connection = self.get(packet).filter(|entry| entry.severity().is_some()).and_then(|entry| self.connection(entry.connection));
        let all = connection.into_iter().flat_map(|connection| &connection.findings);
        all.filter_map(|place| self.findings.get(*place as usize)).filter(move |found| found.packet == Some(packet))
    }

    /// The topic of a PUBLISH, also where a Topic Alias stands for it, or the first filter of a SUBSCRIBE or UNSUBSCRIBE; `None`
    /// if it has none or it is not known.
    pub fn topic(&self, entry: &Entry) -> Option<&[u8]> {
        self.topics.get(entry.topic as usize).map(|(topic, _)| &**topic)
    }

    /// All packets of the exchange that a packet belongs to, itself among them, in their order: PUBLISH with its
    /// acknowledgements and repetitions, SUBSCRIBE, UNSUBSCRIBE, CONNECT or PINGREQ with the answer.
    pub fn exchange(&self, packet: PacketId) -> Vec<PacketId> {
        let left = |packet: &PacketId| *packet >= self.first();
        let before = std::iter::successors(Some(packet), |packet| self.get(*packet)?.previous().filter(left)).skip(1);
        let mut steps: Vec<PacketId> = before.take(STEPS).collect();
        steps.reverse();
        steps.extend(std::iter::successors(Some(packet), |packet| self.get(*packet)?.next()).take(STEPS));
        steps
    }

    /// How long it took from the packet that this one answers (for PUBCOMP: from the PUBLISH) to this one; `None` if it is no
    /// answer.
    pub fn round_trip(&self, packet: PacketId) -> Option<Duration> {
        let entry = self.get(packet)?;
        Some(self.answered(entry)?.1)
    }

    /// All connections of the client of this one, by Client Identifier and server, in their order; only itself if the client
    /// has no identifier.
    pub fn connections_of_client(&self, connection: ConnectionId) -> Vec<ConnectionId> {
        let summary = self.connection(connection).map(|connection| &connection.summary);
        let all = summary.and_then(client_key).and_then(|key| self.clients.get(&key));
        all.map_or_else(|| vec![connection], Clone::clone)
    }

    /// What was counted.
    pub fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// The `count` topics with the most messages, or bytes, with what was published to them.
    pub fn top_topics(&self, count: usize, by: impl Fn(&Volume) -> u64) -> Vec<(&[u8], Volume)> {
        let all = self.topics.iter().filter(|(_, volume)| volume.messages > 0).map(|(topic, volume)| (&**topic, *volume));
        top(all, count, |(_, volume)| by(volume))
    }

    /// The `count` clients with the most messages, or bytes, both ways: one of the connections of each, and the sum over all of
    /// them.
    pub fn top_clients(&self, count: usize, by: impl Fn(&Volume) -> u64) -> Vec<(ConnectionId, Volume)> {
        let volume = |id: ConnectionId| self.connection(id).map_or(Volume::default(), |one| one.messages[0].plus(one.messages[1]));
        let known = self
            .clients
            .values()
            .filter_map(|all| Some((*all.first()?, all.iter().map(|id| volume(*id)).fold(Volume::default(), Volume::plus))));
        let nameless = self.connections().filter(|(_, one)| client_key(&one.summary).is_none()).map(|(id, _)| (id, volume(id)));
        let all = known.chain(nameless).filter(|(_, volume)| volume.messages > 0);
        top(all, count, |(id, volume)| (by(volume), Reverse(*id)))
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Frames read so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The time of the first frame.
    pub fn first_time(&self) -> Option<Timestamp> {
        self.first
    }

    /// What was wrong with the inputs.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn add(&mut self, entry: Entry) {
        if entry.from() == Role::Client {
            self.live.settle(entry.connection);
        }
        let id = self.entries.len() as PacketId;
        if let Some(previous) = self.entries.get_mut(entry.previous as usize) {
            previous.next = id;
        }
        self.count(&entry);
        if let Some(connection) = self.connection_mut(entry.connection) {
            connection.packets.push(id);
            if entry.kind() == PacketType::Publish
                && let Some(volume) = connection.messages.get_mut(entry.from().index())
            {
                volume.add(entry.size);
            }
        }
        self.entries.push(entry);
    }

    fn count(&mut self, entry: &Entry) {
        let kind = entry.kind();
        self.statistics.rates.add(entry.time, kind);
        self.statistics.packets[kind.index() % 16] += 1;
        if let Some(qos) = entry.qos() {
            self.statistics.qos[entry.from().index()][usize::from(qos)].add(entry.size);
            self.statistics.retained += u64::from(entry.retain());
            self.statistics.repeated += u64::from(entry.dup());
            if let Some((_, volume)) = self.topics.get_mut(entry.topic as usize) {
                volume.add(entry.size);
            }
        }
        if let Some((latency, took)) = self.answered(entry)
            && let Some(latency) = latency
        {
            self.statistics.latencies[latency as usize].add(took);
        }
    }

    /// What an answer is, and how long it took.
    fn answered(&self, entry: &Entry) -> Option<(Option<Latency>, Duration)> {
        let mut before = std::iter::successors(entry.previous(), |packet| self.get(*packet)?.previous()).take(STEPS);
        let kind = entry.kind();
        let latency = Latency::ALL.into_iter().find(|latency| latency.answer() == kind);
        let wanted = match (kind, latency) {
            (_, Some(latency)) => latency.request(),
            (PacketType::Pubrec, None) => PacketType::Publish,
            (PacketType::Pubrel, None) => PacketType::Pubrec,
            (PacketType::Unsuback, None) => PacketType::Unsubscribe,
            _ => return None,
        };
        let is_request = |packet: PacketId| self.get(packet).filter(|entry| entry.kind() == wanted);
        // Only of PUBCOMP the request is not the packet right before; a second answer has no time of its own.
        let request = if kind == PacketType::Pubcomp { before.find_map(is_request) } else { before.next().and_then(is_request) };
        Some((latency, entry.time.since(request?.time)))
    }

    fn sum_up(&mut self, Summed { connection: id, summary, last }: Summed) {
        self.live.sum_up(id, &summary);
        let Some(connection) = self.connection_mut(id) else { return };
        let (old, new) = (client_key(&connection.summary), client_key(&summary));
        (connection.summary, connection.last) = (summary, last);
        if old != new {
            // The identifier of the server (5.0) comes after the connection is known.
            if let Some(all) = old.and_then(|key| self.clients.get_mut(&key)) {
                all.retain(|other| *other != id);
            }
            if let Some(key) = new {
                let all = self.clients.entry(key).or_default();
                let place = all.partition_point(|other| *other < id);
                all.insert(place, id);
            }
        }
    }

    fn found(&mut self, Placed { connection, packet, finding }: Placed) {
        let packet = packet.or_else(|| self.find(connection, &finding));
        let place = self.findings.len() as u32;
        if let Some(entry) = packet.and_then(|packet| self.entries.get_mut(packet as usize)) {
            entry.mark(finding.severity);
        }
        if let Some(connection) = self.connection_mut(connection) {
            connection.findings.push(place);
        }
        self.findings.push(Found { finding, connection, packet });
    }

    /// The packet that a finding points at: of those in its frame the one it names, or else the first.
    fn find(&self, connection: ConnectionId, finding: &Finding) -> Option<PacketId> {
        let packets = &self.connection(connection)?.packets;
        let time = finding.place.time;
        let near = packets.partition_point(|packet| self.get(*packet).is_some_and(|entry| entry.time < time));
        let from = near.saturating_sub(DISORDER);
        let in_frame = |frame: FrameId| {
            let near = packets.get(from..).unwrap_or_default().iter().take(4 * DISORDER).copied();
            near.filter(move |packet| self.get(*packet).is_some_and(|entry| entry.frame() == frame))
        };
        let named = |packet: &PacketId| self.get(*packet).is_some_and(|entry| self.is_named(entry, &finding.packet));
        in_frame(finding.place.frame).find(named).or_else(|| in_frame(finding.place.frame).next())
    }

    /// Whether words like `PUBLISH #7` mean a packet.
    fn is_named(&self, entry: &Entry, words: &str) -> bool {
        let mut words = words.split(' ');
        let id = |word: &str| word.strip_prefix('#').and_then(|id| id.parse().ok());
        words.next() == Some(entry.kind().name()) && words.next().and_then(id).is_none_or(|id| entry.packet_id() == Some(id))
    }
}

impl Connection {
    fn new(opened: &Opened) -> Self {
        Self {
            summary: analysis::Connection::opened(opened),
            last: opened.first,
            packets: Tail::default(),
            events: Tail::default(),
            events_left_out: 0,
            findings: Vec::new(),
            messages: [Volume::default(); 2],
        }
    }

    /// The worst that was found on it, kept or not.
    pub fn severity(&self) -> Option<Severity> {
        Severity::ALL.into_iter().rev().find(|severity| self.summary.count(*severity) > 0)
    }

    /// It is open, as far as is known.
    pub fn is_open(&self) -> bool {
        self.summary.ending == Ending::Open
    }
}

/// By what a client is known: not without an identifier, its own or the server's.
fn client_key(summary: &analysis::Connection) -> Option<ClientKey> {
    let own = summary.client_id.as_ref().filter(|id| !id.is_empty());
    own.or(summary.assigned_client_id.as_ref()).map(|id| (summary.server, id.clone()))
}

/// The `count` largest, largest first; of equal ones those that come first.
fn top<T, K: Ord>(all: impl Iterator<Item = T>, count: usize, by: impl Fn(&T) -> K) -> Vec<T> {
    let mut top: Vec<(K, T)> = Vec::with_capacity(count + 1);
    for item in all {
        let key = by(&item);
        if top.len() < count || top.last().is_some_and(|(least, _)| key > *least) {
            let place = top.partition_point(|(other, _)| *other >= key);
            top.insert(place, (key, item));
            top.truncate(count);
        }
    }
    top.into_iter().map(|(_, item)| item).collect()
}
