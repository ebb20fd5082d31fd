//! The conformance report as one JSON object: `check --format json`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::baseline::Entry;
use super::coverage::Coverage;
use super::session::SessionObject;
use super::wire::FindingObject;
use super::{Document, Files, Known};
use crate::analysis::{self, Repeats, Unlisted};
use crate::finding::Finding;
use crate::frame::Counters;
use crate::mqtt::Version;

/// What `tool` says.
pub const TOOL: &str = env!("CARGO_PKG_NAME");

/// What `version` says.
pub const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Writes the report and a line feed.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, document: &Document<'_>) -> io::Result<()> {
    line(out, &Root::new(document))
}

/// Writes any object on a line of its own. No control character gets out, not even those that JSON would allow.
///
/// # Errors
/// Those of the writer.
pub fn line(out: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    value(out, object)?;
    out.write_all(b"\n")
}

/// The same without the end of the line.
///
/// # Errors
/// Those of the writer.
pub fn value(out: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    object.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Tame(CompactFormatter)))?;
    Ok(())
}

#[derive(Serialize)]
struct Root<'a> {
    tool: &'static str,
    version: &'static str,
    inputs: &'a [String],
    warnings: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Baseline<'a>>,
    capture: Capture<'a>,
    not_analysed: BTreeMap<&'static str, u64>,
    not_analysed_ports: BTreeMap<&'static str, Vec<u16>>,
    limits: Limits,
    sessions: Sessions<'a>,
    findings: Findings<'a>,
    repeats: Vec<Repeat>,
    repeats_not_listed: Vec<RepeatsOf>,
    statements: Vec<Statement>,
    coverage: BTreeMap<&'static str, Coverage>,
    doubts: Vec<DoubtOf>,
}

impl<'a> Root<'a> {
    fn new(document: &Document<'a>) -> Self {
        let Document { inputs, warnings, collected, report, terms } = *document;
        let mut ports: BTreeMap<&'static str, Vec<u16>> = BTreeMap::new();
        for (transport, port) in &report.stats.not_analysed_ports {
            ports.entry(transport.name()).or_default().push(*port);
        }
        let versions = [Version::V3_1_1, Version::V5_0];
        Self {
            tool: TOOL,
            version: TOOL_VERSION,
            inputs,
            warnings,
            configuration: terms.configuration,
            baseline: terms.known.map(Baseline::new),
            capture: Capture::new(&report.stats),
            not_analysed: report.stats.not_analysed.iter().map(|(transport, count)| (transport.name(), *count)).collect(),
            not_analysed_ports: ports,
            limits: Limits::new(&report.hits, collected.left_out()),
            sessions: Sessions(numbered(&collected.connections, |connection| connection.number), document.files()),
            findings: Findings(&collected.findings, document.files()),
            repeats: numbered(&report.repeats, |repeats| repeats.connection).into_iter().map(Repeat::new).collect(),
            repeats_not_listed: report.unlisted.iter().map(RepeatsOf::new).collect(),
            statements: report.statements.iter().map(Statement::new).collect(),
            coverage: versions.map(|version| (version.name(), Coverage::of(&report.statements, version))).into(),
            doubts: report.doubts.iter().map(|(rule, doubt, checks)| DoubtOf { rule, why: doubt.to_string(), checks: *checks }).collect(),
        }
    }
}

/// Findings that were known.
#[derive(Serialize)]
struct Baseline<'a> {
    file: &'a str,
    accepted: u64,
    stale: Vec<Entry>,
}

impl<'a> Baseline<'a> {
    fn new(known: Known<'a>) -> Self {
        let stale = known.stale.iter().map(|(key, count)| Entry::new(key, *count)).collect();
        Self { file: known.file, accepted: known.accepted, stale }
    }
}

#[derive(Serialize)]
struct Capture<'a> {
    frames: u64,
    bytes: u64,
    tcp_connections: u64,
    mqtt_connections: u64,
    packets: u64,
    skipped: &'a BTreeMap<String, u64>,
    gaps: u64,
    /// Frames lost while capturing; always 0 in files.
    lost: u64,
    /// Where it was captured live: what became of the frames.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    interfaces: &'a [Counters],
    first_time: Option<String>,
    last_time: Option<String>,
}

