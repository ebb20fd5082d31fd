//! The loop that all reading commands share: frames from the inputs into the analysis and beside it into a file, warnings to
//! standard error.

use std::time::Duration;

use super::config::Config;
use super::live::{self, Beside, Opened, Surroundings};
use super::messages::{self, Messages};
use crate::analysis::{Analyzer, Both, LimitHits, Observer, Report, Settings};
use crate::capture::{Event, Source};
use crate::report::text::{Interim, drops};
use crate::rule::Rule;
use crate::time::Timestamp;

/// Every how many frames warnings, progress and the sink are looked after.
const HOUSEKEEPING: u64 = 4096;

/// What a result tells of its own making. It is not told again on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tells {
    /// Nothing.
    Nothing,
    /// What was left out, and which bounds were reached.
    Sums,
    /// The same, and the warnings about the inputs.
    All,
}

/// Takes what the analysis finds and makes it a result.
pub trait Sink: Observer {
    /// The time of the first frame, before anything else is told.
    fn begin(&mut self, _first: Timestamp) {}

    /// The result goes to a terminal while it is made.
    fn is_on_terminal(&self) -> bool {
        false
    }

    /// How much the result itself tells of what standard error would tell.
    fn tells(&self) -> Tells {
        Tells::Nothing
    }

    /// There are more inputs now: all their names.
    fn inputs(&mut self, _names: &[String]) {}

    /// How often it wants to be summed up while it is captured.
    fn interval(&self) -> Option<Duration> {
        None
    }

    /// What is known at present, while it is captured.
    fn sum(&mut self, _interim: &Interim<'_>) {}

    /// Shows what it has, because more may be long in coming.
    fn flush(&mut self) {}

    /// Nothing more is wanted: the reader of the result has gone away.
    fn is_done(&self) -> bool {
        false
    }
}

/// Inputs that are open.
pub struct Capture<'a> {
    config: &'a Config,
    opened: Opened,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The sum of the analysis.
    pub report: Report,
    /// Warnings about the inputs, as they were printed.
    pub warnings: Vec<String>,
    /// Names of the inputs, those that were found on the way too.
    pub inputs: Vec<String>,
    /// What ended it before its time.
    broken: Option<anyhow::Error>,
}

impl Outcome {
    /// With anything to tell of; a capture that ended before its first frame has no result.
    ///
    /// # Errors
    /// What ended it.
    pub fn begun(self) -> anyhow::Result<Self> {
        match self.broken {
            Some(error) if self.report.stats.frames == 0 => Err(error),
            broken => Ok(Self { broken, ..self }),
        }
    }

    /// When the result is written: what ended the capture before its time.
    ///
    /// # Errors
    /// That.
    pub fn end(self) -> anyhow::Result<()> {
        self.broken.map_or(Ok(()), Err)
    }
}

