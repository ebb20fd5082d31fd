//! What is left when the capture is over: counts, coverage of the specifications, and one line per connection.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Shared;
use super::view::Opened;
use crate::finding::Severity;
use crate::flow::{Endpoint, Role};
use crate::frame::{Counters, Stamp};
use crate::mqtt::Version;
use crate::rule::spec::{self, Scope};
use crate::rule::{Rule, Tally};
use crate::session::{Doubt, Ending, Silence};
use crate::time::Timestamp;
use crate::transport::Transport;

/// Counts over the whole capture.
#[derive(Clone, Debug, Default)]
pub struct CaptureStats {
    /// Frames read.
    pub frames: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// TCP connections.
    pub tcp_connections: u64,
    /// Those that carry MQTT that was read.
    pub mqtt_connections: u64,
    /// MQTT control packets.
    pub packets: u64,
    /// Frames not looked into, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// TCP connections that speak something that is not read yet.
    pub not_analysed: BTreeMap<Transport, u64>,
    /// Server ports of those, up to [`PORTS`] of them.
    pub not_analysed_ports: BTreeSet<(Transport, u16)>,
    /// Holes in the byte streams of MQTT connections.
    pub gaps: u64,
    /// Frames lost while capturing: by the kernel, the interface, or for want of room.
    pub lost: u64,
    /// What became of the frames, by interface; empty for files.
    pub interfaces: Vec<Counters>,
    /// Time of the first frame.
    pub first_time: Option<Timestamp>,
    /// Latest time of a frame.
    pub last_time: Option<Timestamp>,
}

/// How many server ports of connections that are not read are remembered: a hint for people, no list.
pub const PORTS: usize = 16;

impl CaptureStats {
    /// Counts a connection that is recognised but not read.
    pub(super) fn leave(&mut self, transport: Transport, port: u16) {
        *self.not_analysed.entry(transport).or_default() += 1;
        if self.not_analysed_ports.len() < PORTS {
            self.not_analysed_ports.insert((transport, port));
        }
    }
}

/// How often a bound was hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitHits {
    /// Connections let go while open, because there were too many.
    pub evicted: u64,
    /// Connections let go because no frame came for long ([`super::IdleLimits`]).
    pub expired: u64,
    /// IP fragments dropped.
    pub fragments: u64,
    /// Holes given up because too much was waiting behind them.
    pub held: u64,
    /// Packets too long to keep.
    pub oversize: u64,
    /// Findings beyond the bound on all findings.
    pub findings: u64,
    /// Entries of [`Report::repeats`] beyond that bound.
    pub repeats: u64,
}

/// Findings of one rule on one connection that were counted but not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeats {
    /// The rule.
    pub rule: &'static str,
    /// The connection.
    pub connection: u64,
    /// How many were not kept.
    pub more: u64,
    /// Severity of the last of them.
    pub severity: Severity,
}

/// The same of further connections, where [`Report::repeats`] has as many entries as it may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// The rule.
    pub rule: &'static str,
    /// How many connections.
    pub connections: u64,
    /// How many findings were not kept.
    pub more: u64,
    /// The worst severity among them.
    pub severity: Severity,
}

/// One MQTT connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Number, as Wireshark's `tcp.stream`.
    pub number: u64,
    /// The client's end.
    pub client: Endpoint,
    /// The server's end.
    pub server: Endpoint,
    /// What MQTT travelled in.
    pub transport: Transport,
    /// The version, if known.
    pub version: Option<Version>,
    /// Client Identifier of CONNECT; `None` if no CONNECT was captured.
    pub client_id: Option<Box<[u8]>>,
    /// The identifier that the server gave to a client without one (5.0).
    pub assigned_client_id: Option<Box<[u8]>>,
    /// User Name.
    pub user_name: Option<Box<[u8]>>,
    /// Keep Alive in force (5.0: the server's, if it sent one), in seconds.
    pub keep_alive: Option<u16>,
    /// Keep Alive that the client asked for, in seconds.
    pub asked_keep_alive: Option<u16>,
    /// Clean Session or Clean Start.
    pub clean_start: Option<bool>,
    /// First frame of the TCP connection.
    pub first: Stamp,
    /// Time of its last frame.
    pub last: Timestamp,
    /// Control packets by sender.
    pub packets: [u64; 2],
    /// Bytes of MQTT by sender.
    pub bytes: [u64; 2],
    /// PUBLISH packets, both ways.
    pub publishes: u64,
    /// Longest silence of the client under a Keep Alive.
    pub longest_silence: Option<Duration>,
    /// The silence that lasted to the end; `None` before the end, and if the client owed no packet.
    pub last_silence: Option<Silence>,
    /// The silence that goes on, as of the last frame of the connection; `None` after the end, and if the client owes no packet.
    pub silence: Option<Silence>,
    /// Findings by severity (info, warning, error), with repetitions; those that blame the client, the server, the network.
    pub findings: [[u64; 3]; 3],
    /// Holes in the capture of this connection.
    pub gaps: u64,
    /// Segments that repeated bytes.
    pub retransmissions: u64,
    /// The capture holds the connection from its start.
    pub from_start: bool,
    /// How it ended.
    pub ending: Ending,
    /// When it was closed.
    pub closed: Option<(Role, Stamp)>,
}