impl<'a> Capture<'a> {
    fn new(stats: &'a analysis::CaptureStats) -> Self {
        Self {
            frames: stats.frames,
            bytes: stats.bytes,
            tcp_connections: stats.tcp_connections,
            mqtt_connections: stats.mqtt_connections,
            packets: stats.packets,
            skipped: &stats.skipped,
            gaps: stats.gaps,
            lost: stats.lost,
            interfaces: &stats.interfaces,
            first_time: stats.first_time.map(|time| time.to_string()),
            last_time: stats.last_time.map(|time| time.to_string()),
        }
    }
}

/// How often each bound was hit.
#[derive(Serialize)]
struct Limits {
    connections_let_go: u64,
    connections_expired: u64,
    fragments_dropped: u64,
    holes_given_up: u64,
    packets_too_long: u64,
    findings_not_kept: u64,
    repeats_not_listed: u64,
    connections_not_listed: u64,
}

impl Limits {
    fn new(hits: &analysis::LimitHits, not_listed: u64) -> Self {
        Self {
            connections_let_go: hits.evicted,
            connections_expired: hits.expired,
            fragments_dropped: hits.fragments,
            holes_given_up: hits.held,
            packets_too_long: hits.oversize,
            findings_not_kept: hits.findings,
            repeats_not_listed: hits.repeats,
            connections_not_listed: not_listed,
        }
    }
}

/// In the order of connection numbers. When an end is told depends on whether time went on without frames; that of one connection
/// behind another keeps its place.
fn numbered<T>(items: &[T], number: impl Fn(&T) -> u64) -> Vec<&T> {
    let mut items: Vec<&T> = items.iter().collect();
    items.sort_by_key(|item| number(item));
    items
}

struct Sessions<'a>(Vec<&'a analysis::Connection>, Files<'a>);

impl Serialize for Sessions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|connection| SessionObject::new(connection, self.1)))
    }
}

struct Findings<'a>(&'a [Finding], Files<'a>);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|finding| FindingObject::new(finding, self.1)))
    }
}

/// Findings that were counted but not kept.
#[derive(Serialize)]
struct Repeat {
    rule: &'static str,
    connection: u64,
    severity: &'static str,
    more: u64,
}

impl Repeat {
    fn new(repeats: &Repeats) -> Self {
        Self { rule: repeats.rule, connection: repeats.connection, severity: repeats.severity.name(), more: repeats.more }
    }
}

/// The same of connections beyond the bound.
#[derive(Serialize)]
struct RepeatsOf {
    rule: &'static str,
    connections: u64,
    severity: &'static str,
    more: u64,
}

impl RepeatsOf {
    fn new(unlisted: &Unlisted) -> Self {
        let Unlisted { rule, connections, more, severity } = *unlisted;
        Self { rule, connections, severity: severity.name(), more }
    }
}

#[derive(Serialize)]
struct Statement {
    clause: &'static str,
    version: &'static str,
    /// The first of `rules`.
    rule: Option<&'static str>,
    rules: Vec<&'static str>,
    scope: &'static str,
    pass: u64,
    fail: u64,
    inconclusive: u64,
    status: &'static str,
}

impl Statement {
    fn new(statement: &analysis::Statement) -> Self {
        Self {
            clause: statement.clause,
            version: statement.version.name(),
            rule: statement.rules.first().copied(),
            rules: statement.rules.clone(),
            scope: statement.scope.name(),
            pass: statement.tally.pass,
            fail: statement.tally.fail,
            inconclusive: statement.tally.inconclusive,
            status: statement.status.name(),
        }
    }
}

#[derive(Serialize)]
struct DoubtOf {
    rule: &'static str,
    why: String,
    checks: u64,
}

/// Compact JSON that escapes also what a terminal or an editor would act on: DEL, C1 controls, bidirectional and invisible
/// characters.
struct Tame(CompactFormatter);

impl Formatter for Tame {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| crate::show::is_hidden(*c)) {
            let (before, behind) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &behind[c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }
}
