//! What is loaded so far: the index, and how far loading has come.

use crate::analysis::{self, Report};
use crate::capture::Progress;
use crate::finding::Severity;
use crate::index::load::Message as Loaded;
use crate::index::{Connection, ConnectionId, Index};
use crate::time::Timestamp;

/// How far loading has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Loading {
    /// Still at it.
    #[default]
    Begun,
    /// Everything is read.
    Finished,
    /// It broke off, for this reason.
    Failed(String),
}

/// The index, with what goes with it.
#[derive(Debug, Default)]
pub struct Data {
    /// Names of the inputs; `FrameId::input` counts them.
    pub inputs: Vec<String>,
    /// Packets, connections, findings.
    pub index: Index,
    /// How far loading has come.
    pub loading: Loading,
    /// The source is live: what is loaded is the present.
    pub live: bool,
    /// The sum, when everything is read; of a live source, as of late.
    pub report: Option<Box<Report>>,
    /// Another number for every sum.
    pub sums: u64,
    /// Another number whenever there is more: what was made from the index may be out of date.
    pub version: u64,
    /// Findings by severity, with repetitions, as of `summed`.
    pub severities: [u64; 3],
    summed: u64,
}

impl Data {
    /// Nothing yet, from inputs of these names.
    pub fn new(inputs: Vec<String>) -> Self {
        Self { inputs, ..Self::default() }
    }

    /// Takes what the loader found.
    pub fn take(&mut self, loaded: Loaded) {
        self.version += 1;
        match loaded {
            Loaded::Batch(mut batch) => {
                if let Some(live) = &mut batch.live {
                    self.inputs = live.inputs.take().unwrap_or_else(|| std::mem::take(&mut self.inputs));
                    self.sums += u64::from(live.report.is_some());
                    self.report = live.report.take().or_else(|| self.report.take());
                }
                self.index.apply(*batch);
            }
            Loaded::Done(report) => {
                self.loading = Loading::Finished;
                self.report = Some(report);
                self.sums += 1;
            }
            Loaded::Failed(error) => self.loading = Loading::Failed(error.to_string()),
        }
    }

    /// Sums up what has changed since it was done last.
    pub fn sum_up(&mut self) {
        if self.summed != self.version {
            self.summed = self.version;
            let gone = self.index.gone().findings;
            let left = |severity| self.index.connections().map(|(_, found)| found.summary.count(severity)).sum::<u64>();
            self.severities = Severity::ALL.map(|severity| gone[severity as usize] + left(severity));
        }
    }

    /// A connection, with its packets.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.index.connection(id)
    }

    /// What is known of a connection as a whole.
    pub fn summary(&self, id: ConnectionId) -> Option<&analysis::Connection> {
        self.connection(id).map(|connection| &connection.summary)
    }

    /// Which of the connections of its client id this is, from 1; `None` without an id, or if it is the only one.
    pub fn ordinal(&self, id: ConnectionId) -> Option<usize> {
        let all = self.index.connections_of_client(id);
        let at = all.iter().position(|other| *other == id)?;
        (all.len() > 1).then_some(at + 1)
    }

    /// The time of the first frame.
    pub fn start(&self) -> Option<Timestamp> {
        self.index.first_time()
    }

    /// The source is live and goes on.
    pub fn goes_on(&self) -> bool {
        self.live && self.loading == Loading::Begun
    }

    /// How much of the inputs is read, in percent, where that is known.
    pub fn percent(&self) -> Option<u64> {
        match (&self.loading, self.index.progress()) {
            (Loading::Begun, Progress { read, total: Some(total @ 1..) }) => Some((read.saturating_mul(100) / total).min(100)),
            _ => None,
        }
    }
}
