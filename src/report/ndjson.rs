//! Findings as they are found, one JSON object a line: `check --format ndjson`.

use std::io::{self, Write};

use super::json;
use super::wire::FindingObject;
use super::{Files, Totals};
use crate::analysis::{Connection, Observer};
use crate::finding::Finding;

/// Writes each finding at once; remembers only sums.
#[derive(Debug)]
pub struct Stream<'a, W> {
    out: W,
    files: Files<'a>,
    totals: Totals,
    trouble: Option<io::Error>,
}

impl<'a, W: Write> Stream<'a, W> {
    /// A stream of the findings in `files`.
    pub fn new(out: W, files: Files<'a>) -> Self {
        Self { out, files, totals: Totals::default(), trouble: None }
    }

    /// Whether writing has failed: nothing more will be written, so the analysis may end.
    pub fn is_broken(&self) -> bool {
        self.trouble.is_some()
    }

    /// Writes what is still buffered and gives the sums.
    ///
    /// # Errors
    /// The first error of the writer.
    pub fn finish(mut self) -> io::Result<Totals> {
        match self.trouble {
            Some(trouble) => Err(trouble),
            None => self.out.flush().map(|()| self.totals),
        }
    }
}

impl<W: Write> Observer for Stream<'_, W> {
    fn finding(&mut self, finding: &Finding) {
        self.totals.finding(finding);
        if self.trouble.is_none() {
            self.trouble = json::line(&mut self.out, &FindingObject::new(finding, self.files)).err();
        }
    }

    fn connection(&mut self, connection: &Connection) {
        self.totals.connection(connection);
    }
}
