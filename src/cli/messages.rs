//! What the program says on standard error: warnings, progress, a sum. Never part of a result.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::{Limits, Report};
use crate::capture::Progress;
use crate::report::text::{drops, losses};

/// Work that takes less is over before a bar can be read.
const PATIENCE: Duration = Duration::from_secs(1);

/// Standard error.
pub struct Messages {
    quiet: bool,
    verbose: bool,
    /// When the work began; `None` if progress is not wanted.
    since: Option<Instant>,
    bar: Option<ProgressBar>,
}

impl Messages {
    /// A bar is shown only where it does not get in the way: on a terminal that does not show the result as well.
    pub fn new(quiet: bool, verbose: bool, result_on_terminal: bool) -> Self {
        let wanted = !quiet && !result_on_terminal && io::stderr().is_terminal();
        Self { quiet, verbose, since: wanted.then(Instant::now), bar: None }
    }

    /// Something that the user must know.
    pub fn warning(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("mqttscope: warning: {text}"));
        }
    }

    /// How far the work has come.
    pub fn progress(&mut self, progress: Progress, frames: u64) {
        let Some(since) = self.since else { return };
        if self.bar.is_none() && since.elapsed() > PATIENCE {
            self.bar = Some(bar(progress.total));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(progress.read);
            bar.set_message(format!("{frames} frames"));
        }
    }

    /// The work is done.
    pub fn done(&mut self) {
        self.since = None;
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Bounds that were hit, what was lost, and what was left out.
    pub fn sum(&self, report: &Report, limits: &Limits) {
        let hits = &report.hits;
        let bounds = [
            (
                hits.evicted,
                format!("connections were let go while open: more than {} at a time (--max-connections)", limits.table.connections),
            ),
            (hits.expired, "connections were no longer followed: no frame came for long (--idle-keep-alives, --idle-timeout)".to_owned()),
            (
                hits.fragments,
                "IP fragments were dropped before their datagram was whole (--max-fragments, --max-fragment-bytes)".to_owned(),
            ),
            (
                hits.held,
                "holes in byte streams were given up early (--max-held-bytes, --max-held-segments, --max-buffered-bytes)".to_owned(),
            ),
            (hits.oversize, format!("packets were longer than {} bytes and not decoded (--max-packet-bytes)", limits.framer.packet)),
            (hits.findings, format!("findings were counted but not kept: more than {} (--max-findings)", limits.findings)),
            (hits.repeats, "connections had more findings of a rule than are kept and are not named with it (--max-findings)".to_owned()),
        ];
        for (count, what) in bounds.iter().filter(|(count, _)| *count > 0) {
            self.warning(&format!("bound reached: {count} {what}"));
        }
        let stats = &report.stats;
        losses(stats).for_each(|line| self.warning(&line));
        for (transport, count) in &stats.not_analysed {
            let connections = if *count == 1 { "connection" } else { "connections" };
            self.warning(&format!("{count} {connections} over {} not read: only plain TCP is", transport.name()));
        }
        if stats.frames == 0 {
            self.warning("no frame was read: the inputs hold none, or the filter (-f) matches none");
        }
        if stats.mqtt_connections == 0 && stats.not_analysed.is_empty() && stats.frames > 0 {
            self.warning(&format!(
                "no MQTT in {} frames with {} TCP connections: if it runs on a port of its own, name it with --port",
                stats.frames, stats.tcp_connections
            ));
        }
        if self.verbose {
            self.line(&format!(
                "mqttscope: {} frames, {} bytes, {} TCP connections, {} of them MQTT, {} packets, {} gaps",
                stats.frames, stats.bytes, stats.tcp_connections, stats.mqtt_connections, stats.packets, stats.gaps
            ));
            // Those that lost some were told of above.
            for interface in stats.interfaces.iter().filter(|interface| interface.dropped() == 0) {
                self.line(&format!("mqttscope: {}", drops(interface)));
            }
            for (why, count) in &stats.skipped {
                self.line(&format!("mqttscope: skipped {count} frames: {why}"));
            }
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| print(text)),
            None => print(text),
        }
    }
}

/// Prints one line, whatever the text holds. Standard error may be closed: there is nobody to tell then.
pub fn print(text: &str) {
    let line: String = text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let _ = writeln!(io::stderr(), "{line}");
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{percent:>3} % {wide_bar} {binary_bytes} of {binary_total_bytes}, {msg}, {eta} left",
        None => "{spinner} {binary_bytes}, {msg}",
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
