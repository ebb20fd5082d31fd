//! The first lines: what was read, and what was not looked into.

use std::io::{self, Write};

use super::{Interim, Options, tame, wrapped};
use crate::analysis::{CaptureStats, Report, Status};
use crate::finding::Severity;
use crate::frame::Counters;
use crate::report::Document;
use crate::report::number::{bytes, clock, counted, duration, grouped, moment, severities};
use crate::report::style::sign;
use crate::transport::Transport;

/// How many inputs are named.
const INPUTS: usize = 8;

pub(super) fn write(out: &mut impl Write, document: &Document<'_>, options: &Options) -> io::Result<()> {
    let stats = &document.report.stats;
    inputs(out, document, options)?;
    span(out, stats)?;
    writeln!(
        out,
        "  {}, {} of them with MQTT; {}",
        counted(stats.tcp_connections, "TCP connection"),
        grouped(stats.mqtt_connections),
        counted(stats.packets, "control packet")
    )?;
    if let Some(file) = document.terms.configuration {
        writeln!(out, "  configured by {}", tame(file))?;
    }
    if let Some(known) = document.terms.known {
        writeln!(out, "  {} not shown and not counted: {}", counted(known.accepted, "known finding"), tame(known.file))?;
    }
    for line in gaps_of_knowledge(document.report) {
        wrapped(out, 2, &line)?;
    }
    if document.collected.left_out() > 0 {
        writeln!(out, "  {} not listed one by one: too many", counted(document.collected.left_out(), "connection"))?;
    }
    let warning = options.palette.warning;
    for line in document.warnings {
        wrapped(out, 2, &format!("{warning}warning{warning:#}: {}", tame(line)))?;
    }
    writeln!(out)?;
    headline(out, document, options)
}

fn inputs(out: &mut impl Write, document: &Document<'_>, options: &Options) -> io::Result<()> {
    let name = options.palette.name;
    match document.inputs {
        [] => writeln!(out, "{name}mqttscope check{name:#}"),
        [one] => writeln!(out, "{name}mqttscope check{name:#}  {}", tame(one)),
        several => {
            writeln!(out, "{name}mqttscope check{name:#}  {} inputs", several.len())?;
            for input in several.iter().take(INPUTS) {
                writeln!(out, "  {}", tame(input))?;
            }
            if several.len() > INPUTS {
                writeln!(out, "  and {} more", several.len() - INPUTS)?;
            }
            Ok(())
        }
    }
}

fn span(out: &mut impl Write, stats: &CaptureStats) -> io::Result<()> {
    write!(out, "  {}, {}", counted(stats.frames, "frame"), bytes(stats.bytes))?;
    if let (Some(first), Some(last)) = (stats.first_time, stats.last_time) {
        write!(out, ", {} to {} UTC ({})", moment(first), clock(last, Some(first)), duration(last.since(first)))?;
    }
    writeln!(out)
}

/// `── 2026-11-20 11:28:09.312  198 frames, 8 connections with MQTT (3 open), 88 control packets; 1 error, 2 warnings`, and what was lost.
pub(super) fn interim(out: &mut impl Write, interim: &Interim<'_>, told: [u64; 3]) -> io::Result<()> {
    let Interim { report: Report { stats, .. }, now, open } = *interim;
    let at = now.or(stats.last_time).map_or_else(|| "no frame yet".to_owned(), |time| clock(time, None));
    let counts = Severity::ALL.into_iter().rev().map(|severity| (severity, told[severity as usize])).filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(severity, count)| self::severities(count, severity)).collect();
    let findings = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
    write!(
        out,
        "── {at}  {}, {} with MQTT ({} open), {}; {findings}",
        counted(stats.frames, "frame"),
        counted(stats.mqtt_connections, "connection"),
        grouped(open),
        counted(stats.packets, "control packet")
    )?;
    for interface in stats.interfaces.iter().filter(|interface| interface.dropped() > 0) {
        write!(out, "; {}: {} lost", tame(&interface.name), counted(interface.dropped(), "frame"))?;
    }
    writeln!(out)
}

