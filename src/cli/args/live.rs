//! What is typed to capture on interfaces, to follow captures that grow, and to record.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::Reading;
use crate::cli::value::{ByteSize, Seconds, listen_address};

/// Capturing on interfaces, and following captures that are still being written.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Live")]
pub struct Live {
    /// Capture on this network interface instead of reading files, or on `any`. Repeatable
    #[arg(short, long = "interface", value_name = "IFACE", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "inputs")]
    pub interfaces: Vec<String>,
    /// Wait at the end of the inputs for more: files that grow, a folder to which a ring of files is written
    #[arg(long, conflicts_with = "interfaces")]
    pub follow: bool,
    /// Write all frames to FILE as well, in pcapng; - for standard output
    #[arg(short, long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// End after N frames
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// End after this time
    #[arg(long, value_name = "SECS")]
    pub duration: Option<Seconds>,
    /// End when no frame has come for this time
    #[arg(long, value_name = "SECS")]
    pub idle_exit: Option<Seconds>,
    /// Begin another file of -w after this many bytes (K, M, G)
    #[arg(long, value_name = "BYTES", requires = "write")]
    pub rotate_size: Option<ByteSize>,
    /// Begin another file of -w after this time
    #[arg(long, value_name = "SECS", requires = "write")]
    pub rotate_time: Option<Seconds>,
    /// Begin another file of -w after this many frames
    #[arg(long, value_name = "N", requires = "write", value_parser = clap::value_parser!(u64).range(1..))]
    pub rotate_count: Option<u64>,
    /// Keep the newest N files of -w, remove older ones of this run
    #[arg(long, value_name = "N", requires = "write")]
    pub keep: Option<NonZeroUsize>,
    /// Serve numbers for Prometheus at this address, such as 127.0.0.1:9469 (only a port: on 127.0.0.1)
    #[arg(long, value_name = "ADDR", value_parser = listen_address)]
    pub metrics: Option<SocketAddr>,
    /// Started as root: go on as this user once the interfaces are open [default: who called sudo]
    #[arg(long, value_name = "USER", value_parser = NonEmptyStringValueParser::new())]
    pub user: Option<String>,
    /// Bytes captured of each frame
    #[arg(long, value_name = "BYTES", default_value = "262144", hide_short_help = true, value_parser = clap::value_parser!(u32).range(64..=262_144))]
    pub snap_length: u32,
    /// Do not put interfaces into promiscuous mode
    #[arg(short = 'p', long, hide_short_help = true)]
    pub no_promiscuous: bool,
    /// The kernel's buffer, for each interface
    #[arg(long, value_name = "BYTES", default_value = "64M", hide_short_help = true)]
    pub buffer_size: ByteSize,
    /// Frames that may wait for the analysis, in bytes
    #[arg(long, value_name = "BYTES", default_value = "64M", hide_short_help = true)]
    pub queue_size: ByteSize,
    /// Hand over frames sooner, as on a terminal, also where nobody watches
    #[arg(long, hide_short_help = true)]
    pub immediate: bool,
}

/// `mqttscope record`.
#[derive(Args, Debug)]
pub struct Record {
    /// Print the packets as well
    #[arg(long)]
    pub print: bool,
    /// What to capture, and how.
    #[command(flatten)]
    pub reading: Reading,
}

impl Record {
    /// Checks what clap cannot.
    ///
    /// # Errors
    /// No file to write to, or nothing to capture on.
    pub fn verify(&self) -> anyhow::Result<()> {
        if self.reading.live.write.is_none() {
            bail!("record: no file to write to: name one after -w");
        }
        if self.reading.live.interfaces.is_empty() && self.reading.inputs.is_empty() {
            bail!("record: nothing to capture on: name an interface after -i (mqttscope interfaces lists them)");
        }
        Ok(())
    }
}
