//! `mqttscope tui`: what was typed into the options of the terminal UI.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;

use crate::capture;
use crate::cli::args::{ColorChoice, Tui};
use crate::cli::commands::explain;
use crate::cli::config::Config;
use crate::cli::live::{self, Surroundings};
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
    let config = Config { options: capture::Options { copies: true, ..config.options }, ..config };
    // What is saved from inside goes where the user is; copies go where temporary files are.
    let writable = vec![PathBuf::from("."), std::env::temp_dir()];
    let opened = live::open(&config, &Surroundings { watched: true, prints: false, writable })?;
    let options = Options {
        inputs: config.inputs,
        capture: config.options,
        settings: config.settings,
        theme,
        ascii: args.ascii,
        explain: explain::plain,
    };
    tui::run(options, opened.source, None)?;
    Ok(ExitCode::SUCCESS)
}
