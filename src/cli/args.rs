//! The command line as typed. The doc comments here are the help texts.

mod live;

use std::path::PathBuf;

use anyhow::bail;
use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub use live::{Live, Record};
use serde::Deserialize;

use super::scalar;
use super::value::{ByteSize, HexBytes, PortHint, Seconds};
use crate::finding::Severity;
use crate::flow::Role;
use crate::mqtt::Version;

/// Packet capture and protocol analyzer for MQTT 3.1, 3.1.1 and 5.0: who broke the protocol, where, by which clause, and
/// why the connection died.
#[derive(Debug, Parser)]
#[command(name = "mqttscope", version, max_term_width = 120, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 fine, 1 findings at or above --fail-on (check), 2 usage or input trouble.")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check captures against the specification and report what breaks it
    Check(Box<Check>),
    /// List MQTT control packets, one a line
    Packets(Box<Packets>),
    /// List MQTT connections: who, how long, what was found, how it ended and why
    Sessions(Box<Sessions>),
    /// Look at connections, packets, findings and keep-alive timelines in the terminal
    Tui(Box<Tui>),
    /// Capture on network interfaces into pcapng files
    Record(Box<Record>),
    /// List the rules
    Rules(Rules),
    /// Explain a rule, or a statement of the specification
    Explain(Explain),
    /// List the network interfaces of this machine
    Interfaces(Interfaces),
}

/// Options of every command.
#[derive(Args, Debug)]
pub struct Common {
    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Use colour
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
}

/// When to use colour. `auto`: on a terminal, unless NO_COLOR is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Options of the commands that read captures.
#[derive(Args, Debug)]
pub struct Reading {
    /// Capture files (pcap, pcapng; also gz, zst, lz4), directories, patterns, or - for standard input
    ///
    /// Several inputs are merged by time.
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<String>,
    /// Read only frames that match a filter expression of libpcap, such as `host 10.0.0.7`
    #[arg(short, long, value_name = "BPF", value_parser = NonEmptyStringValueParser::new())]
    pub filter: Option<String>,
    /// Server port N carries MQTT over plain, tls, ws or wss (plain if not said); known: 1883=plain, 8883=tls. Repeatable
    ///
    /// A connection whose CONNECT is in the capture is recognised on any port.
    #[arg(long = "port", value_name = "N[=KIND]")]
    pub ports: Vec<PortHint>,
    /// Version to assume where a connection's CONNECT is not in the capture: 3.1, 3.1.1 or 5.0
    #[arg(long, value_name = "VERSION")]
    pub assume_version: Option<Version>,
    /// Only these rules, separated by commas: a name, a clause, how either begins, a group (group:NAME where a rule has that
    /// name too), a side that is bound (client, server) or a severity (error, warning, info). Repeatable
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub select: Vec<String>,
    /// Without these rules, in the same words. Repeatable
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub ignore: Vec<String>,
    /// Show passwords and Authentication Data
    #[arg(long)]
    pub show_secrets: bool,
    /// No warnings and no progress on standard error
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say on standard error what was read and what was skipped; in the report of check, show every finding that was kept
    #[arg(short, long)]
    pub verbose: bool,
    /// While it is captured.
    #[command(flatten)]
    pub live: Live,
    /// For all commands.
    #[command(flatten)]
    pub common: Common,
    /// Where the configuration file is.
    #[command(flatten)]
    pub configuration: Configuration,
    /// For large or hostile captures.
    #[command(flatten)]
    pub bounds: Bounds,
    /// How long to wait for what is due.
    #[command(flatten)]
    pub times: Times,
}

/// Which configuration file is read.
#[derive(Args, Debug)]
pub struct Configuration {
    /// Configuration file [default: mqttscope.toml beside the first input or in the current folder, if there is one]
    ///
    /// Options on the command line win over what it says.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
}

/// Bounds on memory; `[limits]` of a configuration file. Hitting one is reported.
#[derive(Args, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table of bounds")]
#[command(next_help_heading = "Bounds (hitting one is reported; sizes take K, M, G)")]
pub struct Bounds {
    /// TCP connections tracked at a time [default: 262144]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_connections: Option<usize>,
    /// Keep-alive periods without a frame after which a connection is no longer followed, at least an hour [default: 30]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub idle_keep_alives: Option<u32>,
    /// Seconds without a frame after which a connection without Keep Alive is no longer followed [default: 86400]
    #[arg(long, value_name = "SECS", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub idle_timeout: Option<Seconds>,
    /// Out-of-order bytes held per direction [default: 1M]
    #[arg(long, value_name = "BYTES", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_held_bytes: Option<ByteSize>,
    /// Out-of-order segments held per direction [default: 1024]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_held_segments: Option<usize>,
    /// Longest packet that is decoded (of a PUBLISH: without its payload) [default: 1M]
    #[arg(long, value_name = "BYTES", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_packet_bytes: Option<ByteSize>,
    /// Bytes held of all connections together [default: 256M]
    #[arg(long, value_name = "BYTES", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_buffered_bytes: Option<ByteSize>,
    /// IP datagrams that wait for fragments [default: 1024]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_fragments: Option<usize>,
    /// Bytes of IP fragments held [default: 4M]
    #[arg(long, value_name = "BYTES", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_fragment_bytes: Option<ByteSize>,
    /// Findings kept in all, and connections named where a rule found more than is kept; the rest is counted [default: 10000]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub max_findings: Option<u64>,
    /// Findings kept per rule and connection; the rest is counted [default: 5]
    #[arg(long, value_name = "N", hide_short_help = true)]
    #[serde(deserialize_with = "scalar::some")]
    pub findings_per_rule: Option<u32>,
}

