//! The loop that all reading commands share: frames from the inputs into the analysis, warnings to standard error.

use super::config::Config;
use super::messages::{self, Messages};
use crate::analysis::{Analyzer, Observer, Report};
use crate::capture::Source;
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
    source: Source,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The sum of the analysis.
    pub report: Report,
    /// Warnings about the inputs, as they were printed.
    pub warnings: Vec<String>,
}

impl<'a> Capture<'a> {
    /// Opens all inputs.
    ///
    /// # Errors
    /// One cannot be read.
    pub fn open(config: &'a Config) -> anyhow::Result<Self> {
        Ok(Self { config, source: Source::open(&config.inputs, &config.options)? })
    }

    /// Names of the inputs; `FrameId::input` counts them.
    pub fn inputs(&self) -> &[String] {
        self.source.inputs()
    }

    /// Reads all frames, or until the sink has enough.
    ///
    /// # Errors
    /// The medium fails.
    pub fn analyze(self, rules: &'static [Rule], sink: &mut impl Sink) -> anyhow::Result<Outcome> {
        let Self { config, mut source } = self;
        if let Some(file) = config.file.as_deref().filter(|_| config.verbose) {
            messages::print(&format!("mqttscope: configured by {file}"));
        }
        let mut messages = Messages::new(config.quiet, config.verbose, sink.is_on_terminal());
        let mut analyzer = Analyzer::new(rules, config.settings.clone());
        // What is piped in may be live: every packet is shown at once.
        let live = source.progress().total.is_none();
        let mut warnings = Vec::new();
        let mut frames = 0u64;
        while let Some(frame) = source.next()? {
            if frames == 0 {
                sink.begin(frame.time);
            }
            analyzer.push(&frame, sink);
            frames += 1;
            if live {
                sink.flush();
            }
            if frames.is_multiple_of(HOUSEKEEPING) {
                warn(&mut source, &messages, sink.tells(), &mut warnings);
                messages.progress(source.progress(), frames);
            }
            if sink.is_done() {
                break;
            }
        }
        messages.done();
        warn(&mut source, &messages, sink.tells(), &mut warnings);
        let report = analyzer.finish(sink);
        if !sink.is_done() && sink.tells() == Tells::Nothing {
            messages.sum(&report, &config.settings.limits);
        }
        Ok(Outcome { report, warnings })
    }
}

fn warn(source: &mut Source, messages: &Messages, told: Tells, warnings: &mut Vec<String>) {
    for warning in source.take_warnings() {
        let text = warning.to_string();
        if told < Tells::All {
            messages.warning(&text);
        }
        warnings.push(text);
    }
}
