//! How values look in JSON: seconds, and bytes that should be text.

use std::time::Duration;

use serde::Serialize;

use super::Files;
use crate::finding::Finding;
use crate::show;

/// One finding, as in the NDJSON contract. A field that is absent does not apply.
#[derive(Clone, Debug, Serialize)]
pub struct FindingObject<'a> {
    /// Name of the fault.
    pub rule: &'a str,
    /// The statement broken.
    pub clause: &'a str,
    /// Further statements that the same fault breaks.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub also: &'a [&'static str],
    /// The connection's version.
    pub version: &'static str,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// `certain` or `likely`.
    pub certainty: &'static str,
    /// `client`, `server` or `network`.
    pub blames: &'static str,
    /// The connection.
    pub connection: u64,
    /// Client Identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The same in hex, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id_hex: Option<String>,
    /// Input of the frame, with several inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'a str>,
    /// The frame.
    pub frame: u64,
    /// Its time.
    pub time: String,
    /// Who sent the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<&'static str>,
    /// The packet in words.
    pub packet: &'a str,
    /// Offset of the fault in the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// What is wrong.
    pub message: &'a str,
    /// It is about a silence that goes on: no finding yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// Bytes of the packet in hex.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// Where they begin in the packet, if not at its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_offset: Option<usize>,
    /// The offending bytes: first, and one behind the last, from the start of the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marked: Option<[usize; 2]>,
    /// Other frames that belong to the story.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<u64>,
    /// Their inputs, with several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_files: Vec<&'a str>,
    /// A display filter that shows the frame in Wireshark.
    pub filter: String,
}

impl<'a> FindingObject<'a> {
    /// The object of a finding.
    pub fn new(finding: &'a Finding, files: Files<'a>) -> Self {
        let (client_id, client_id_hex) = text_and_hex(finding.client_id.as_deref());
        Self {
            rule: finding.rule,
            clause: finding.clause,
            also: finding.also,
            version: finding.version.name(),
            severity: finding.severity.name(),
            certainty: finding.certainty.name(),
            blames: finding.blames.name(),
            connection: finding.connection,
            client_id,
            client_id_hex,
            file: files.of(finding.place.frame),
            frame: finding.place.frame.number(),
            time: finding.place.time.to_string(),
            from: finding.from.map(|role| role.name()),
            packet: &finding.packet,
            offset: finding.offset,
            message: &finding.message,
            pending: false,
            evidence: show::hex(&finding.evidence.bytes),
            evidence_offset: (finding.evidence.offset > 0).then_some(finding.evidence.offset),
            marked: finding.evidence.marked.as_ref().map(|range| [range.start, range.end]),
            related: finding.related.iter().map(|stamp| stamp.frame.number()).collect(),
            related_files: finding.related.iter().filter_map(|stamp| files.of(stamp.frame)).collect(),
            filter: files.filter(finding.connection, finding.place.frame),
        }
    }
}

/// Text for JSON; where the bytes are not UTF-8, U+FFFD in their place and all bytes in hex beside it.
pub fn text_and_hex(bytes: Option<&[u8]>) -> (Option<String>, Option<String>) {
    let Some(bytes) = bytes else { return (None, None) };
    let text = String::from_utf8_lossy(bytes);
    let hex = std::str::from_utf8(bytes).is_err().then(|| show::hex(bytes));
    (Some(text.into_owned()), hex)
}

/// A duration as a number.
pub fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
