//! From frames to facts and findings: the pipeline between capture and report, without I/O, clock or threads.
//!
//! Frames go in one by one ([`Analyzer::push`]); packets, findings and ended connections come out to an [`Observer`] as soon
//! as they are known, and a [`Report`] at the end. Memory follows the connections that are alive.

mod book;
mod evidence;
mod exempt;
mod fields;
mod follow;
mod judge;
mod limits;
mod lone;
mod meaning;
mod mqtt;
mod probe;
pub(crate) mod secret;
mod summary;
mod view;
mod words;

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use hashbrown::HashMap;

pub use exempt::Exemption;
pub use fields::{Field, fields};
pub use follow::Flow;
pub use limits::Limits;
pub use lone::{Answer, LonePacket, Question, Reading, State, inspect};
pub use mqtt::PacketView;
pub(crate) use secret::mask;
pub use summary::{CaptureStats, Connection, LimitHits, PORTS, Repeats, Report, Statement, Status, Unlisted};
pub use view::{GapView, Opened, SegmentView};
pub use words::{describe, quoted};

use exempt::Exempt;
use follow::Place;

use crate::finding::{Blame, Finding};
use crate::flow::Endpoint;
use crate::frame::{Frame, Stamp};
use crate::mqtt::Version;
use crate::net::{Decoder, SkipReason};
use crate::rule::{Catalogue, Engine, Policy, Rule, Selection};
use crate::stream::{Entry, Table};
use crate::time::Timestamp;
use crate::transport::Ports;

/// Takes what the analysis finds, in the order of the capture. What is not taken costs nothing.
pub trait Observer {
    /// A segment of a connection that is MQTT, or may turn out to be, before its bytes are looked at.
    fn segment(&mut self, _segment: &SegmentView<'_>) {}
    /// A connection is MQTT; its packets follow.
    fn opened(&mut self, _opened: &Opened) {}
    /// A connection whose segments were shown is not MQTT, or has ended before that was known.
    fn dismissed(&mut self, _connection: u64) {}
    /// A hole in the stream of an MQTT connection.
    fn gap(&mut self, _gap: &GapView) {}
    /// A control packet.
    fn packet(&mut self, _packet: &PacketView<'_>) {}
    /// A violation, before anything is made of it. `true`: it is known and accepted, to be neither told nor counted (the
    /// coverage of statements counts it nevertheless).
    fn accepts(&mut self, _violation: &Violation<'_>) -> bool {
        false
    }
    /// A finding; repetitions beyond [`Limits::findings_per_rule`] are only counted.
    fn finding(&mut self, _finding: &Finding) {}
    /// An MQTT connection that has ended, or was open when the capture ended.
    fn connection(&mut self, _connection: &Connection) {}
}

/// What is known of a violation at once.
#[derive(Clone, Copy, Debug)]
pub struct Violation<'a> {
    /// The rule.
    pub rule: &'static str,
    /// The statement broken.
    pub clause: &'static str,
    /// Who broke it.
    pub blames: Blame,
    /// Client Identifier of the connection, if known.
    pub client_id: Option<&'a [u8]>,
}

/// What is to be analysed, and how.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Ports of servers.
    pub ports: Ports,
    /// The version to believe in where no CONNECT was captured.
    pub assume_version: Option<Version>,
    /// Which rules, and how bad their faults are.
    pub selection: Selection,
    /// Which rules are not asked about which clients.
    pub exemptions: Vec<Exemption>,
    /// Times that no specification fixes.
    pub policy: Policy,
    /// Bounds.
    pub limits: Limits,
    /// Show passwords and Authentication Data in the bytes of findings.
    pub show_secrets: bool,
}

/// State of an analysis.
pub struct Analyzer {
    decoder: Decoder,
    table: Table<Flow>,
    shared: Shared,
}

/// What all connections have a part in.
pub(crate) struct Shared {
    pub settings: Settings,
    pub engine: Engine,
    pub exempt: Exempt,
    pub stats: CaptureStats,
    pub buffered: usize,
    pub findings: u64,
    pub repeats: Vec<Repeats>,
    pub unlisted: Vec<Unlisted>,
    pub hits: LimitHits,
    skipped: HashMap<SkipReason, u64>,
    /// Per server and Client Identifier: the connection that was accepted last.
    clients: HashMap<u64, (u64, Stamp)>,
    /// Connections whose Client Identifier was accepted on another connection since, and when.
    taken_over: HashMap<u64, Timestamp>,
    hasher: foldhash::fast::RandomState,
    last: Stamp,
}

