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
    let (mut clients, mut servers) = (BTreeMap::new(), BTreeMap::new());
    for connection in connections {
        let named = |id: &Option<Box<[u8]>>| id.clone().filter(|id| !id.is_empty());
        let client = named(&connection.client_id).or_else(|| named(&connection.assigned_client_id));
        let client = client.map_or(Who::ClientAt(connection.client), Who::Client);
        let [from_client, from_server] = connection.packets;
        add(&mut clients, client, from_client, connection.findings[Blame::Client as usize]);
        add(&mut servers, Who::Server(connection.server), from_server, connection.findings[Blame::Server as usize]);
    }
    (sorted(clients), sorted(servers))
}

fn add(sides: &mut BTreeMap<Who, Side>, who: Who, packets: u64, findings: [u64; 3]) {
    let side = sides.entry(who.clone()).or_insert(Side { who, connections: 0, packets: 0, findings: [0; 3] });
    side.connections += 1;
    side.packets += packets;
    for (sum, count) in side.findings.iter_mut().zip(findings) {
        *sum += count;
    }
}

fn sorted(sides: BTreeMap<Who, Side>) -> Vec<Side> {
    let mut sides: Vec<Side> = sides.into_values().collect();
    sides.sort_by_key(|side| std::cmp::Reverse((side.verdict(), side.findings[2], side.findings[1], side.findings[0])));
    sides
}