/// What the report cannot speak of, and why.
pub fn gaps_of_knowledge(report: &Report) -> Vec<String> {
    let Report { stats, hits, .. } = report;
    let mut lines = Vec::new();
    let mut skipped: Vec<(&str, u64)> = stats.skipped.iter().map(|(why, count)| (why.as_str(), *count)).collect();
    if !skipped.is_empty() {
        skipped.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let sum = skipped.iter().map(|(_, count)| count).sum();
        let reasons: Vec<String> = skipped.iter().map(|(why, count)| format!("{} {why}", grouped(*count))).collect();
        lines.push(format!("{} skipped: {}", counted(sum, "frame"), reasons.join(", ")));
    }
    for (transport, count) in &stats.not_analysed {
        let speak = if *count == 1 { "speaks" } else { "speak" };
        let ports = stats.not_analysed_ports.iter().filter(|(other, _)| other == transport).map(|(_, port)| port.to_string());
        let ports: Vec<String> = ports.collect();
        let noun = if ports.len() == 1 { "port" } else { "ports" };
        let at = format!("{noun} {}", ports.join(", "));
        lines.push(format!("{} {speak} {}: not analysed yet ({at})", counted(*count, "connection"), spoken(*transport)));
    }
    let mut bound = |count: u64, noun: &str, what: &str| {
        if count > 0 {
            lines.push(format!("{} {what}", counted(count, noun)));
        }
    };
    bound(stats.gaps, "hole", "in the byte streams: the capture does not hold these bytes; what they could have told is inconclusive");
    bound(hits.evicted, "open connection", "let go: too many at a time");
    bound(hits.expired, "connection", "no longer followed: no frame came for long");
    lines.extend(losses(stats));
    let mut bound = |count: u64, noun: &str, what: &str| {
        if count > 0 {
            lines.push(format!("{} {what}", counted(count, noun)));
        }
    };
    bound(hits.fragments, "IP fragment", "dropped: too many at a time");
    bound(hits.held, "hole", "given up early: too much was waiting behind");
    bound(hits.oversize, "packet", "too long to be looked into");
    bound(hits.findings, "finding", "not kept: too many in all");
    bound(hits.repeats, "connection", "with more findings of a rule than are kept not named there: too many");
    lines
}

/// What was lost while capturing, and where; nothing if nothing was.
pub fn losses(stats: &CaptureStats) -> impl Iterator<Item = String> {
    let lost = (stats.lost > 0)
        .then(|| format!("{} lost while capturing; what they could have told is inconclusive", counted(stats.lost, "frame")));
    lost.into_iter().chain(stats.interfaces.iter().filter(|interface| interface.dropped() > 0).map(drops))
}

/// `eth0: 1,204 frames received, 3 dropped by the kernel`.
pub fn drops(interface: &Counters) -> String {
    let Counters { name, received, dropped_kernel, dropped_interface, dropped_own } = interface;
    let parts = [
        (*dropped_kernel, "dropped by the kernel, whose buffer was full (--buffer-size)"),
        (*dropped_interface, "dropped by the interface"),
        (*dropped_own, "dropped because the analysis did not keep up (--queue-size)"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {} {what}", grouped(count)));
    format!("{}: {} received{}", tame(name), counted(*received, "frame"), parts.collect::<String>())
}

/// A transport in the words of people.
fn spoken(transport: Transport) -> &'static str {
    match transport {
        Transport::Plain => "MQTT",
        Transport::Tls => "TLS",
        Transport::WebSocket => "WebSocket",
        Transport::SecureWebSocket => "WebSocket in TLS",
    }
}

/// The result in one line.
fn headline(out: &mut impl Write, document: &Document<'_>, options: &Options) -> io::Result<()> {
    let totals = &document.collected.totals;
    if document.report.stats.mqtt_connections == 0 {
        return wrapped(
            out,
            0,
            "No MQTT found. MQTT is known by its content, and in connections that began before the capture by the port of the \
             server: name a port that is not 1883 with --port, such as --port 11883.",
        );
    }
    let found: Vec<String> = [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .filter(|severity| totals.count(*severity) > 0)
        .map(|severity| {
            let style = options.palette.severity(severity);
            format!("{style}{} {}{style:#}", sign(severity), severities(totals.count(severity), severity))
        })
        .collect();
    if found.is_empty() && !is_anything_checked(document.report) {
        return writeln!(out, "Nothing could be checked: no rule had anything to decide in this capture.");
    }
    if found.is_empty() && document.terms.known.is_some_and(|known| known.accepted > 0) {
        let good = options.palette.good;
        return writeln!(out, "{good}No new findings:{good:#} all that breaks a statement is known.");
    }
    if found.is_empty() {
        let good = options.palette.good;
        return writeln!(out, "{good}No findings:{good:#} nothing in this capture breaks a statement that is checked.");
    }
    writeln!(out, "{}", found.join("  "))
}

/// Whether any statement was decided at all.
pub(super) fn is_anything_checked(report: &Report) -> bool {
    report.statements.iter().any(|statement| matches!(statement.status, Status::Passed | Status::Violated))
}
