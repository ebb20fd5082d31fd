//! `mqttscope record`: frames into pcapng files, and nothing else unless their packets are to be printed.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use crate::cli::args::{PacketFormat, Record, TimeFormat};
use crate::cli::commands::packets;
use crate::cli::config::Config;
use crate::cli::live::Surroundings;
use crate::cli::run::Capture;

/// Records.
///
/// # Errors
/// Nothing can be captured, or not be written. What was written is complete up to there.
pub fn run(args: &Record) -> anyhow::Result<ExitCode> {
    let config = Config::new(&args.reading)?;
    let surroundings =
        Surroundings { watched: args.print && io::stdout().is_terminal(), prints: args.print, signals: true, writable: Vec::new() };
    let capture = Capture::open(&config, &surroundings)?;
    if args.print {
        packets::list(&config, PacketFormat::Text, TimeFormat::default(), capture)?.end()?;
    } else {
        capture.record()?;
    }
    Ok(ExitCode::SUCCESS)
}
