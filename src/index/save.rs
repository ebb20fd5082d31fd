//! Connections of a capture into a file of their own: a second pass over the inputs, which writes every frame that belongs to
//! one of them, as it was captured.
//!
//! Which frames those are, the same analysis says as in the first pass, without rules: so connections have the same numbers.
//! Of a datagram that came in IP fragments only the frame that completed it is known to belong to a connection.

use std::collections::BTreeSet;
use std::io::{self, Write};

use crate::analysis::{Analyzer, Observer, SegmentView, Settings};
use crate::capture::{CaptureError, Options, PcapngWriter, Reread};

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

/// Writes all frames of connections, given by their numbers in the capture ([`crate::analysis::Connection::number`]), as
/// pcapng; tells how many. `options` and `settings` are those of the first pass.
///
/// # Errors
/// The inputs cannot be read again, or `out` cannot be written.
pub fn connections(
    numbers: &BTreeSet<u64>,
    capture: &Reread,
    options: &Options,
    settings: &Settings,
    out: impl Write,
) -> Result<u64, SaveError> {
    // What was copied once is not copied again.
    let mut source = capture.source(&Options { copies: false, ..options.clone() })?;
    let names = source.inputs().to_vec();
    let noun = if numbers.len() == 1 { "connection" } else { "connections" };
    let comment = format!("{} MQTT {noun} from {}", numbers.len(), names.join(", "));
    let mut writer = PcapngWriter::new(out, &comment)?;
    let mut analyzer = Analyzer::new(&[], settings.clone());
    let mut last = Last(None);
    let mut frames = 0;
    while let Some(frame) = source.next()? {
        last.0 = None;
        analyzer.push(&frame, &mut last);
        if last.0.is_some_and(|number| numbers.contains(&number)) {
            writer.frame(&frame, names.get(frame.id.input() as usize).map_or("", String::as_str))?;
            frames += 1;
        }
    }
    writer.finish()?;
    Ok(frames)
}

/// The connection of the last segment.
struct Last(Option<u64>);

impl Observer for Last {
    fn segment(&mut self, view: &SegmentView<'_>) {
        self.0 = Some(view.connection);
    }
}
