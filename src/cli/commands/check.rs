//! `mqttscope check`: the conformance report, of captures or of packets in hand.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::time::Duration;

use crate::analysis::{Connection, Observer, Opened, Question, Violation, inspect};
use crate::cli::args::{Check, CheckFormat};
use crate::cli::config::Config;
use crate::cli::known::{self, Book};
use crate::cli::live::Surroundings;
use crate::cli::output::Output;
use crate::cli::paint::Paint;
use crate::cli::run::{Capture, Sink, Tells};
use crate::finding::{Finding, Severity};
use crate::flow::Role;
use crate::report::style::Palette;
use crate::report::text::{self, Interim, Options, Told};
use crate::report::{Collected, Document, Files, Known, Terms, fails, json, lone, ndjson};
use crate::rules;
use crate::time::Timestamp;

/// How often a live check is summed up, unless that is said.
const INTERVAL: Duration = Duration::from_secs(60);

/// Exit code for findings at or above `--fail-on`.
const FINDINGS: u8 = 1;

/// Checks the inputs, or the bytes of `--hex`.
///
/// # Errors
/// The inputs cannot be read, or the result cannot be written.
pub fn run(args: &Check) -> anyhow::Result<ExitCode> {
    let config = Config::new(&args.reading)?;
    let worst = match &args.hex {
        Some(hex) => bytes(args, &config, &hex.0)?,
        // What is accepted is no reason to fail.
        None => capture(args, &config)?.filter(|_| args.write_baseline.is_none()),
    };
    let fail_on = args.fail_on.or(config.fail_on).unwrap_or_default();
    Ok(if fails(worst, fail_on.least()) { ExitCode::from(FINDINGS) } else { ExitCode::SUCCESS })
}

/// Checks captures; the worst severity found.
fn capture(args: &Check, config: &Config) -> anyhow::Result<Option<Severity>> {
    let watched = args.format == CheckFormat::Text && io::stdout().is_terminal();
    let surroundings = Surroundings { watched, prints: true, signals: true, writable: args.write_baseline.iter().cloned().collect() };
    let capture = Capture::open(config, &surroundings)?;
    let inputs = capture.inputs().to_vec();
    let book = Book::open(args.baseline.as_deref(), args.write_baseline.is_some())?;
    let output = Output::open(config.output.as_deref(), &inputs)?;
    let streams = args.format == CheckFormat::Ndjson;
    let kept = usize::try_from(config.settings.limits.findings).unwrap_or(usize::MAX);
    let collected = Collected::default().keeping(if streams { 0 } else { kept });
    // Only JSON tells of each connection.
    let collected = if args.format == CheckFormat::Json { collected } else { collected.by_side() };
    let told = capture.is_live().then(|| Live {
        start: None,
        open: HashMap::new(),
        interval: args.interval.map_or(INTERVAL, |interval| interval.0),
        options: options(config, palette(config, &output)),
        quiet: config.quiet,
    });
    let mut work = Work { format: args.format, inputs, live: told, output, collected, book };
    let outcome = capture.analyze(rules::all(), &mut work).begun()?;
    let Work { mut output, collected, book, .. } = work;
    let (report, inputs) = (&outcome.report, &outcome.inputs);
    // Those of a stream were told while it ran.
    let warnings = if streams { &[] } else { outcome.warnings.as_slice() };
    let stale = book.stale(&config.settings.selection);
    let file = args.baseline.as_deref().map(|path| path.display().to_string());
    let known = file.as_deref().zip(book.baseline.as_ref());
    let known = known.map(|(file, baseline)| Known { file, accepted: baseline.accepted(), stale: &stale });
    let terms = Terms { configuration: config.file.as_deref(), known };
    let document = Document { inputs, warnings, collected: &collected, report, terms };
    match args.format {
        CheckFormat::Text => {
            let palette = palette(config, &output);
            text::write(&mut output, &document, &options(config, palette))?;
        }
        CheckFormat::Json => json::write(&mut output, &document)?,
        CheckFormat::Ndjson => {
            output.flush();
            if !config.quiet && !output.is_closed() {
                // Nobody may be listening there.
                let _ = text::summary(&mut io::stderr().lock(), &document, &options(config, Palette::new(false)));
            }
        }
    }
    output.finish()?;
    if let Some(path) = args.baseline.as_deref().filter(|_| !config.quiet) {
        known::tell(path, &stale);
    }
    if let Some((path, tally)) = args.write_baseline.as_deref().zip(book.tally.as_ref()) {
        known::write(path, inputs, tally, config.quiet)?;
    }
    let worst = collected.totals.worst();
    outcome.end()?;
    Ok(worst)
}

