//! Findings as they are found, one JSON object a line: `check --format ndjson`.

use std::io::{self, Write};

use super::wire::FindingObject;
use super::{Files, json};
use crate::finding::Finding;

/// Writes a finding.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, finding: &Finding, files: Files<'_>) -> io::Result<()> {
    json::line(out, &FindingObject::new(finding, files))
}

/// Writes what would be a finding if a silence ended now: as a finding, with `"pending":true`.
///
/// # Errors
/// Those of the writer.
pub fn pending(out: &mut impl Write, finding: &Finding, files: Files<'_>) -> io::Result<()> {
    json::line(out, &FindingObject { pending: true, ..FindingObject::new(finding, files) })
}
