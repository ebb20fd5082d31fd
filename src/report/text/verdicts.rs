//! The end of the report: what the capture says of each side, and of each statement.

use std::io::{self, Write};

use super::header::is_anything_checked;
use super::{Options, wrapped};
use crate::finding::Severity;
use crate::mqtt::Version;
use crate::report::Document;
use crate::report::coverage::{Coverage, doubts};
use crate::report::number::{counted, grouped, severities};
use crate::report::sides::{Side, Verdict, Who};
use crate::show;

/// Up to this many clients are listed even if nothing was found; of more, only those with findings.
const CLEAN: usize = 12;

/// Longest client id shown.
const NAME: usize = 60;

pub(super) fn write(out: &mut impl Write, document: &Document<'_>, options: &Options) -> io::Result<()> {
    let (clients, servers) = document.collected.sides();
    if !clients.is_empty() {
        writeln!(out)?;
        let checked = is_anything_checked(document.report);
        let width = [&clients, &servers].into_iter().flat_map(|sides| shown(sides, options)).map(|side| name(side).chars().count()).max();
        list(out, "client", &clients, width.unwrap_or(0), checked, options)?;
        list(out, "server", &servers, width.unwrap_or(0), checked, options)?;
    }
    statements(out, document)
}

/// The sides that get a line of their own: all if there are few, else those with findings.
fn wanted(all: &[Side]) -> Vec<&Side> {
    let few = all.len() <= CLEAN;
    all.iter().filter(|side| few || !side.is_clean()).collect()
}

fn shown<'a>(all: &'a [Side], options: &Options) -> impl Iterator<Item = &'a Side> {
    wanted(all).into_iter().take(options.sides)
}

fn list(out: &mut impl Write, noun: &str, all: &[Side], width: usize, checked: bool, options: &Options) -> io::Result<()> {
    let (wanted, shown) = (wanted(all), shown(all, options).collect::<Vec<_>>());
    for side in &shown {
        let style = match side.verdict() {
            Verdict::Fail => options.palette.error,
            Verdict::Warn => options.palette.warning,
            Verdict::Pass if !checked => options.palette.faint,
            Verdict::Pass => options.palette.good,
        };
        // Where nothing was decided, silence is no merit.
        let word = if checked { side.verdict().name() } else { "----" };
        let counts = format!("{}, {}", counted(side.connections, "connection"), counted(side.packets, "packet"));
        writeln!(out, "{style}{word}{style:#}  {noun} {:width$}  {}  ({counts})", name(side), findings(side))?;
    }
    if shown.len() < wanted.len() {
        writeln!(out, "      and {} with findings; -v lists all", counted((wanted.len() - shown.len()) as u64, &format!("more {noun}")))?;
    }
    let clean = (all.len() - wanted.len()) as u64;
    if clean > 0 {
        let (style, word) = if checked { (options.palette.good, "PASS") } else { (options.palette.faint, "----") };
        writeln!(out, "{style}{word}{style:#}  {} without findings", counted(clean, noun))?;
    }
    Ok(())
}

fn name(side: &Side) -> String {
    match &side.who {
        Who::Client(id) => format!("\"{}\"", show::short(id, NAME)),
        Who::ClientAt(end) | Who::Server(end) => end.to_string(),
    }
}

fn findings(side: &Side) -> String {
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .filter(|severity| side.count(*severity) > 0)
        .map(|severity| severities(side.count(severity), severity))
        .collect();
    if counts.is_empty() { "no findings".into() } else { counts.join(", ") }
}

/// `3.1.1: 69 statements passed, 10 violated, …`
pub fn covered(version: Version, sum: &Coverage) -> String {
    let parts = [
        (sum.violated, "violated"),
        (sum.inconclusive, "inconclusive"),
        (sum.not_exercised, "not exercised"),
        (sum.not_checked, "not checked yet"),
        (sum.not_visible, "not visible"),
    ];
    let mut line = format!("{version}: {} passed", counted(sum.passed, "statement"));
    for (count, what) in parts.into_iter().filter(|(count, _)| *count > 0) {
        line.push_str(&format!(", {} {what}", grouped(count)));
    }
    line
}

/// What was proven of the specifications, and what kept the rest from being proven.
fn statements(out: &mut impl Write, document: &Document<'_>) -> io::Result<()> {
    let mut any = false;
    for version in [Version::V3_1_1, Version::V5_0] {
        let sum = Coverage::of(&document.report.statements, version);
        if !sum.is_exercised() {
            continue;
        }
        if !std::mem::replace(&mut any, true) {
            writeln!(out)?;
        }
        wrapped(out, 0, &covered(version, &sum))?;
    }
    let doubts = doubts(document.report);
    if !doubts.is_empty() {
        writeln!(out, "Inconclusive, because")?;
        for sum in doubts {
            writeln!(out, "  {}: {} of {}", sum.doubt, counted(sum.checks, "check"), counted(sum.rules, "rule"))?;
        }
    }
    Ok(())
}