/// Times that no specification fixes.
#[derive(Args, Debug)]
#[command(next_help_heading = "Times that no specification fixes")]
pub struct Times {
    /// Seconds that an answer may take [default: 30]
    #[arg(long, value_name = "SECS", hide_short_help = true)]
    pub response_timeout: Option<Seconds>,
    /// Seconds that closing a connection may take [default: 5]
    #[arg(long, value_name = "SECS", hide_short_help = true)]
    pub close_timeout: Option<Seconds>,
}

/// `mqttscope check`.
#[derive(Args, Debug)]
pub struct Check {
    /// Format of the report
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: CheckFormat,
    /// Exit with 1 if there is a finding of this severity or a higher one [default: error]
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Neither show nor count the findings that FILE lists; more of them, and others, are new
    #[arg(long, value_name = "FILE", conflicts_with = "hex")]
    pub baseline: Option<PathBuf>,
    /// Accept the findings of today: list them in FILE for --baseline, and exit with 0
    #[arg(long, value_name = "FILE", conflicts_with = "hex")]
    pub write_baseline: Option<PathBuf>,
    /// Check these bytes instead of a capture: one or more control packets in hex, such as '30 05 00 03 61 2f 62'
    #[arg(long, value_name = "BYTES", conflicts_with = "inputs")]
    pub hex: Option<HexBytes>,
    /// Version of the packets of --hex: 3.1, 3.1.1 or 5.0
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Who sent the packets of --hex
    #[arg(long, value_name = "SIDE")]
    pub from: Option<Sender>,
    /// While it is captured, sum up this often; 0 for never [default: 60]
    #[arg(long, value_name = "SECS")]
    pub interval: Option<Seconds>,
    /// What to read, and how.
    #[command(flatten)]
    pub reading: Reading,
}

impl Check {
    /// Checks what clap cannot: `requires` gives way to `conflicts_with`.
    ///
    /// # Errors
    /// `--version` or `--from` without `--hex`; one file for two results.
    pub fn verify(&self) -> anyhow::Result<()> {
        if self.write_baseline.is_some() && self.write_baseline == self.reading.common.output {
            bail!("--write-baseline: is the file of -o too: name another one");
        }
        let option = [(self.version.is_some(), "--version"), (self.from.is_some(), "--from")].into_iter().find(|(given, _)| *given);
        match option {
            Some((_, option)) if self.hex.is_none() => {
                bail!("{option}: says something about the bytes of --hex: give those, or leave it out (--assume-version is for captures)")
            }
            _ => Ok(()),
        }
    }
}

/// Format of the report of `check`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people
    #[default]
    Text,
    /// One object
    Json,
    /// One finding a line
    Ndjson,
}

/// What makes `check` exit with 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A MUST was broken
    #[default]
    Error,
    /// The same, or a SHOULD
    Warning,
    /// Any finding
    Info,
    /// Nothing
    Never,
}

impl FailOn {
    /// The least severity that counts; `None` if none does.
    pub const fn least(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

/// A side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sender {
    /// The client
    Client,
    /// The server
    Server,
}

impl From<Sender> for Role {
    fn from(sender: Sender) -> Self {
        match sender {
            Sender::Client => Self::Client,
            Sender::Server => Self::Server,
        }
    }
}

const PACKET_FORMATS: &str = "\
    NDJSON: a field that is absent was not on the wire. Bytes that are not UTF-8 are shown with U+FFFD and given \
    whole in NAME_hex beside it; binary properties are hex; passwords and Authentication Data are *** without --show-secrets.\n\n\
    CSV columns: frame, file, time, connection, src, dst, from, version, type, size, remaining_length, transport, \
    dup, qos, retain, packet_id, topic, topic_alias, payload_length, client_id, keep_alive, filters (FILTER:QOS, \
    separated by `; `), reason_code (all codes, separated by spaces), reason, words. Control characters are escaped \
    (\\x1b); a cell that a spreadsheet would take for a formula gets a ' in front.";

/// `mqttscope packets`.
#[derive(Args, Debug)]
#[command(after_long_help = PACKET_FORMATS)]
pub struct Packets {
    /// Format of the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PacketFormat,
    /// How text shows time
    #[arg(long, value_name = "KIND", default_value = "absolute")]
    pub time: TimeFormat,
    /// What to read, and how.
    #[command(flatten)]
    pub reading: Reading,
}

/// Format of the list of packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PacketFormat {
    /// Aligned columns for people
    #[default]
    Text,
    /// One object a line, with every field of the packet
    Ndjson,
    /// Comma-separated values with a header row
    Csv,
}

