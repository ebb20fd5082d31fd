//! Findings, grouped by rule (worst first), then by who is to blame.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::{Options, Told, evidence, tame, wrapped};
use crate::analysis::{Connection, Repeats, Unlisted};
use crate::finding::{Blame, Certainty, Finding, Severity};
use crate::frame::Stamp;
use crate::mqtt::Version;
use crate::report::number::{clock, counted, elapsed, grouped};
use crate::report::style::{Palette, sign};
use crate::report::{Document, Files};
use crate::rule::spec;
use crate::show;
use crate::time::Timestamp;

/// Longest client id shown.
const NAME: usize = 60;

/// How many related frames are named.
const RELATED: usize = 8;

/// All findings of one rule.
struct Group<'a> {
    rule: &'static str,
    severity: Severity,
    findings: Vec<&'a Finding>,
    repeats: Vec<&'a Repeats>,
    unlisted: Option<&'a Unlisted>,
}

impl Group<'_> {
    /// How many, with those that were not kept.
    fn total(&self) -> u64 {
        let unlisted = self.unlisted.map_or(0, |unlisted| unlisted.more);
        self.findings.len() as u64 + self.repeats.iter().map(|repeats| repeats.more).sum::<u64>() + unlisted
    }
}

pub(super) fn write(out: &mut impl Write, document: &Document<'_>, options: &Options) -> io::Result<()> {
    let connections = document.collected.connections.iter().map(|connection| (connection.number, connection)).collect();
    for group in groups(document) {
        writeln!(out)?;
        self::group(out, &group, &connections, document, options)?;
    }
    Ok(())
}

fn groups<'a>(document: &Document<'a>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut at = |rule: &'static str, severity: Severity, put: &mut dyn FnMut(&mut Group<'a>)| {
        let known = groups.iter().position(|group| group.rule == rule);
        let index = known.unwrap_or_else(|| {
            groups.push(Group { rule, severity, findings: Vec::new(), repeats: Vec::new(), unlisted: None });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(index) {
            group.severity = group.severity.max(severity);
            put(group);
        }
    };
    for finding in &document.collected.findings {
        at(finding.rule, finding.severity, &mut |group| group.findings.push(finding));
    }
    for repeats in &document.report.repeats {
        at(repeats.rule, repeats.severity, &mut |group| group.repeats.push(repeats));
    }
    for unlisted in &document.report.unlisted {
        at(unlisted.rule, unlisted.severity, &mut |group| group.unlisted = Some(unlisted));
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.severity), std::cmp::Reverse(group.total()), group.rule));
    for group in &mut groups {
        group.repeats.sort_by_key(|repeats| repeats.connection);
        // By who is to blame, then in the order of the capture.
        group.findings.sort_by(|a, b| (a.blames, &a.client_id, a.connection).cmp(&(b.blames, &b.client_id, b.connection)));
    }
    groups
}

fn group(
    out: &mut impl Write,
    group: &Group<'_>,
    connections: &BTreeMap<u64, &Connection>,
    document: &Document<'_>,
    options: &Options,
) -> io::Result<()> {
    let Palette { name, .. } = options.palette;
    let style = options.palette.severity(group.severity);
    writeln!(
        out,
        "{style}{} {}{style:#}  {name}{}{name:#}  ({})",
        sign(group.severity),
        group.severity.name(),
        group.rule,
        counted(group.total(), "finding")
    )?;
    demands(out, 2, &group.findings)?;
    let shown = group.findings.len().min(options.instances);
    let mut last: Option<&Finding> = None;
    for (at, finding) in group.findings.iter().take(shown).enumerate() {
        let same_party = |other: &Finding| (other.blames, other.connection) == (finding.blames, finding.connection);
        let former = last.replace(finding).filter(|former| same_party(former));
        if former.is_none() {
            writeln!(out)?;
            let connection = connections.get(&finding.connection).copied();
            writeln!(out, "  {}", party(finding, connection, &options.palette))?;
        }
        let start = document.report.stats.first_time;
        let said = |former: &Finding| former.message == finding.message && former.certainty == finding.certainty;
        if options.compact && former.is_some_and(said) {
            place(out, finding, start, document.files(), &options.palette)?;
        } else {
            instance(out, finding, start, document.files(), &options.palette)?;
        }
        let ends = group.findings.get(at + 1).is_none_or(|next| !same_party(next));
        if ends && let Ok(at) = group.repeats.binary_search_by_key(&finding.connection, |repeats| repeats.connection) {
            writeln!(out, "    and {} more on this connection", grouped(group.repeats[at].more))?;
        }
    }
    rest(out, group, shown)
}

