//! The command line: what was typed, and what a [`file`] says, into a [`config`], inputs through the analysis ([`run`]), results to where they are
//! wanted ([`output`]).
//!
//! Exit codes: 0 fine, 1 findings at or above `--fail-on` (`check` only), 2 usage or input trouble. Every error is one line
//! on standard error: what, where, what to do. A closed pipe is no error.

pub mod args;
pub mod clock;
pub mod commands;
pub mod config;
pub mod file;
pub mod hex;
pub mod json;
pub mod known;
pub mod live;
pub mod manual;
pub mod messages;
#[cfg(feature = "live")]
pub mod numbers;
#[cfg(not(feature = "live"))]
#[path = "no_numbers.rs"]
pub mod numbers;
pub mod output;
pub mod packet;
pub mod paint;
pub mod run;
pub mod scalar;
pub mod suggest;
pub mod table;
pub mod usage;
pub mod value;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

/// Usage or input trouble.
const TROUBLE: u8 = 2;

/// Runs the program with its arguments, its own name first.
pub fn main(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let result = match Cli::try_parse_from(&arguments) {
        Ok(cli) => dispatch(&cli.command),
        Err(error) => return usage::report(&error, &arguments),
    };
    result.unwrap_or_else(|error| {
        if live::is_closed_pipe(&error) {
            return ExitCode::SUCCESS;
        }
        messages::print(&format!("mqttscope: {error:#}"));
        ExitCode::from(TROUBLE)
    })
}

fn dispatch(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(args) => args.verify().and_then(|()| commands::check::run(args)),
        Command::Packets(args) => commands::packets::run(args),
        Command::Sessions(args) => commands::sessions::run(args),
        Command::Tui(args) => commands::tui::run(args),
        Command::Record(args) => args.verify().and_then(|()| commands::record::run(args)),
        Command::Rules(args) => commands::rules::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Interfaces(args) => commands::interfaces::run(args),
    }
}