impl Connection {
    /// One of which nothing is known but that it is there.
    pub fn opened(opened: &Opened) -> Self {
        Self {
            number: opened.connection,
            client: opened.client,
            server: opened.server,
            transport: opened.transport,
            version: None,
            client_id: None,
            assigned_client_id: None,
            user_name: None,
            keep_alive: None,
            asked_keep_alive: None,
            clean_start: None,
            first: opened.first,
            last: opened.first.time,
            packets: [0; 2],
            bytes: [0; 2],
            publishes: 0,
            longest_silence: None,
            last_silence: None,
            silence: None,
            findings: [[0; 3]; 3],
            gaps: 0,
            retransmissions: 0,
            from_start: false,
            ending: Ending::Open,
            closed: None,
        }
    }

    /// How long it was seen.
    pub fn duration(&self) -> Duration {
        self.last.since(self.first.time)
    }

    /// Whether nothing at all was found.
    pub fn is_clean(&self) -> bool {
        self.findings == [[0; 3]; 3]
    }

    /// Findings of one severity.
    pub fn count(&self, severity: Severity) -> u64 {
        self.findings.iter().filter_map(|counts| counts.get(severity as usize)).sum()
    }
}

/// What a capture says of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It was met wherever it was exercised.
    Passed,
    /// It was broken at least once.
    Violated,
    /// Nothing in the capture has to do with it, or no rule checks it yet.
    NotExercised,
    /// It was exercised, but the capture does not show enough.
    Inconclusive,
    /// No capture can show it.
    NotVisible,
}

impl Status {
    /// The word of the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Violated => "violated",
            Self::NotExercised => "not-exercised",
            Self::Inconclusive => "inconclusive",
            Self::NotVisible => "not-visible",
        }
    }
}

/// Coverage of one statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its id.
    pub clause: &'static str,
    /// The version whose statement it is.
    pub version: Version,
    /// The rules that check it; empty if none does yet.
    pub rules: Vec<&'static str>,
    /// What has to be seen to decide it.
    pub scope: Scope,
    /// Sums over those rules.
    pub tally: Tally,
    /// What that means.
    pub status: Status,
}

/// The sum of an analysis.
#[derive(Clone, Debug)]
pub struct Report {
    /// Counts.
    pub stats: CaptureStats,
    /// Findings that were counted but not kept, up to [`super::Limits::findings`] entries.
    pub repeats: Vec<Repeats>,
    /// What is beyond that, by rule.
    pub unlisted: Vec<Unlisted>,
    /// Bounds that were hit.
    pub hits: LimitHits,
    /// Coverage of 3.1.1 (with 3.1) and 5.0.
    pub statements: Vec<Statement>,
    /// Why rules could not decide, how often.
    pub doubts: Vec<(&'static str, Doubt, u64)>,
}

impl Report {
    pub(super) fn new(shared: &Shared, stats: CaptureStats, hits: LimitHits) -> Self {
        let mut statements = Vec::new();
        for versions in [&[Version::V3_1_1, Version::V3_1][..], &[Version::V5_0]] {
            let tallies: Vec<(&'static Rule, Version, Tally)> =
                versions.iter().flat_map(|version| shared.engine.tallies(*version).map(|(rule, tally)| (rule, *version, tally))).collect();
            let broken = |clause: &'static str| versions.iter().map(|version| shared.engine.broken(*version, clause)).sum();
            let statement = |statement: &spec::Statement| cover(statement, versions[0], &tallies, broken(statement.id));
            statements.extend(spec::statements(versions[0]).iter().map(statement));
        }
        Self {
            stats,
            repeats: shared.repeats.clone(),
            unlisted: shared.unlisted.clone(),
            hits,
            statements,
            doubts: shared.engine.doubts().map(|(rule, doubt, count)| (rule.name, doubt, count)).collect(),
        }
    }
}

fn cover(statement: &spec::Statement, version: Version, tallies: &[(&'static Rule, Version, Tally)], broken: u64) -> Statement {
    let mut rules = Vec::new();
    let mut sum = Tally { fail: broken, ..Tally::default() };
    for (rule, spoken, tally) in tallies.iter().filter(|(rule, spoken, _)| rule.clauses(*spoken).contains(&statement.id)) {
        if *spoken == version {
            rules.push(rule.name);
        }
        sum.pass += tally.pass;
        sum.inconclusive += tally.inconclusive;
    }
    let status = match sum {
        _ if statement.hidden.is_some() => Status::NotVisible,
        Tally { fail: 1.., .. } => Status::Violated,
        Tally { inconclusive: 1.., pass: 0, .. } => Status::Inconclusive,
        Tally { pass: 1.., .. } => Status::Passed,
        _ => Status::NotExercised,
    };
    Statement { clause: statement.id, version, rules, scope: statement.scope, tally: sum, status }
}
