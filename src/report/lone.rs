//! Packets in hand for machines: `check --hex BYTES --format json` and `ndjson`.

use std::io::{self, Write};

use serde::Serialize;

use super::json;
use crate::analysis::{self, Answer, LonePacket, State};
use crate::finding::{Finding, Severity};
use crate::show;

/// Writes one object.
///
/// # Errors
/// Those of the writer.
pub fn json(out: &mut impl Write, bytes: &[u8], answer: &Answer) -> io::Result<()> {
    json::line(out, &Root::new(bytes, answer))
}

/// Writes one finding a line.
///
/// # Errors
/// Those of the writer.
pub fn ndjson(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    findings(answer).try_for_each(|finding| json::line(&mut *out, &Fault::new(finding)))
}

/// The worst severity found.
pub fn worst(answer: &Answer) -> Option<Severity> {
    findings(answer).map(|finding| finding.severity).max()
}

fn findings(answer: &Answer) -> impl Iterator<Item = &Finding> {
    answer.packets.iter().flat_map(|packet| &packet.readings).flat_map(|reading| &reading.findings)
}

#[derive(Serialize)]
struct Root<'a> {
    tool: &'static str,
    version: &'static str,
    packets: Vec<Packet<'a>>,
    /// Bytes behind the last packet, in hex.
    #[serde(skip_serializing_if = "String::is_empty")]
    trailing: String,
}

impl<'a> Root<'a> {
    fn new(bytes: &[u8], answer: &'a Answer) -> Self {
        Self {
            tool: json::TOOL,
            version: json::TOOL_VERSION,
            packets: (1..).zip(&answer.packets).map(|(number, packet)| Packet::new(number, packet)).collect(),
            trailing: show::hex(bytes.get(answer.trailing.clone()).unwrap_or_default()),
        }
    }
}

#[derive(Serialize)]
struct Packet<'a> {
    packet: u64,
    /// First byte, and one behind the last.
    range: [usize; 2],
    #[serde(rename = "type")]
    kind: &'static str,
    from: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<u64>,
    readings: Vec<Reading<'a>>,
}

impl<'a> Packet<'a> {
    fn new(number: u64, packet: &'a LonePacket) -> Self {
        let (state, missing) = match packet.state {
            State::Whole => ("whole", None),
            State::Missing(missing) => ("cut", Some(missing)),
            State::BadLength => ("bad-length", None),
        };
        Self {
            packet: number,
            range: [packet.range.start, packet.range.end],
            kind: packet.kind.name(),
            from: packet.from.name(),
            state,
            missing,
            readings: packet.readings.iter().map(Reading::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct Reading<'a> {
    versions: Vec<&'static str>,
    words: &'a str,
    fields: Vec<Field<'a>>,
    findings: Vec<Fault<'a>>,
}

impl<'a> Reading<'a> {
    fn new(reading: &'a analysis::Reading) -> Self {
        Self {
            versions: reading.versions.iter().map(|version| version.name()).collect(),
            words: &reading.words,
            fields: reading.fields.iter().map(Field::new).collect(),
            findings: reading.findings.iter().map(Fault::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    value: &'a str,
    range: [usize; 2],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Field<'a>>,
}

impl<'a> Field<'a> {
    fn new(field: &'a analysis::Field) -> Self {
        Self {
            name: &field.name,
            value: &field.value,
            range: [field.range.start, field.range.end],
            parts: field.parts.iter().map(Self::new).collect(),
        }
    }
}

/// A finding without a place in a capture: the members that are left have the names of those of the other findings.
#[derive(Serialize)]
struct Fault<'a> {
    rule: &'static str,
    clause: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    also: &'a [&'static str],
    version: &'static str,
    severity: &'static str,
    certainty: &'static str,
    blames: &'static str,
    /// Which packet, from 1.
    packet: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    message: &'a str,
    evidence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    marked: Option<[usize; 2]>,
}

impl<'a> Fault<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule,
            clause: finding.clause,
            also: finding.also,
            version: finding.version.name(),
            severity: finding.severity.name(),
            certainty: finding.certainty.name(),
            blames: finding.blames.name(),
            packet: finding.place.frame.number(),
            offset: finding.offset,
            message: &finding.message,
            evidence: show::hex(&finding.evidence.bytes),
            marked: finding.evidence.marked.as_ref().map(|range| [range.start, range.end]),
        }
    }
}
