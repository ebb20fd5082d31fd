//! From frames to facts and findings: the pipeline between capture and report, without I/O, clock or threads.
//!
//! Frames go in one by one ([`Analyzer::push`]); packets, findings and ended connections come out to an [`Observer`] as soon
//! as they are known, and a [`Report`] at the end. Memory follows the connections that are alive.

mod book;
mod both;
mod clock;
mod evidence;
mod exempt;
mod fields;
mod follow;
mod idle;
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

use std::hash::BuildHasher;
use std::time::Duration;

use hashbrown::HashMap;

pub use both::Both;
pub use exempt::Exemption;
pub use fields::{Field, fields};
pub use follow::Flow;
pub use idle::IdleLimits;
pub use limits::Limits;
pub use lone::{Answer, LonePacket, Question, Reading, State, inspect};
use mqtt::CAUSE_WINDOW;
pub use mqtt::PacketView;
pub(crate) use secret::mask;
pub use summary::{CaptureStats, Connection, LimitHits, PORTS, Repeats, Report, Statement, Status, Unlisted};
pub use view::{GapView, Opened, SegmentView};
pub use words::{describe, quoted};

use exempt::Exempt;
use follow::{Cut, Place};

use crate::finding::{Blame, Finding};
use crate::flow::Endpoint;
use crate::frame::{Counters, Frame, Mark, Stamp};
use crate::mqtt::Version;
use crate::net::{Decoder, SkipReason};
use crate::rule::{Catalogue, Engine, Policy, Rule, Selection};
use crate::stream::{Entry, Handle, Table};
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
    /// What would be a finding if the connection ended now: told when its time has come, by the clock ([`Analyzer::mark`]) or, where
    /// there is none, by frames of others; never counted. A finding follows when the matter is decided, if there is one then.
    fn pending(&mut self, _finding: &Finding) {}
    /// An MQTT connection that has ended, or was open when the capture ended.
    fn connection(&mut self, _connection: &Connection) {}
}

/// Who says what time it is.
#[derive(Clone, Copy, Debug)]
enum By {
    /// A frame that has this time.
    Frame,
    /// The clock by which frames are stamped.
    Clock,
}

/// When a connection is looked after again whose silence is not known to have lasted until now: this, or a quarter of what is not
/// known, so that many of them cost little.
const AGAIN: Duration = Duration::from_secs(1);

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

impl Finding {
    /// What was known of it at once.
    pub fn violation(&self) -> Violation<'_> {
        Violation { rule: self.rule, clause: self.clause, blames: self.blames, client_id: self.client_id.as_deref() }
    }
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
    /// Frames come while they are captured: silences that go on are looked after ([`Observer::pending`]).
    pub live: bool,
}

/// State of an analysis.
pub struct Analyzer {
    decoder: Decoder,
    table: Table<Flow>,
    /// [`Mark::complete`].
    complete: Option<Timestamp>,
    /// Connections whose silence may have become too long.
    silent: Vec<Handle>,
    shared: Shared,
}

/// What all connections have a part in.
pub(crate) struct Shared {
    clock: clock::Clock,
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
    /// Connections whose Client Identifier was accepted on another connection since: when that was asked for, and when it was granted.
    taken_over: HashMap<u64, (Timestamp, Timestamp)>,
    hasher: foldhash::fast::RandomState,
    last: Stamp,
    /// [`IdleLimits::shortest`].
    shortest_idle: Duration,
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

    /// Notes that a client that had sent CONNECT at `asked` was accepted; its former connection, if open, was being taken over
    /// between the two.
    pub fn accepted(&mut self, server: Endpoint, client_id: &[u8], connection: u64, asked: Stamp, at: Stamp) {
        if client_id.is_empty() {
            return;
        }
        let key = self.hasher.hash_one((server, client_id));
        if let Some((former, _)) = self.clients.insert(key, (connection, at)) {
            self.taken_over.insert(former, (asked.time.min(at.time), at.time));
        }
    }

    /// A connection that ended at `until` did so because it was taken over. Servers close the former one before they answer
    /// CONNECT or behind that (MQTT-3.1.4-2).
    pub fn was_taken_over(&self, connection: u64, until: Timestamp) -> bool {
        let taken_over = self.taken_over.get(&connection);
        taken_over.is_some_and(|(asked, granted)| *asked <= until && until.since(*granted) <= CAUSE_WINDOW)
    }

