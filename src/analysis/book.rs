//! What was found on one connection, counted: by rule, by side and severity.

use super::summary::Repeats;
use crate::finding::{Blame, Severity};
use crate::frame::Stamp;
use crate::rule::Rule;

/// Counts findings.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Rule number, rule, count and severity of the last.
    counts: Vec<(u16, &'static Rule, u64, Severity)>,
    /// By blame and severity.
    findings: [[u64; 3]; 3],
    /// When the client was last found at fault for certain.
    client_fault: Option<Stamp>,
    /// Rules that are asked about this client, if not all are.
    pub wanted: Option<Box<[[bool; 2]]>>,
}

impl Book {
    /// Notes a finding; tells how many of its rule there are now.
    pub fn note(&mut self, number: u16, rule: &'static Rule, severity: Severity, blames: Blame) -> u64 {
        if let Some(count) = self.findings.get_mut(blames as usize).and_then(|counts| counts.get_mut(severity as usize)) {
            *count += 1;
        }
        match self.counts.iter_mut().find(|(known, ..)| *known == number) {
            Some((_, _, count, last)) => {
                *count += 1;
                *last = severity;
                *count
            }
            None => {
                self.counts.push((number, rule, 1, severity));
                1
            }
        }
    }

    /// Notes a proven fault of the client.
    pub fn accuse(&mut self, place: Stamp) {
        self.client_fault = Some(place);
    }

    /// Findings by blame and severity.
    pub fn findings(&self) -> [[u64; 3]; 3] {
        self.findings
    }

    /// When the client was last found at fault for certain.
    pub fn client_fault(&self) -> Option<Stamp> {
        self.client_fault
    }

    /// Rules of which more than `kept` findings were made.
    pub fn repeats(&self, connection: u64, kept: u32) -> impl Iterator<Item = Repeats> {
        let kept = u64::from(kept);
        self.counts.iter().filter(move |(_, _, count, _)| *count > kept).map(move |(_, rule, count, severity)| Repeats {
            rule: rule.name,
            connection,
            more: count - kept,
            severity: *severity,
        })
    }
}
