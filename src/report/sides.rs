//! The verdict on each side: every client by its Client Identifier, every server by its endpoint.

use std::collections::BTreeMap;

use crate::analysis::Connection;
use crate::finding::{Blame, Severity};
use crate::flow::Endpoint;

/// What is to be said of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No error, no warning.
    Pass,
    /// Warnings.
    Warn,
    /// Errors.
    Fail,
}

impl Verdict {
    /// The word of the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// Who is judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The client with this identifier.
    Client(Box<[u8]>),
    /// A client that sent no identifier, or whose CONNECT is not in the capture.
    ClientAt(Endpoint),
    /// The server that listens there.
    Server(Endpoint),
}

/// One side over all its connections.
#[derive(Clone, Debug)]
pub struct Side {
    /// Who.
    pub who: Who,
    /// How many connections.
    pub connections: u64,
    /// Control packets that it sent.
    pub packets: u64,
    /// Findings that blame it, by severity (info, warning, error), with repetitions.
    pub findings: [u64; 3],
}

impl Side {
    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        let [_, warnings, errors] = self.findings;
        match (errors, warnings) {
            (0, 0) => Verdict::Pass,
            (0, _) => Verdict::Warn,
            _ => Verdict::Fail,
        }
    }

    /// How many findings of a severity.
    pub fn count(&self, severity: Severity) -> u64 {
        self.findings[severity as usize]
    }

    /// Whether nothing at all was found.
    pub fn is_clean(&self) -> bool {
        self.findings == [0; 3]
    }
}

/// Clients, then servers, each worst first.
pub fn sides(connections: &[Connection]) -> (Vec<Side>, Vec<Side>) {
    let mut sides = Sides::default();
    for connection in connections {
        sides.add(connection, usize::MAX);
    }
    sides.sorted()
}

/// Sums by side.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    clients: BTreeMap<Who, Side>,
    servers: BTreeMap<Who, Side>,
}

impl Sides {
    /// Adds a connection; `false` if that takes more than `limit` clients or servers.
    pub fn add(&mut self, connection: &Connection, limit: usize) -> bool {
        let named = |id: &Option<Box<[u8]>>| id.clone().filter(|id| !id.is_empty());
        let client = named(&connection.client_id).or_else(|| named(&connection.assigned_client_id));
        let client = client.map_or(Who::ClientAt(connection.client), Who::Client);
        let [from_client, from_server] = connection.packets;
        let [by_client, by_server] = [Blame::Client, Blame::Server].map(|blame| connection.findings[blame as usize]);
        let client = add(&mut self.clients, client, from_client, by_client, limit);
        let server = add(&mut self.servers, Who::Server(connection.server), from_server, by_server, limit);
        client && server
    }

    /// Clients, then servers, each worst first.
    pub fn sorted(&self) -> (Vec<Side>, Vec<Side>) {
        (sorted(&self.clients), sorted(&self.servers))
    }
}

fn add(sides: &mut BTreeMap<Who, Side>, who: Who, packets: u64, findings: [u64; 3], limit: usize) -> bool {
    if sides.len() >= limit && !sides.contains_key(&who) {
        return false;
    }
    let side = sides.entry(who.clone()).or_insert(Side { who, connections: 0, packets: 0, findings: [0; 3] });
    side.connections += 1;
    side.packets += packets;
    for (sum, count) in side.findings.iter_mut().zip(findings) {
        *sum += count;
    }
    true
}

fn sorted(sides: &BTreeMap<Who, Side>) -> Vec<Side> {
    let mut sides: Vec<Side> = sides.values().cloned().collect();
    sides.sort_by_key(|side| std::cmp::Reverse((side.verdict(), side.findings[2], side.findings[1], side.findings[0])));
    sides
}