/// How text shows time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TimeFormat {
    /// Time of day, UTC
    #[default]
    Absolute,
    /// Seconds since the first frame
    Relative,
    /// Seconds since the packet above
    Delta,
}

/// `mqttscope sessions`.
#[derive(Args, Debug)]
pub struct Sessions {
    /// Format of the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TableFormat,
    /// What comes first
    #[arg(long, value_name = "KEY", default_value = "start")]
    pub sort: SortKey,
    /// What to read, and how.
    #[command(flatten)]
    pub reading: Reading,
}

/// Format of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people
    #[default]
    Text,
    /// An array of objects
    Json,
}

/// What comes first in the list of connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SortKey {
    /// The oldest
    #[default]
    Start,
    /// The one with the worst findings
    Findings,
    /// The longest silence, measured in keep-alive periods
    Gap,
    /// The longest
    Duration,
    /// The most packets
    Packets,
    /// The most bytes
    Bytes,
    /// By client id
    ClientId,
}

/// `mqttscope tui`.
#[derive(Args, Debug)]
pub struct Tui {
    /// Colours
    #[arg(long, value_name = "THEME", default_value = "auto")]
    pub theme: crate::tui::Choice,
    /// Only ASCII: for terminals and fonts without Unicode
    #[arg(long)]
    pub ascii: bool,
    /// While it is captured, the last so many seconds can be looked into and saved [default: 300 on interfaces]
    #[arg(long, value_name = "SECS")]
    pub window: Option<Seconds>,
    /// The same in bytes of temporary files, also of standard input
    #[arg(long, value_name = "BYTES", default_value = "256M")]
    pub window_size: ByteSize,
    /// What to read, and how.
    #[command(flatten)]
    pub reading: Reading,
}

/// `mqttscope rules`.
#[derive(Args, Debug)]
pub struct Rules {
    /// Only rules for this version: 3.1, 3.1.1 or 5.0
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,
    /// Format of the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TableFormat,
    /// For all commands.
    #[command(flatten)]
    pub common: Common,
}

/// `mqttscope explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// Name of a rule, such as packet-id-zero, or id of a statement, such as MQTT-3.1.0-1
    #[arg(value_name = "RULE-OR-CLAUSE")]
    pub word: String,
    /// For all commands.
    #[command(flatten)]
    pub common: Common,
}

/// `mqttscope interfaces`.
#[derive(Args, Debug)]
pub struct Interfaces {
    /// Format of the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: TableFormat,
    /// For all commands.
    #[command(flatten)]
    pub common: Common,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::analysis::Limits;
    use crate::rule::Policy;

    #[test]
    fn declarations_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_tells_the_defaults() {
        let (limits, policy) = (Limits::default(), Policy::default());
        let defaults = [
            ("max_connections", limits.table.connections.to_string()),
            ("idle_keep_alives", limits.idle.keep_alives.to_string()),
            ("idle_timeout", Seconds(limits.idle.without).to_string()),
            ("max_held_bytes", ByteSize(limits.hold.bytes).to_string()),
            ("max_held_segments", limits.hold.segments.to_string()),
            ("max_packet_bytes", ByteSize(limits.framer.packet).to_string()),
            ("max_buffered_bytes", ByteSize(limits.buffered).to_string()),
            ("max_fragments", limits.fragments.datagrams.to_string()),
            ("max_fragment_bytes", ByteSize(limits.fragments.bytes).to_string()),
            ("max_findings", limits.findings.to_string()),
            ("findings_per_rule", limits.findings_per_rule.to_string()),
            ("response_timeout", Seconds(policy.response_timeout).to_string()),
            ("close_timeout", Seconds(policy.close_timeout).to_string()),
            ("fail_on", "error".to_owned()),
        ];
        let command = Cli::command();
        let check = command.find_subcommand("check").expect("there");
        for (name, default) in defaults {
            let argument = check.get_arguments().find(|argument| argument.get_id() == name).expect("there");
            let help = argument.get_help().expect("help").to_string();
            assert!(help.ends_with(&format!(" [default: {default}]")), "{name}: {help}");
        }
        assert_eq!(FailOn::default(), FailOn::Error);
    }
}