impl<'a> Capture<'a> {
    /// Opens all inputs.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn open(config: &'a Config, surroundings: &Surroundings) -> anyhow::Result<Self> {
        Ok(Self { config, opened: live::open(config, surroundings)? })
    }

    /// Names of the inputs; `FrameId::input` counts them.
    pub fn inputs(&self) -> &[String] {
        self.opened.source.inputs()
    }

    /// Frames come while they are captured.
    pub fn is_live(&self) -> bool {
        self.opened.source.is_live()
    }

    /// Reads all frames, or until the sink has enough. What ends it before its time is told in the outcome: nothing that was
    /// found is lost.
    pub fn analyze(self, rules: &'static [Rule], sink: &mut impl Sink) -> Outcome {
        let config = self.config;
        let mut analyzer = Analyzer::new(rules, Settings { live: self.is_live(), ..config.settings.clone() });
        let mut messages = Messages::new(config.quiet, config.verbose, sink.is_on_terminal());
        let Ended { source, mut beside, warnings, broken } = self.run(Some(&mut analyzer), sink, &mut messages);
        let report = analyzer.finish(&mut Both(sink, &mut beside));
        // Of nothing that came, the error alone has to be told.
        let has_begun = broken.is_none() || report.stats.frames > 0;
        if has_begun && !sink.is_done() && sink.tells() == Tells::Nothing {
            messages.sum(&report, &config.settings.limits);
        }
        Outcome { report, warnings, inputs: source.inputs().to_vec(), broken }
    }

    /// Reads all frames for the recording alone, and tells what became of them.
    ///
    /// # Errors
    /// Whatever ended it before its time.
    pub fn record(self) -> anyhow::Result<()> {
        let config = self.config;
        let mut messages = Messages::new(config.quiet, config.verbose, false);
        let Ended { source, broken, .. } = self.run(None, &mut Nobody, &mut messages);
        for interface in source.counters().iter().filter(|_| !config.quiet) {
            messages::print(&format!("mqttscope: {}", drops(interface)));
        }
        broken.map_or(Ok(()), Err)
    }

    fn run(self, mut analyzer: Option<&mut Analyzer>, sink: &mut impl Sink, messages: &mut Messages) -> Ended {
        let Self { config, opened: Opened { mut source, mut beside } } = self;
        if let Some(file) = config.file.as_deref().filter(|_| config.verbose) {
            messages::print(&format!("mqttscope: configured by {file}"));
        }
        let (mut warnings, mut frames) = (Vec::new(), 0u64);
        let mut broken = loop {
            let event = match source.poll() {
                Ok(event) => event,
                Err(error) => break Some(error.into()),
            };
            let goes_on = match beside.event(&event) {
                Ok(goes_on) => goes_on,
                Err(error) => break Some(error),
            };
            match event {
                Event::Frame(frame) => {
                    if frames == 0 {
                        sink.begin(frame.time);
                    }
                    if let Some(analyzer) = &mut analyzer {
                        analyzer.push(&frame, &mut Both(sink, &mut beside));
                    }
                    frames += 1;
                    if goes_on && !frames.is_multiple_of(HOUSEKEEPING) {
                        continue;
                    }
                }
                Event::Mark(mark) => {
                    if source.take_names() {
                        sink.inputs(source.inputs());
                    }
                    if let Some(analyzer) = &mut analyzer {
                        analyzer.mark(&mark, &mut Both(sink, &mut beside));
                        count(&source, analyzer, &mut beside);
                        if beside.watch.is_due(sink.interval()) {
                            sink.sum(&Interim { report: &analyzer.sum(), now: mark.now, open: analyzer.open() });
                        }
                    }
                    sink.flush();
                }
                Event::End => break None,
            }
            warn(&mut source, messages, sink.tells(), &mut warnings);
            messages.progress(source.progress(), frames);
            if !goes_on || sink.is_done() {
                break None;
            }
        };
        messages.done();
        source.close();
        warn(&mut source, messages, sink.tells(), &mut warnings);
        match analyzer {
            Some(analyzer) => count(&source, analyzer, &mut beside),
            None => beside.count(&source.counters(), &LimitHits::default()),
        }
        match beside.finish() {
            Ok(Some(recorded)) if !config.quiet => {
                messages::print(&format!("mqttscope: {}", live::told(&recorded, config.live.rotation())))
            }
            Ok(_) => {}
            Err(error) => broken = broken.or(Some(error)),
        }
        Ended { source, beside, warnings, broken: broken.filter(|error| !live::is_closed_pipe(error)) }
    }
}

/// Tells what became of the frames.
fn count(source: &Source, analyzer: &mut Analyzer, beside: &mut Beside) {
    let counters = source.counters();
    beside.count(&counters, &analyzer.hits());
    analyzer.count(counters);
}

/// What is left when all frames were read.
struct Ended {
    source: Source,
    beside: Beside,
    warnings: Vec<String>,
    broken: Option<anyhow::Error>,
}

/// Wants nothing of what is found.
struct Nobody;

impl Observer for Nobody {}

impl Sink for Nobody {}

fn warn(source: &mut Source, messages: &Messages, told: Tells, warnings: &mut Vec<String>) {
    for warning in source.take_warnings() {
        let text = warning.to_string();
        if told < Tells::All {
            messages.warning(&text);
        }
        warnings.push(text);
    }
}