impl Shared {
    /// Notes findings of a connection that were not kept.
    pub fn repeated(&mut self, repeats: Repeats) {
        if (self.repeats.len() as u64) < self.settings.limits.findings {
            self.repeats.push(repeats);
            return;
        }
        self.hits.repeats += 1;
        let Repeats { rule, more, severity, .. } = repeats;
        match self.unlisted.iter_mut().find(|unlisted| unlisted.rule == rule) {
            Some(unlisted) => {
                unlisted.connections += 1;
                unlisted.more += more;
                unlisted.severity = unlisted.severity.max(severity);
            }
            None => self.unlisted.push(Unlisted { rule, connections: 1, more, severity }),
        }
    }

    /// Notes that a client was accepted; its former connection, if open, is being taken over.
    pub fn accepted(&mut self, server: Endpoint, client_id: &[u8], connection: u64, at: Stamp) {
        if client_id.is_empty() {
            return;
        }
        let key = self.hasher.hash_one((server, client_id));
        if let Some((former, _)) = self.clients.insert(key, (connection, at)) {
            self.taken_over.insert(former, at.time);
        }
    }

    /// When a connection was taken over, if it was.
    pub fn taken_over(&self, connection: u64) -> Option<Timestamp> {
        self.taken_over.get(&connection).copied()
    }

    /// Forgets a connection that has ended.
    pub fn ended(&mut self, server: Endpoint, client_id: &[u8], connection: u64) {
        let key = self.hasher.hash_one((server, client_id));
        if self.clients.get(&key).is_some_and(|(owner, _)| *owner == connection) {
            self.clients.remove(&key);
        }
        self.taken_over.remove(&connection);
    }
}

impl Analyzer {
    /// An analysis of nothing yet, with the rules of `catalogue`.
    pub fn new(catalogue: &'static [Rule], settings: Settings) -> Self {
        let engine = Engine::new(&Catalogue::new(catalogue, &settings.selection));
        Self {
            decoder: Decoder::new(settings.limits.fragments),
            table: Table::new(settings.limits.table),
            shared: Shared {
                exempt: Exempt::new(&settings.exemptions, catalogue),
                settings,
                engine,
                stats: CaptureStats::default(),
                buffered: 0,
                findings: 0,
                repeats: Vec::new(),
                unlisted: Vec::new(),
                hits: LimitHits::default(),
                skipped: HashMap::new(),
                clients: HashMap::new(),
                taken_over: HashMap::new(),
                hasher: foldhash::fast::RandomState::default(),
                last: Stamp::default(),
            },
        }
    }

    /// Takes the next frame.
    pub fn push(&mut self, frame: &Frame<'_>, observer: &mut impl Observer) {
        let stamp = frame.stamp();
        let Self { decoder, table, shared } = self;
        let stats = &mut shared.stats;
        stats.frames += 1;
        stats.bytes += u64::from(frame.original_len);
        stats.first_time.get_or_insert(stamp.time);
        stats.last_time = stats.last_time.max(Some(stamp.time));
        if stamp.time >= shared.last.time || stats.frames == 1 {
            shared.last = stamp;
        }
        let segment = match decoder.decode(frame) {
            Ok(segment) => segment,
            Err(reason) => {
                *shared.skipped.entry(reason).or_default() += 1;
                return;
            }
        };
        let mut over = Vec::new();
        let Some((entry, side)) = table.locate(&segment, stamp, &mut |entry| over.push(entry)) else { return };
        let place = Place { stamp, position: view::position(frame, segment.payload) };
        let closed = follow::segment(entry, side, &segment, place, shared, observer);
        for entry in over {
            Self::end(shared, entry, false, observer);
        }
        if closed {
            table.closed(&segment);
        }
    }

    /// What is known at present of an MQTT connection that is followed: its number, and its ends in any order.
    pub fn connection(&self, number: u64, ends: [Endpoint; 2]) -> Option<Connection> {
        let entry = self.table.get(ends).filter(|entry| entry.number == number)?;
        match &entry.user {
            Flow::Mqtt(mqtt) => Some(mqtt.summary(&entry.connection, entry.connection.last(), &self.shared)),
            _ => None,
        }
    }

    /// The capture is over: ends all connections and sums up.
    pub fn finish(mut self, observer: &mut impl Observer) -> Report {
        let Self { table, shared, .. } = &mut self;
        table.finish(&mut |entry| Self::end(shared, entry, true, observer));
        let stats = &mut self.shared.stats;
        stats.tcp_connections = self.table.numbered();
        stats.skipped = self.shared.skipped.iter().map(|(reason, count)| (reason.to_string(), *count)).fold(
            BTreeMap::new(),
            |mut sum: BTreeMap<String, u64>, (reason, count)| {
                *sum.entry(reason).or_default() += count;
                sum
            },
        );
        self.shared.hits.evicted = self.table.evicted();
        self.shared.hits.fragments = self.decoder.fragments_dropped();
        Report::new(self.shared)
    }

    fn end(shared: &mut Shared, entry: Entry<Flow>, cut: bool, observer: &mut impl Observer) {
        let stamp = shared.last;
        follow::end(entry, cut, stamp, shared, observer);
    }
}
