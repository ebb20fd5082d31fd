//! What the options of the reading commands come to.

use std::path::PathBuf;

use anyhow::bail;

use super::args::{ColorChoice, Reading};
use super::suggest;
use crate::analysis::{Limits, Settings};
use crate::capture;
use crate::framing::FramerLimits;
use crate::net::FragmentLimits;
use crate::rule::{Policy, Selection};
use crate::rules;
use crate::stream::{HoldLimits, TableLimits};
use crate::transport::Ports;

/// Everything a reading command needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Inputs as typed.
    pub inputs: Vec<String>,
    /// How to read them.
    pub options: capture::Options,
    /// How to analyse them.
    pub settings: Settings,
    /// File for the result; `None` for standard output.
    pub output: Option<PathBuf>,
    /// When to use colour.
    pub color: ColorChoice,
    /// No warnings, no progress.
    pub quiet: bool,
    /// Say what was read.
    pub verbose: bool,
}

impl Config {
    /// From the command line.
    ///
    /// # Errors
    /// A word of `--select` or `--ignore` stands for no rule.
    pub fn new(reading: &Reading) -> anyhow::Result<Self> {
        let selection = Selection { select: reading.select.clone(), ignore: reading.ignore.clone() };
        known(&selection)?;
        let mut ports = Ports::default();
        for hint in &reading.ports {
            ports.set(hint.port, hint.transport);
        }
        let bounds = &reading.bounds;
        let defaults = Limits::default();
        Ok(Self {
            inputs: reading.inputs.clone(),
            options: capture::Options { filter: reading.filter.clone(), ..capture::Options::default() },
            settings: Settings {
                ports,
                assume_version: reading.assume_version,
                selection,
                policy: Policy { response_timeout: bounds.response_timeout.0, close_timeout: bounds.close_timeout.0 },
                limits: Limits {
                    fragments: FragmentLimits { datagrams: bounds.max_fragments, bytes: bounds.max_fragment_bytes.0, ..defaults.fragments },
                    table: TableLimits { connections: bounds.max_connections },
                    hold: HoldLimits { bytes: bounds.max_held_bytes.0, segments: bounds.max_held_segments },
                    framer: FramerLimits { packet: bounds.max_packet_bytes.0 },
                    buffered: bounds.max_buffered_bytes.0,
                    findings_per_rule: bounds.findings_per_rule,
                    findings: bounds.max_findings,
                },
                show_secrets: reading.show_secrets,
            },
            output: reading.common.output.clone(),
            color: reading.common.color,
            quiet: reading.quiet,
            verbose: reading.verbose,
        })
    }
}

fn known(selection: &Selection) -> anyhow::Result<()> {
    let Some(word) = selection.unknown(rules::all()).first().copied() else { return Ok(()) };
    let option = if selection.select.iter().any(|selected| selected == word) { "--select" } else { "--ignore" };
    let near = suggest::near(word, suggest::words());
    let hint = if near.is_empty() { String::new() } else { format!("did you mean {}? ", near.join(" or ")) };
    bail!("{option} {word:?}: no rule, clause, group, side or severity is called or begins so: {hint}`mqttscope rules` lists the rules")
}