/// Writes a finding as it comes, with its rule, clause and party.
pub(super) fn told(out: &mut impl Write, told: &Told<'_>, palette: &Palette) -> io::Result<()> {
    let Told { finding, pending, opened, start, files } = *told;
    let (style, name, faint) = (palette.severity(finding.severity), palette.name, palette.faint);
    let so_far = if pending { ", pending: it goes on" } else { "" };
    let (sign, severity) = (sign(finding.severity), finding.severity.name());
    writeln!(
        out,
        "{style}{sign} {severity}{style:#}  {name}{}{name:#}  {faint}MQTT {} {}{faint:#}{so_far}",
        finding.rule, finding.version, finding.clause
    )?;
    writeln!(out, "  {}", party(finding, opened.map(Connection::opened).as_ref(), palette))?;
    if pending {
        // Whether it is likely or certain is for its end to say.
        place(out, finding, start, files, palette)?;
        wrapped(out, 6, &format!("so far {}", tame(&finding.message)))?;
    } else {
        instance(out, finding, start, files, palette)?;
    }
    writeln!(out)
}

/// What was found, but is not shown one by one.
fn rest(out: &mut impl Write, group: &Group<'_>, shown: usize) -> io::Result<()> {
    let (told, untold) = group.findings.split_at(shown);
    let told: BTreeSet<u64> = told.iter().map(|finding| finding.connection).collect();
    let repeats = group.repeats.iter().filter(|repeats| !told.contains(&repeats.connection));
    let mut connections: Vec<u64> = untold.iter().map(|finding| finding.connection).collect();
    let mut count = untold.len() as u64;
    for repeats in repeats {
        connections.push(repeats.connection);
        count += repeats.more;
    }
    connections.sort_unstable();
    connections.dedup();
    let (beyond, more) = group.unlisted.map_or((0, 0), |unlisted| (unlisted.connections, unlisted.more));
    count += more;
    if count == 0 {
        return Ok(());
    }
    writeln!(out)?;
    let connections = counted(connections.len() as u64 + beyond, "connection");
    writeln!(out, "  and {} more on {connections}; -v shows all that were kept", grouped(count))
}

/// What the specification wants, once per version in which the rule was broken.
pub(super) fn demands(out: &mut impl Write, indent: usize, findings: &[&Finding]) -> io::Result<()> {
    let mut told: Vec<(Version, &str)> = Vec::new();
    for finding in findings {
        if told.contains(&(finding.version, finding.clause)) {
            continue;
        }
        told.push((finding.version, finding.clause));
        let (place, text) = citation(finding);
        wrapped(out, indent, &place)?;
        if let Some(text) = text {
            wrapped(out, indent + 2, &tame(text))?;
        }
    }
    Ok(())
}

/// Where the specification says what was not kept to, by which ids; and what it says.
pub fn citation(finding: &Finding) -> (String, Option<&'static str>) {
    let also = if finding.also.is_empty() { String::new() } else { format!(", also {}", finding.also.join(", ")) };
    match spec::statement(finding.version, finding.clause) {
        Some(statement) => {
            // 3.1 has no numbered statements and other sections.
            let lent = if finding.version == Version::V3_1 { " by the numbers of 3.1.1" } else { "" };
            let place = format!("MQTT {}{lent}, section {}: {}{also}", finding.version, statement.section, finding.clause);
            (place, Some(statement.text))
        }
        None => (format!("MQTT {}: {}{also}", finding.version, finding.clause), None),
    }
}

