//! Packets for people: aligned columns, the client on the left.
//!
//! ```text
//! frame  time             conn  client             server          packet
//!     4  10:00:00.100000     0  10.0.3.7:51822 ──▶ 10.0.0.5:1883   CONNECT 3.1.1 "pump-07" keep alive 60 s clean session
//!     6  10:00:00.108000     0  10.0.3.7:51822 ◀── 10.0.0.5:1883   CONNACK Connection Accepted
//! ```

use std::fmt::Write as _;

use crate::analysis::{PacketView, describe};
use crate::cli::args::TimeFormat;
use crate::cli::clock::Clock;
use crate::cli::paint::{DIM, Paint, RED, packet_style};
use crate::flow::Role;
use crate::show;
use crate::time::Timestamp;

/// Width of an IPv4 address with a port of five digits; longer ones widen the column from there on.
const ENDPOINT: usize = 21;

/// Writes packets.
#[derive(Debug)]
pub struct Writer {
    line: String,
    clock: Clock,
    time: TimeFormat,
    /// What relative and delta times count from.
    origin: Option<Timestamp>,
    paint: Paint,
    files: Vec<String>,
    /// Widths of the columns of the file, the client and the server.
    widths: [usize; 3],
}

impl Writer {
    /// A writer; `inputs` are the names of all inputs, `first` is the time of the first frame.
    pub fn new(inputs: &[String], time: TimeFormat, paint: Paint) -> Self {
        let mut writer = Self {
            line: String::new(),
            clock: Clock::default(),
            time,
            origin: None,
            paint,
            files: Vec::new(),
            widths: [0, ENDPOINT, ENDPOINT],
        };
        writer.inputs(inputs);
        writer
    }

    /// There are more inputs now.
    pub fn inputs(&mut self, inputs: &[String]) {
        self.files = if inputs.len() > 1 { inputs.iter().map(|input| show::text(input.as_bytes())).collect() } else { Vec::new() };
        self.widths[0] = self.files.iter().map(|file| file.chars().count()).max().unwrap_or(0);
    }

    /// The first frame's time.
    pub fn begin(&mut self, first: Timestamp) {
        self.origin = Some(first);
    }

    /// The line above all.
    pub fn heading(&mut self) -> &str {
        let [file, client, server] = self.widths;
        let mut line = format!("{:>7}  ", "frame");
        if !self.files.is_empty() {
            let _ = write!(line, "{:<file$}  ", "file");
        }
        let _ = write!(line, "{:<15}  {:>5}  {:<client$}     {:<server$}  packet", self.time_heading(), "conn", "client", "server");
        self.line.clear();
        let _ = writeln!(self.line, "{}", self.paint.text(DIM, line));
        &self.line
    }

    /// The line of a packet.
    pub fn line(&mut self, view: &PacketView<'_>) -> &str {
        let (client, server) = match view.from {
            Role::Client => (view.source, view.destination),
            Role::Server => (view.destination, view.source),
        };
        let arrow = if view.from == Role::Client { "──▶" } else { "◀──" };
        let end = view.framed.end;
        self.line.clear();
        let _ = write!(self.line, "{:>7}  ", end.frame.number());
        if let Some(file) = self.files.get(end.frame.input() as usize) {
            let _ = write!(self.line, "{file:<width$}  ", width = self.widths[0]);
        }
        self.push_time(end.time);
        let [client, server] = [client.to_string(), server.to_string()];
        self.widths[1] = self.widths[1].max(client.len());
        self.widths[2] = self.widths[2].max(server.len());
        let [_, left, right] = self.widths;
        let _ = write!(self.line, "  {:>5}  {client:<left$} {arrow} {server:<right$}  ", view.connection);
        self.push_words(view);
        self.line.push('\n');
        &self.line
    }

    fn time_heading(&self) -> &'static str {
        match self.time {
            TimeFormat::Absolute => "time (UTC)",
            TimeFormat::Relative => "       time (s)",
            TimeFormat::Delta => "      delta (s)",
        }
    }

    fn push_time(&mut self, time: Timestamp) {
        if self.time == TimeFormat::Absolute {
            self.line.push_str(self.clock.of_day(time));
            return;
        }
        let origin = self.origin.unwrap_or(time);
        if self.time == TimeFormat::Delta {
            self.origin = Some(time);
        }
        // Captures may go backwards.
        let micros = time.as_nanos().saturating_sub(origin.as_nanos()) / 1000;
        let sign = if micros < 0 { "-" } else { "" };
        let (seconds, rest) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
        let _ = write!(self.line, "{:>15}", format!("{sign}{seconds}.{rest:06}"));
    }

    fn push_words(&mut self, view: &PacketView<'_>) {
        let words = describe(view.packet, view.framed, view.session, view.from);
        let kind = view.packet.packet_type();
        let (words, malformed) = words.split_at(words.rfind(" [malformed").unwrap_or(words.len()));
        let rest = words.strip_prefix(kind.name()).unwrap_or(words);
        let _ = write!(self.line, "{}{rest}", self.paint.text(packet_style(kind), kind.name()));
        if !malformed.is_empty() {
            let _ = write!(self.line, "{}", self.paint.text(RED, malformed));
        }
    }
}
