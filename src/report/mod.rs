//! What the analysis found, for people and for machines: one file per format, each a pure function from collected data to a
//! writer. Nothing here reads a capture, a clock or the environment, and nothing is judged any more.

pub mod baseline;
pub mod coverage;
pub mod json;
pub mod lone;
pub mod ndjson;
pub mod number;
pub mod reference;
pub mod session;
pub mod sides;
pub mod style;
#[cfg(test)]
mod tests;
pub mod text;
pub mod wire;

use crate::analysis::{Connection, Observer, Report};
use crate::finding::{Finding, Severity};
use crate::frame::FrameId;

use sides::{Side, Sides};

/// How many connections [`Collected`] keeps one by one; the rest only counts.
pub const CONNECTION_LIMIT: usize = 100_000;

/// Everything that a report tells.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// Names of the inputs; `FrameId::input` counts them.
    pub inputs: &'a [String],
    /// What went wrong while reading them.
    pub warnings: &'a [String],
    /// Findings and connections.
    pub collected: &'a Collected,
    /// The sum.
    pub report: &'a Report,
    /// What it was checked by.
    pub terms: Terms<'a>,
}

/// What a check was made by, besides the rules.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms<'a> {
    /// Name of the configuration file.
    pub configuration: Option<&'a str>,
    /// Known findings.
    pub known: Option<Known<'a>>,
}

/// Findings that a baseline knew.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Name of the baseline's file.
    pub file: &'a str,
    /// How many were accepted.
    pub accepted: u64,
    /// What was not found any more, and how often it was once.
    pub stale: &'a [(&'a baseline::Key, u64)],
}

impl<'a> Document<'a> {
    /// The inputs as frames name them.
    pub fn files(&self) -> Files<'a> {
        Files(self.inputs)
    }
}

/// Keeps findings and connections as they are found. Findings are bounded by [`crate::analysis::Limits`], connections by
/// [`CONNECTION_LIMIT`].
#[derive(Clone, Debug)]
pub struct Collected {
    /// Findings, in the order of the capture.
    pub findings: Vec<Finding>,
    /// Connections, in the order of their ends: all, or those with findings ([`Collected::by_side`]).
    pub connections: Vec<Connection>,
    /// Sums over all connections, those that were not kept too.
    pub totals: Totals,
    /// Findings told, by severity; those that were only counted are not among them.
    pub told: [u64; 3],
    limit: usize,
    /// Findings kept.
    findings_limit: usize,
    /// Sums by side, where not all connections are kept.
    sides: Option<Sides>,
    /// Of what `sides` sums up.
    left_out: u64,
}

impl Default for Collected {
    fn default() -> Self {
        Self::with_limit(CONNECTION_LIMIT)
    }
}

impl Collected {
    /// Keeps at most `limit` connections.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            findings: Vec::new(),
            connections: Vec::new(),
            totals: Totals::default(),
            told: [0; 3],
            limit,
            findings_limit: usize::MAX,
            sides: None,
            left_out: 0,
        }
    }

    /// Keeps at most so many findings: 0 for connections and sums only.
    #[must_use]
    pub fn keeping(self, findings: usize) -> Self {
        Self { findings_limit: findings, ..self }
    }

    /// Keeps of connections without findings only what they add to their sides: a report in text needs no more, and a capture of
    /// days has more connections than clients. The limit is one on sides too.
    #[must_use]
    pub fn by_side(self) -> Self {
        Self { sides: Some(Sides::default()), ..self }
    }

    /// Clients, then servers, each worst first.
    pub fn sides(&self) -> (Vec<Side>, Vec<Side>) {
        match &self.sides {
            Some(sides) => sides.sorted(),
            None => sides::sides(&self.connections),
        }
    }

    /// How many connections were not kept, or not counted with their sides: more than the limit.
    pub fn left_out(&self) -> u64 {
        match self.sides {
            Some(_) => self.left_out,
            None => self.totals.connections - self.connections.len() as u64,
        }
    }
}

impl Observer for Collected {
    fn finding(&mut self, finding: &Finding) {
        self.totals.finding(finding);
        self.told[finding.severity as usize] += 1;
        if self.findings.len() < self.findings_limit {
            self.findings.push(finding.clone());
        }
    }

    fn connection(&mut self, connection: &Connection) {
        self.totals.connection(connection);
        let is_wanted = self.sides.is_none() || !connection.is_clean();
        let is_kept = is_wanted && self.connections.len() < self.limit;
        if is_kept {
            self.connections.push(connection.clone());
        }
        if let Some(sides) = &mut self.sides {
            let is_summed = sides.add(connection, self.limit);
            self.left_out += u64::from(!is_summed || is_kept != is_wanted);
        }
    }
}

/// Sums over connections that have ended: constant in size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many connections.
    pub connections: u64,
    /// Their findings by severity, with repetitions.
    pub findings: [u64; 3],
    /// The worst finding seen, also on connections that have not ended.
    worst: Option<Severity>,
}

impl Totals {
    /// How many findings of a severity, with repetitions.
    pub fn count(&self, severity: Severity) -> u64 {
        self.findings[severity as usize]
    }

    /// The worst severity found, repetitions that were not kept included; `None` without findings.
    pub fn worst(&self) -> Option<Severity> {
        Severity::ALL.into_iter().filter(|severity| self.count(*severity) > 0).max().max(self.worst)
    }
}

impl Observer for Totals {
    fn finding(&mut self, finding: &Finding) {
        self.worst = self.worst.max(Some(finding.severity));
    }

    fn connection(&mut self, connection: &Connection) {
        self.connections += 1;
        for severity in Severity::ALL {
            self.findings[severity as usize] += connection.count(severity);
        }
    }
}

/// Whether findings as bad as `worst` make a run fail that fails from `threshold` on (`None`: never).
pub fn fails(worst: Option<Severity>, threshold: Option<Severity>) -> bool {
    threshold.is_some_and(|threshold| worst >= Some(threshold))
}

/// Names of the inputs. With a single one, frames do not need it.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a>(pub &'a [String]);

impl<'a> Files<'a> {
    /// The input of a frame, if there are several.
    pub fn of(self, frame: FrameId) -> Option<&'a str> {
        if self.0.len() < 2 {
            return None;
        }
        self.0.get(frame.input() as usize).map(String::as_str)
    }

    /// A display filter that shows a frame in Wireshark. Connections are numbered over all inputs, so the number helps only
    /// where there is one.
    pub fn filter(self, connection: u64, frame: FrameId) -> String {
        if self.0.len() < 2 {
            format!("tcp.stream eq {connection} && frame.number == {}", frame.number())
        } else {
            format!("frame.number == {}", frame.number())
        }
    }
}
