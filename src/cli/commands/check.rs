//! `mqttscope check`: the conformance report.

use std::process::ExitCode;

use anyhow::bail;

use crate::analysis::{Connection, Observer};
use crate::cli::args::Check;
use crate::cli::config::Config;
use crate::cli::output::Output;
use crate::cli::run::{Capture, Sink};
use crate::finding::Severity;
use crate::rules;

/// Exit code for findings at or above `--fail-on`.
const FINDINGS: u8 = 1;

/// Checks the inputs.
///
/// # Errors
/// The inputs cannot be read, or the result cannot be written.
pub fn run(args: &Check) -> anyhow::Result<ExitCode> {
    let config = Config::new(&args.reading)?;
    if args.hex.is_some() {
        bail!("--hex: not in this build: give a capture");
    }
    let capture = Capture::open(&config)?;
    let mut output = Output::open(config.output.as_deref(), capture.inputs())?;
    let mut counts = Counts::default();
    capture.analyze(rules::all(), &mut counts)?;
    let [info, warnings, errors] = counts.0;
    output.put(format!("{errors} errors, {warnings} warnings, {info} notes\n").as_bytes());
    output.finish()?;
    let failed = args.fail_on.least().is_some_and(|least| counts.0.iter().skip(least as usize).any(|count| *count > 0));
    Ok(if failed { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

/// Findings by severity, repetitions included.
#[derive(Default)]
struct Counts([u64; 3]);

impl Observer for Counts {
    fn connection(&mut self, connection: &Connection) {
        for severity in [Severity::Info, Severity::Warning, Severity::Error] {
            self.0[severity as usize] += connection.count(severity);
        }
    }
}

impl Sink for Counts {}
