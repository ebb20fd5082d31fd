//! Connections of a capture into a file of their own: a second pass over the inputs, which writes every frame that belongs to
//! one of them, as it was captured.
//!
//! A frame belongs to a connection by its two ends and by where it stands, between the connection's first frame and its last.
//! So it makes no difference whether the capture is there from its start, as of a live one it is not. Of a datagram that came
//! in IP fragments only the frame that completed it is known to belong to a connection.

use std::collections::HashMap;
use std::io::{self, Write};

use super::Connection;
use crate::capture::{CaptureError, Options, PcapngWriter, Reread};
use crate::flow::Endpoint;
use crate::frame::{Frame, Stamp};
use crate::net::{Decoder, FragmentLimits};

/// Why connections could not be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The capture cannot be read again.
    #[error(transparent)]
    Read(#[from] CaptureError),
    /// The file cannot be written.
    #[error("cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// How many frames.
    pub frames: u64,
    /// Where the first of them stood.
    pub first: Option<Stamp>,
}

/// Which frames a connection has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    ends: [Endpoint; 2],
    first: Stamp,
    last: Stamp,
}

impl Span {
    /// The frames of a connection that have come so far.
    pub fn of(connection: &Connection) -> Self {
        let summary = &connection.summary;
        Self { ends: ordered([summary.client, summary.server]), first: summary.first, last: connection.last }
    }

    /// Whether a frame between its ends is one of its own.
    fn has(&self, frame: &Frame<'_>) -> bool {
        // Clocks may be set, numbers of frames only rise; but those of several inputs have nothing to do with each other.
        let before = |one: Stamp, other: Stamp| match one.frame.input() == other.frame.input() {
            true => one.frame < other.frame,
            false => one.time < other.time,
        };
        !before(frame.stamp(), self.first) && !before(self.last, frame.stamp())
    }
}

fn ordered([one, other]: [Endpoint; 2]) -> [Endpoint; 2] {
    if one <= other { [one, other] } else { [other, one] }
}

/// Writes all frames of connections, as pcapng; tells which. `options` and `limits` are those of the first pass.
///
/// # Errors
/// The inputs cannot be read again, or `out` cannot be written.
pub fn connections(
    spans: &[Span],
    capture: &Reread,
    options: &Options,
    limits: FragmentLimits,
    out: impl Write,
) -> Result<Saved, SaveError> {
    let mut wanted: HashMap<[Endpoint; 2], Vec<Span>> = HashMap::new();
    spans.iter().for_each(|span| wanted.entry(span.ends).or_default().push(*span));
    let mut decoder = Decoder::new(limits);
    let noun = if spans.len() == 1 { "connection" } else { "connections" };
    frames(capture, options, &format!("{} MQTT {noun}", spans.len()), out, |frame| {
        let Ok(segment) = decoder.decode(frame) else { return false };
        let spans = wanted.get(&ordered([segment.source, segment.destination]));
        spans.is_some_and(|spans| spans.iter().any(|span| span.has(frame)))
    })
}

/// Writes all frames that can be read again, as pcapng; tells which.
///
/// # Errors
/// As [`connections`].
pub fn everything(capture: &Reread, options: &Options, out: impl Write) -> Result<Saved, SaveError> {
    frames(capture, options, "all frames", out, |_| true)
}

fn frames(
    capture: &Reread,
    options: &Options,
    what: &str,
    out: impl Write,
    mut is_wanted: impl FnMut(&Frame<'_>) -> bool,
) -> Result<Saved, SaveError> {
    // What was copied once is not copied again.
    let mut source = capture.source(&Options { copies: false, ..options.clone() })?;
    let names = source.inputs().to_vec();
    let mut writer = PcapngWriter::new(out, &format!("{what} from {}", names.join(", ")))?;
    let mut saved = Saved::default();
    while let Some(frame) = source.next()? {
        if is_wanted(&frame) {
            writer.frame(&frame, names.get(frame.id.input() as usize).map_or("", String::as_str))?;
            saved.frames += 1;
            saved.first.get_or_insert(frame.stamp());
        }
    }
    writer.finish()?;
    Ok(saved)
}