/// Who is to blame, and in talk with whom.
pub fn party(finding: &Finding, connection: Option<&Connection>, palette: &Palette) -> String {
    let name = palette.name;
    let id = finding.client_id.as_deref().or(connection.and_then(|connection| connection.assigned_client_id.as_deref()));
    let client = id.filter(|id| !id.is_empty()).map(|id| format!("\"{}\"", show::short(id, NAME)));
    let client_end = connection.map(|connection| connection.client.to_string());
    let server = connection.map_or(String::new(), |connection| format!(" {}", connection.server));
    let client = match (client, client_end) {
        (Some(client), Some(end)) => format!(" {client} at {end}"),
        (Some(client), None) => format!(" {client}"),
        (None, Some(end)) => format!(" {end}"),
        (None, None) => String::new(),
    };
    let number = finding.connection;
    match finding.blames {
        Blame::Client => format!("{name}client{client}{name:#}, to server{server} (connection {number})"),
        Blame::Server => format!("{name}server{server}{name:#}, to client{client} (connection {number})"),
        Blame::Network => format!("{name}network{name:#} between client{client} and server{server} (connection {number})"),
    }
}

/// Writes one finding, without its rule and without who is to blame.
fn instance(out: &mut impl Write, finding: &Finding, start: Option<Timestamp>, files: Files<'_>, palette: &Palette) -> io::Result<()> {
    let faint = palette.faint;
    let frame = finding.place.frame;
    place(out, finding, start, files, palette)?;
    fault(out, finding, palette)?;
    if let Some(frames) = related(finding, files) {
        writeln!(out, "      {faint}see also {frames}{faint:#}")?;
    }
    writeln!(out, "      {faint}Wireshark: {}{faint:#}", files.filter(finding.connection, frame))
}

/// The other frames that belong to the story, if there are any: `frames 3, 17`.
pub fn related(finding: &Finding, files: Files<'_>) -> Option<String> {
    let frame = finding.place.frame;
    let related: Vec<&Stamp> = finding.related.iter().filter(|stamp| stamp.frame != frame).collect();
    if related.is_empty() {
        return None;
    }
    let one = |stamp: &&Stamp| match files.of(stamp.frame) {
        Some(file) if stamp.frame.input() != frame.input() => format!("{} in {}", stamp.frame.number(), tame(file)),
        _ => stamp.frame.number().to_string(),
    };
    let mut frames: Vec<String> = related.iter().take(RELATED).map(one).collect();
    if related.len() > RELATED {
        frames.push(format!("and {} more", related.len() - RELATED));
    }
    let noun = if related.len() == 1 { "frame" } else { "frames" };
    Some(format!("{noun} {}", frames.join(", ")))
}

/// What is wrong, and the bytes that show it.
pub(super) fn fault(out: &mut impl Write, finding: &Finding, palette: &Palette) -> io::Result<()> {
    wrapped(out, 6, &tame(&finding.message))?;
    if finding.certainty == Certainty::Likely {
        writeln!(out, "      likely, not proven: there are other explanations, though not good ones")?;
    }
    evidence::write(out, 6, &finding.evidence, palette)
}

/// The line that says where it is, and what packet.
fn place(out: &mut impl Write, finding: &Finding, start: Option<Timestamp>, files: Files<'_>, palette: &Palette) -> io::Result<()> {
    let Palette { faint, name, .. } = *palette;
    let frame = finding.place.frame;
    let file = files.of(frame).map_or(String::new(), |file| format!("{} ", tame(file)));
    let relative = start.map_or(String::new(), |start| format!(" (+{})", elapsed(finding.place.time.since(start))));
    let from = finding.from.map_or(String::new(), |from| format!("{from} "));
    writeln!(
        out,
        "    {name}{file}frame {}{name:#}  {}{faint}{relative}{faint:#}  {from}{}",
        frame.number(),
        clock(finding.place.time, start),
        tame(&finding.packet)
    )
}