/// Checks packets in hand; the worst severity found.
fn bytes(args: &Check, config: &Config, bytes: &[u8]) -> anyhow::Result<Option<Severity>> {
    let mut output = Output::open(config.output.as_deref(), &[])?;
    let question = Question { version: args.version, from: args.from.map(Role::from), settings: config.settings.clone() };
    let answer = inspect(bytes, rules::all(), &question);
    match args.format {
        CheckFormat::Text => {
            let palette = palette(config, &output);
            text::packets(&mut output, bytes, &answer, &palette)?;
        }
        CheckFormat::Json => lone::json(&mut output, bytes, &answer)?,
        CheckFormat::Ndjson => lone::ndjson(&mut output, &answer)?,
    }
    output.finish()?;
    Ok(lone::worst(&answer))
}

fn palette(config: &Config, output: &Output) -> Palette {
    Palette::new(Paint::new(config.color, output.is_terminal()).is_on())
}

const fn options(config: &Config, palette: Palette) -> Options {
    if config.verbose { Options::long(palette) } else { Options::short(palette) }
}

/// How findings are told while the capture goes on.
struct Live {
    start: Option<Timestamp>,
    /// The connections that go on, by number.
    open: HashMap<u64, Opened>,
    interval: Duration,
    options: Options,
    quiet: bool,
}

/// Collects for the report at the end, or writes findings at once.
struct Work {
    format: CheckFormat,
    inputs: Vec<String>,
    /// Findings are told as they come.
    live: Option<Live>,
    output: Output,
    collected: Collected,
    book: Book,
}

impl Work {
    /// Tells a finding at once. The output keeps its own troubles.
    fn tell(&mut self, finding: &Finding, pending: bool) {
        let files = Files(&self.inputs);
        let _ = match (self.format, &self.live) {
            (CheckFormat::Ndjson, _) if pending => ndjson::pending(&mut self.output, finding, files),
            (CheckFormat::Ndjson, _) => ndjson::write(&mut self.output, finding, files),
            (CheckFormat::Text, Some(live)) => {
                let told = Told { finding, pending, opened: live.open.get(&finding.connection), start: live.start, files };
                text::told(&mut self.output, &told, &live.options)
            }
            _ => Ok(()),
        };
    }
}

impl Observer for Work {
    fn accepts(&mut self, violation: &Violation<'_>) -> bool {
        self.book.accepts(violation)
    }

    fn finding(&mut self, finding: &Finding) {
        self.collected.finding(finding);
        self.tell(finding, false);
    }

    fn pending(&mut self, finding: &Finding) {
        if !self.book.would_accept(&finding.violation()) {
            self.tell(finding, true);
        }
    }

    fn opened(&mut self, opened: &Opened) {
        if let Some(live) = &mut self.live {
            live.open.insert(opened.connection, *opened);
        }
    }

    fn connection(&mut self, connection: &Connection) {
        if let Some(live) = &mut self.live {
            live.open.remove(&connection.number);
        }
        self.collected.connection(connection);
    }
}

impl Sink for Work {
    fn begin(&mut self, first: Timestamp) {
        if let Some(live) = &mut self.live {
            live.start = Some(first);
        }
    }

    fn inputs(&mut self, names: &[String]) {
        self.inputs = names.to_vec();
    }

    fn interval(&self) -> Option<Duration> {
        let wanted = |live: &&Live| !live.interval.is_zero() && (self.format == CheckFormat::Text || !live.quiet);
        self.live.as_ref().filter(wanted).map(|live| live.interval)
    }

    fn sum(&mut self, interim: &Interim<'_>) {
        let told = self.collected.told;
        // Nobody may be listening on standard error; the output keeps its own troubles.
        let _ = match self.format {
            CheckFormat::Text => text::interim(&mut self.output, interim, told),
            CheckFormat::Json | CheckFormat::Ndjson => text::interim(&mut io::stderr().lock(), interim, told),
        };
        self.output.flush();
    }

    fn is_on_terminal(&self) -> bool {
        (self.format == CheckFormat::Ndjson || self.live.is_some()) && self.output.is_terminal()
    }

    fn tells(&self) -> Tells {
        match self.format {
            CheckFormat::Text => Tells::All,
            CheckFormat::Json => Tells::Nothing,
            CheckFormat::Ndjson => Tells::Sums,
        }
    }

    fn flush(&mut self) {
        self.output.flush();
    }

    fn is_done(&self) -> bool {
        // What is known, and what is stale, has to be read to the end.
        self.output.is_closed() && self.book.is_empty()
    }
}
