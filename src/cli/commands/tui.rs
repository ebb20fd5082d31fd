//! `mqttscope tui`: what was typed into the options of the terminal UI.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;

use crate::capture::{self, Window};
use crate::cli::args::{ColorChoice, Tui};
use crate::cli::commands::explain;
use crate::cli::config::Config;
use crate::cli::live::{self, Opened, Surroundings};
use crate::tui::{self, Choice, Options};

/// Opens the terminal UI.
///
/// # Errors
/// There is no terminal, or an input cannot be read.
pub fn run(args: &Tui) -> anyhow::Result<ExitCode> {
    let config = Config::new(&args.reading)?;
    if config.output.is_some() {
        bail!("-o: tui writes to the terminal only: save from inside (s), or use sessions, packets or check");
    }
    let theme = if config.color == ColorChoice::Never { Choice::None } else { args.theme };
    tui::check()?;
    let window = Window { period: args.window.map(|time| time.0), bytes: args.window_size.0 as u64 };
    let capture = capture::Options { copies: true, window, ..config.options.clone() };
    let config = Config { options: capture, ..config };
    // Files are saved to where it was started.
    let surroundings = Surroundings { watched: true, prints: true, signals: false, writable: vec![PathBuf::from(".")] };
    let Opened { source, beside } = live::open(&config, &surroundings)?;
    let Config { inputs, options: capture, settings, .. } = config;
    tui::run(Options { inputs, capture, settings, theme, ascii: args.ascii, explain: explain::plain }, source, Some(Box::new(beside)))?;
    Ok(ExitCode::SUCCESS)
}
