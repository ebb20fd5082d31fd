//! What the options of the reading commands and the configuration file come to. The command line wins.

use std::path::PathBuf;

use anyhow::bail;

use super::args::{ColorChoice, FailOn, Live, Reading};
use super::file::{File, Found};
use super::suggest;
use super::value::{ByteSize, Seconds};
use crate::analysis::{IdleLimits, Limits, Settings};
use crate::capture;
use crate::framing::FramerLimits;
use crate::net::FragmentLimits;
use crate::rule::{Policy, Selection};
use crate::session::Grace;
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
    /// The configuration file that was read, if there is one.
    pub file: Option<String>,
    /// What it says of what makes `check` exit with 1.
    pub fail_on: Option<FailOn>,
    /// File for the result; `None` for standard output.
    pub output: Option<PathBuf>,
    /// When to use colour.
    pub color: ColorChoice,
    /// No warnings, no progress.
    pub quiet: bool,
    /// Say what was read.
    pub verbose: bool,
    /// While it is captured.
    pub live: Live,
    /// Ports of `--port`: on interfaces, nothing else is captured.
    pub ports: Vec<u16>,
}

impl Config {
    /// From the command line and the configuration file.
    ///
    /// # Errors
    /// The file cannot be read or understood, or a word of `--select` or `--ignore` stands for no rule.
    pub fn new(reading: &Reading) -> anyhow::Result<Self> {
        let found = Found::look(&reading.configuration, &reading.inputs)?;
        let (mut selection, exemptions) = match &found {
            Some(found) => (found.selection()?, found.exemptions()?),
            None => Default::default(),
        };
        choose(&mut selection, reading)?;
        let (path, file) = found.map_or_else(Default::default, |found| (Some(found.path.display().to_string()), found.file));
        let mut ports = Ports::default();
        for hint in file.ports.iter().chain(&reading.ports) {
            ports.set(hint.port, hint.transport);
        }
        Ok(Self {
            inputs: reading.inputs.clone(),
            options: capture::Options { filter: reading.filter.clone(), queue: reading.live.queue_size.0, ..capture::Options::default() },
            settings: Settings {
                ports,
                assume_version: reading.assume_version,
                selection,
                exemptions,
                policy: policy(reading, &file),
                limits: limits(reading, &file),
                show_secrets: reading.show_secrets,
                live: false,
            },
            file: path,
            fail_on: file.fail_on,
            output: reading.common.output.clone(),
            color: reading.common.color,
            quiet: reading.quiet,
            verbose: reading.verbose,
            live: reading.live.clone(),
            ports: reading.ports.iter().map(|hint| hint.port).collect(),
        })
    }
}

/// `--select` says anew which rules; `--ignore` adds to what the file ignores.
fn choose(selection: &mut Selection, reading: &Reading) -> anyhow::Result<()> {
    for (option, words) in [("--select", &reading.select), ("--ignore", &reading.ignore)] {
        if let Some(why) = words.iter().find_map(|word| suggest::unknown(word)) {
            bail!("{option} {why}");
        }
    }
    if !reading.select.is_empty() {
        selection.select.clone_from(&reading.select);
        selection.ignore.clear();
    }
    selection.ignore.extend(reading.ignore.iter().cloned());
    Ok(())
}

fn policy(reading: &Reading, file: &File) -> Policy {
    let default = Policy::default();
    let seconds = |typed: Option<Seconds>, said: Option<Seconds>, default| typed.or(said).map_or(default, |Seconds(time)| time);
    let grace = default.keep_alive_grace;
    Policy {
        response_timeout: seconds(reading.times.response_timeout, file.response_timeout, default.response_timeout),
        close_timeout: seconds(reading.times.close_timeout, file.close_timeout, default.close_timeout),
        keep_alive_grace: Grace {
            least: seconds(None, file.keep_alive_grace.seconds, grace.least),
            percent: file.keep_alive_grace.percent.unwrap_or(grace.percent),
        },
    }
}

fn limits(reading: &Reading, file: &File) -> Limits {
    let (typed, said, default) = (&reading.bounds, &file.limits, Limits::default());
    let bytes = |typed: Option<ByteSize>, said: Option<ByteSize>, default| typed.or(said).map_or(default, |ByteSize(bytes)| bytes);
    let number = |typed: Option<usize>, said: Option<usize>, default| typed.or(said).unwrap_or(default);
    Limits {
        fragments: FragmentLimits {
            datagrams: number(typed.max_fragments, said.max_fragments, default.fragments.datagrams),
            bytes: bytes(typed.max_fragment_bytes, said.max_fragment_bytes, default.fragments.bytes),
            ..default.fragments
        },
        table: TableLimits { connections: number(typed.max_connections, said.max_connections, default.table.connections) },
        idle: IdleLimits {
            keep_alives: typed.idle_keep_alives.or(said.idle_keep_alives).unwrap_or(default.idle.keep_alives),
            without: typed.idle_timeout.or(said.idle_timeout).map_or(default.idle.without, |Seconds(time)| time),
            ..default.idle
        },
        hold: HoldLimits {
            bytes: bytes(typed.max_held_bytes, said.max_held_bytes, default.hold.bytes),
            segments: number(typed.max_held_segments, said.max_held_segments, default.hold.segments),
        },
        framer: FramerLimits { packet: bytes(typed.max_packet_bytes, said.max_packet_bytes, default.framer.packet) },
        buffered: bytes(typed.max_buffered_bytes, said.max_buffered_bytes, default.buffered),
        findings_per_rule: typed.findings_per_rule.or(said.findings_per_rule).unwrap_or(default.findings_per_rule),
        findings: typed.max_findings.or(said.max_findings).unwrap_or(default.findings),
    }
}
