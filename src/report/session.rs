//! A connection for machines: the object of `sessions --format json` and of `sessions[]` in the report of `check`.

use serde::Serialize;

use super::Files;
use super::wire::{seconds, text_and_hex};
use crate::analysis::Connection;
use crate::finding::{Blame, Severity};
use crate::flow::Role;
use crate::mqtt::Version;

/// One MQTT connection. A field that is absent was not on the wire, or not in the capture.
#[derive(Clone, Debug, Serialize)]
pub struct SessionObject<'a> {
    /// Number, as Wireshark's `tcp.stream`.
    pub connection: u64,
    /// Client Identifier of CONNECT.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The same in hex, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id_hex: Option<String>,
    /// The identifier that the server gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_client_id: Option<String>,
    /// The same in hex, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_client_id_hex: Option<String>,
    /// The client's end, `addr:port`.
    pub client: String,
    /// The server's end, `addr:port`.
    pub server: String,
    /// `tcp`, `tls`, `ws` or `wss`.
    pub transport: &'static str,
    /// `3.1`, `3.1.1` or `5.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<&'static str>,
    /// Keep Alive in force, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_alive: Option<u16>,
    /// Clean Start (3.x: Clean Session).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clean_start: Option<bool>,
    /// User Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The same in hex, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_hex: Option<String>,
    /// Input of the first frame, with several inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'a str>,
    /// First frame.
    pub frame: u64,
    /// Its time.
    pub start: String,
    /// Time of the last frame.
    pub end: String,
    /// The capture holds the connection from its start.
    pub from_start: bool,
    /// From first to last frame, in seconds.
    pub duration: f64,
    /// Control packets by sender.
    pub packets: BySender,
    /// Bytes of MQTT by sender.
    pub bytes: BySender,
    /// PUBLISH packets, both ways.
    pub publishes: u64,
    /// Findings by severity, with repetitions.
    pub findings: BySeverity,
    /// The same by who is to blame.
    pub blames: ByBlame,
    /// Longest silence of the client under a Keep Alive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_gap: Option<Gap>,
    /// Holes in the capture.
    pub gaps: u64,
    /// Segments that repeated bytes.
    pub retransmissions: u64,
    /// How it ended.
    pub ended: Ended<'a>,
}

/// A silence of the client.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Gap {
    /// In seconds.
    pub seconds: f64,
    /// In keep-alive periods.
    pub ratio: f64,
}

/// Counts of what each side sent.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BySender {
    /// The client.
    pub client: u64,
    /// The server.
    pub server: u64,
}

/// Counts of findings by severity.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct BySeverity {
    /// Errors.
    pub error: u64,
    /// Warnings.
    pub warning: u64,
    /// Notes.
    pub info: u64,
}

/// Counts of findings by who is to blame.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ByBlame {
    /// The client.
    pub client: BySeverity,
    /// The server.
    pub server: BySeverity,
    /// The network.
    pub network: BySeverity,
}

/// How a connection ended.
#[derive(Clone, Debug, Serialize)]
pub struct Ended<'a> {
    /// The cause, a word such as `keep-alive-expired`.
    pub cause: &'static str,
    /// Reason Code of the DISCONNECT or CONNACK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u8>,
    /// The cause in a short sentence.
    pub text: String,
    /// Who closed the TCP connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'static str>,
    /// Input of that frame, with several inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'a str>,
    /// The frame that closed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// Its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

impl<'a> SessionObject<'a> {
    /// The object of a connection.
    pub fn new(connection: &Connection, files: Files<'a>) -> Self {
        let (client_id, client_id_hex) = text_and_hex(connection.client_id.as_deref());
        let (assigned_client_id, assigned_client_id_hex) = text_and_hex(connection.assigned_client_id.as_deref());
        let (username, username_hex) = text_and_hex(connection.user_name.as_deref());
        Self {
            connection: connection.number,
            client_id,
            client_id_hex,
            assigned_client_id,
            assigned_client_id_hex,
            client: connection.client.to_string(),
            server: connection.server.to_string(),
            transport: connection.transport.name(),
            version: connection.version.map(Version::name),
            keep_alive: connection.keep_alive,
            clean_start: connection.clean_start,
            username,
            username_hex,
            file: files.of(connection.first.frame),
            frame: connection.first.frame.number(),
            start: connection.first.time.to_string(),
            end: connection.last.to_string(),
            from_start: connection.from_start,
            duration: seconds(connection.duration()),
            packets: BySender::new(connection.packets),
            bytes: BySender::new(connection.bytes),
            publishes: connection.publishes,
            findings: BySeverity::new(Severity::ALL.map(|severity| connection.count(severity))),
            blames: ByBlame {
                client: BySeverity::new(connection.findings[Blame::Client as usize]),
                server: BySeverity::new(connection.findings[Blame::Server as usize]),
                network: BySeverity::new(connection.findings[Blame::Network as usize]),
            },
            longest_gap: connection
                .longest_silence
                .zip(longest_gap(connection))
                .map(|(silence, ratio)| Gap { seconds: seconds(silence), ratio }),
            gaps: connection.gaps,
            retransmissions: connection.retransmissions,
            ended: Ended::new(connection, files),
        }
    }
}

/// The longest silence of the client in keep-alive periods.
pub fn longest_gap(connection: &Connection) -> Option<f64> {
    let period = connection.keep_alive.filter(|seconds| *seconds > 0)?;
    Some(seconds(connection.longest_silence?) / f64::from(period))
}

impl<'a> Ended<'a> {
    fn new(connection: &Connection, files: Files<'a>) -> Self {
        let stamp = connection.closed.map(|(_, stamp)| stamp);
        Self {
            cause: connection.ending.name(),
            code: connection.ending.code(),
            text: connection.ending.describe(connection.version.unwrap_or(Version::V3_1_1)),
            by: connection.ending.by().map(Role::name),
            file: stamp.and_then(|stamp| files.of(stamp.frame)),
            frame: stamp.map(|stamp| stamp.frame.number()),
            time: stamp.map(|stamp| stamp.time.to_string()),
        }
    }
}

impl BySender {
    /// From counts by role.
    pub fn new([client, server]: [u64; 2]) -> Self {
        Self { client, server }
    }
}

impl BySeverity {
    /// From counts in the order of [`Severity`].
    pub fn new([info, warning, error]: [u64; 3]) -> Self {
        Self { error, warning, info }
    }
}