    /// For how long a connection is followed still if no frame of it comes.
    fn left(&self, entry: &Entry<Flow>, passed: Timestamp) -> Duration {
        self.settings.limits.idle.of(entry).saturating_sub(passed.since(entry.touched))
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
            complete: None,
            silent: Vec::new(),
            shared: Shared {
                clock: clock::Clock::default(),
                shortest_idle: settings.limits.idle.shortest(),
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
        let passed = self.shared.clock.frame(stamp.time);
        self.advance(stamp.time, observer);
        self.take(frame, stamp, passed, observer);
        // Behind the frame, which may have ended a silence.
        if !self.silent.is_empty() {
            self.look_after(stamp.time, By::Frame, observer);
        }
    }

    #[inline]
    fn take(&mut self, frame: &Frame<'_>, stamp: Stamp, passed: Timestamp, observer: &mut impl Observer) {
        let Self { decoder, table, shared, .. } = self;
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
        // One that was let go may come back at once, with the number it had: first it ends.
        for entry in over {
            Self::end(shared, entry, Cut::Closed, observer);
        }
        let place = Place { stamp, position: view::position(frame, segment.payload) };
        let closed = follow::segment(entry, side, &segment, place, shared, observer);
        entry.touched = passed;
        let due = follow::due(entry, stamp.time, shared);
        let wakes = entry.alarm.is_none_or(|alarm| due < alarm).then(|| entry.handle());
        if closed {
            table.closed(&segment);
        }
        if let Some(handle) = wakes {
            table.wake(handle, due);
        }
    }

    /// How often a bound was hit.
    pub fn hits(&self) -> LimitHits {
        LimitHits { evicted: self.table.evicted(), fragments: self.decoder.fragments_dropped(), ..self.shared.hits }
    }

    /// Takes note of what became of the frames, by interface.
    pub fn count(&mut self, interfaces: Vec<Counters>) {
        self.shared.stats.interfaces = interfaces;
    }

    /// Takes note of how far the capture has come, between frames: what was lost, and silences that go on. Only for what is
    /// captured while it is analysed ([`Settings::live`]).
    pub fn mark(&mut self, mark: &Mark, observer: &mut impl Observer) {
        if mark.lost > 0 || mark.clock_was_set {
            self.shared.stats.lost += mark.lost;
            for entry in self.table.entries() {
                let Flow::Mqtt(mqtt) = &mut entry.user else { continue };
                if mark.lost > 0 {
                    mqtt.dropped(mark.lost_until);
                }
                if mark.clock_was_set {
                    mqtt.clock_was_set();
                }
            }
        }
        if let Some(now) = mark.now {
            let mut over = Vec::new();
            self.table.advance(now, &mut |entry| over.push(entry));
            for entry in over {
                Self::end(&mut self.shared, entry, Cut::Closed, observer);
            }
            self.advance(now, observer);
            self.look_after(now, By::Clock, observer);
        }
        self.complete = mark.complete;
    }

    /// Lets go of the connections that are idle, and notes those that are to be looked after.
    #[inline]
    fn advance(&mut self, now: Timestamp, observer: &mut impl Observer) {
        if self.table.next_alarm().is_some_and(|at| at <= now) {
            self.wake(now, observer);
        }
    }

    #[cold]
    fn wake(&mut self, now: Timestamp, observer: &mut impl Observer) {
        let Self { table, silent, shared, .. } = self;
        let passed = shared.clock.now(now);
        while let Some(handle) = table.due(now) {
            if table.entry(handle).is_some_and(|entry| !shared.left(entry, passed).is_zero()) {
                silent.push(handle);
            } else if let Some(entry) = table.take(handle) {
                shared.hits.expired += 1;
                Self::end(shared, entry, Cut::Idle, observer);
            }
        }
    }

    /// Looks after the connections whose time has come.
    #[cold]
    fn look_after(&mut self, now: Timestamp, by: By, observer: &mut impl Observer) {
        let Self { table, complete, silent, shared, .. } = self;
        let passed = shared.clock.now(now);
        for handle in silent.drain(..) {
            let Some(entry) = table.entry(handle) else { continue };
            let known = match by {
                // Frames may be stamped by clocks that differ, and the clock may be set: only what passes on all of them has passed.
                By::Frame if shared.settings.live => {
                    let last = entry.connection.last().time;
                    let silent = if shared.clock.leapt_since(last) { Duration::ZERO } else { passed.since(entry.touched) };
                    last.after(silent).min(complete.unwrap_or(now)).min(now)
                }
                By::Frame | By::Clock => now,
            };
            follow::look_after(entry, known, shared, observer);
            let due = follow::due(entry, known, shared);
            let next =
                if due > now { due } else { now.after((now.since(known) / 4).max(AGAIN)) }.min(now.after(shared.left(entry, passed)));
            // At the end of the range of times (year 2262) there is no later one.
            if next > now {
                table.wake(handle, next);
            }
        }
    }

    /// What is known at present: as the report at the end, but without what only the end shows.
    pub fn sum(&self) -> Report {
        let mut stats = self.shared.stats.clone();
        stats.tcp_connections = self.table.followed();
        for (reason, count) in &self.shared.skipped {
            *stats.skipped.entry(reason.to_string()).or_default() += count;
        }
        Report::new(&self.shared, stats, self.hits())
    }

    /// What is known at present of an MQTT connection that is followed: its number, and its ends in any order.
    pub fn connection(&self, number: u64, ends: [Endpoint; 2]) -> Option<Connection> {
        let entry = self.table.get(ends).filter(|entry| entry.number == number)?;
        match &entry.user {
            Flow::Mqtt(mqtt) => Some(mqtt.summary(&entry.connection, entry.connection.last(), false, &self.shared)),
            _ => None,
        }
    }

    /// How many MQTT connections are open at present: those that have closed are followed for a while still.
    pub fn open(&mut self) -> u64 {
        let is_open = |entry: &&mut Entry<Flow>| matches!(entry.user, Flow::Mqtt(_)) && !entry.connection.is_closed();
        self.table.entries().filter(is_open).count() as u64
    }

    /// The capture is over: ends all connections and sums up.
    pub fn finish(mut self, observer: &mut impl Observer) -> Report {
        let Self { table, shared, .. } = &mut self;
        table.finish(&mut |entry| Self::end(shared, entry, Cut::Capture, observer));
        self.sum()
    }

    fn end(shared: &mut Shared, entry: Entry<Flow>, cut: Cut, observer: &mut impl Observer) {
        let stamp = shared.last;
        follow::end(entry, cut, stamp, shared, observer);
    }
}
