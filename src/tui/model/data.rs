//! What the loader has found so far.

use std::collections::HashMap;

use crate::analysis::{Connection, Report};
use crate::capture::Progress;
use crate::finding::{Finding, Severity};
use crate::time::Timestamp;
use crate::tui::message::Loaded;

/// A connection: its place in [`Data::connections`].
pub type ConnectionId = u32;

/// A packet.
pub type PacketId = u32;

/// How far loading has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loading {
    /// Still at it.
    #[default]
    Begun,
    /// So many bytes are read.
    Read(Progress),
    /// Everything is read.
    Finished,
    /// It broke off, for this reason.
    Failed(String),
}

/// Connections and findings.
#[derive(Debug, Default)]
pub struct Data {
    /// Names of the inputs; `FrameId::input` counts them.
    pub inputs: Vec<String>,
    /// In the order in which they ended.
    pub connections: Vec<Connection>,
    /// In the order in which they were found.
    pub findings: Vec<Finding>,
    /// What went wrong with the inputs.
    pub warnings: Vec<String>,
    /// How far loading has come.
    pub loading: Loading,
    /// The sum, when everything is read.
    pub report: Option<Box<Report>>,
    /// Control packets of the connections.
    pub packets: u64,
    /// Findings by severity, with repetitions.
    pub severities: [u64; 3],
    /// When the first connection began.
    pub start: Option<Timestamp>,
    /// Numbers of the connections of each client id, in order.
    clients: HashMap<Box<[u8]>, Vec<u64>>,
}

impl Data {
    /// Nothing yet, from inputs of these names.
    pub fn new(inputs: Vec<String>) -> Self {
        Self { inputs, ..Self::default() }
    }

    /// Takes what the loader found.
    pub fn take(&mut self, loaded: Loaded) {
        match loaded {
            Loaded::Connections(connections) => connections.into_iter().for_each(|connection| self.add(connection)),
            Loaded::Findings(findings) => self.findings.extend(findings),
            Loaded::Progress(progress) => self.loading = Loading::Read(progress),
            Loaded::Warning(warning) => self.warnings.push(warning),
            Loaded::Finished(report) => {
                self.loading = Loading::Finished;
                self.report = Some(report);
            }
            Loaded::Failed(why) => self.loading = Loading::Failed(why),
        }
    }

    fn add(&mut self, connection: Connection) {
        self.packets += connection.packets.iter().sum::<u64>();
        for severity in Severity::ALL {
            self.severities[severity as usize] += connection.count(severity);
        }
        let first = connection.first.time;
        self.start = Some(self.start.map_or(first, |start| start.min(first)));
        if let Some(id) = connection.client_id.as_ref().filter(|id| !id.is_empty()) {
            let numbers = self.clients.entry(id.clone()).or_default();
            let at = numbers.partition_point(|number| *number < connection.number);
            numbers.insert(at, connection.number);
        }
        self.connections.push(connection);
    }

    /// A connection.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(id as usize)
    }

    /// Which of the connections of its client id this is, from 1; `None` without an id, or if it is the only one.
    pub fn ordinal(&self, connection: &Connection) -> Option<usize> {
        let numbers = self.clients.get(connection.client_id.as_ref()?)?;
        (numbers.len() > 1).then(|| numbers.partition_point(|number| *number <= connection.number))
    }

    /// How much of the inputs is read, in percent, where that is known.
    pub fn percent(&self) -> Option<u64> {
        match self.loading {
            Loading::Read(Progress { read, total: Some(total @ 1..) }) => Some(read.saturating_mul(100) / total),
            _ => None,
        }
    }
}
