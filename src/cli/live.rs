//! What live captures need besides the analysis: devices opened and rights given up, a recording beside it, numbers for Prometheus,
//! and when to end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::bail;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::args::Live;
use super::config::Config;
use super::messages;
use super::numbers::{self, Metrics, Server};
use crate::capture::{InterfaceDescription, InterfaceStatistics, RecordError, RecordOptions, Recorded, Recorder, Rotation, Source, Stop};
use crate::frame::{Counters, Frame, Mark};
use crate::report::number::{bytes, counted};
use crate::time::Timestamp;

/// Who looks at the result, and where else it writes.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// A person watches: frames are handed over at once.
    pub watched: bool,
    /// The result goes to standard output, unless `-o` says otherwise.
    pub prints: bool,
    /// What is opened for writing later: files or folders.
    pub writable: Vec<PathBuf>,
}

/// A source that is open, with what goes along with it.
pub struct Opened {
    /// Where frames come from.
    pub source: Source,
    /// Where they are written as well.
    pub recording: Option<Recording>,
    /// Numbers for Prometheus.
    pub metrics: Option<Metrics>,
}

/// Opens interfaces, gives up rights, and only then begins to read: files, interfaces, whatever is asked for.
///
/// # Errors
/// Something cannot be opened, or a right cannot be given up.
pub fn open(config: &Config, surroundings: &Surroundings) -> anyhow::Result<Opened> {
    let live = &config.live;
    if live.write.as_deref() == Some(Path::new("-")) && surroundings.prints && config.output.is_none() {
        bail!("-w -: standard output is wanted for frames and for the result: name a file after -o or -w");
    }
    // Listening is a right as well.
    let server = live.metrics.map(Server::bind).transpose()?;
    let (source, interfaces) = source(config, surroundings)?;
    let metrics = server.map(numbers::serve).transpose()?;
    let recording = live.write.as_deref().map(|path| Recording::begin(path, live, interfaces, source.inputs())).transpose()?;
    Ok(Opened { source, recording, metrics })
}

#[cfg(feature = "live")]
fn source(config: &Config, surroundings: &Surroundings) -> anyhow::Result<(Source, Vec<InterfaceDescription>)> {
    use crate::capture::{Devices, Interfaces};

    let live = &config.live;
    if live.interfaces.is_empty() {
        if live.user.is_some() {
            give_up(config, surroundings)?;
        }
        return Ok((files(config)?, Vec::new()));
    }
    let devices = Devices::open(&Interfaces {
        names: live.interfaces.clone(),
        filter: config.options.filter.clone(),
        ports: config.ports.clone(),
        snap_length: live.snap_length,
        promiscuous: !live.no_promiscuous,
        buffer: live.buffer_size.0,
        immediate: live.immediate || surroundings.watched,
    })?;
    give_up(config, surroundings)?;
    let described = devices.opened().map(|opened| InterfaceDescription {
        snap_length: opened.snap_length,
        filter: opened.filter.clone().unwrap_or_default(),
        ..InterfaceDescription::new(opened.name.clone(), opened.link)
    });
    let described = described.collect();
    Ok((Source::sniff(devices, &config.options)?, described))
}

#[cfg(not(feature = "live"))]
fn source(config: &Config, _: &Surroundings) -> anyhow::Result<(Source, Vec<InterfaceDescription>)> {
    match config.live.interfaces.first() {
        Some(name) => Err(crate::capture::CaptureError::CaptureUnavailable { name: name.clone() }.into()),
        None => Ok((files(config)?, Vec::new())),
    }
}

fn files(config: &Config) -> anyhow::Result<Source> {
    let open = if config.live.follow && config.inputs != ["-"] { Source::follow } else { Source::open };
    Ok(open(&config.inputs, &config.options)?)
}

/// Gives up all rights that are not needed any more.
#[cfg(feature = "live")]
fn give_up(config: &Config, surroundings: &Surroundings) -> anyhow::Result<()> {
    let mut writable = surroundings.writable.clone();
    let is_file = |path: &&PathBuf| path.as_path() != Path::new("-");
    writable.extend(config.output.iter().filter(is_file).cloned());
    if let Some(path) = config.live.write.iter().find(is_file) {
        let rotates = config.live.rotation() != Rotation::default();
        // Names of a ring are made from the path, in its folder.
        writable.push(if rotates { folder(path) } else { path.clone() });
    }
    let achieved = crate::privilege::drop(&crate::privilege::Wanted { user: config.live.user.clone(), writable })?;
    if config.verbose {
        messages::print(&format!("mqttscope: {achieved}"));
    }
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

impl Live {
    /// When another file of `-w` begins.
    pub fn rotation(&self) -> Rotation {
        Rotation {
            bytes: self.rotate_size.map(|size| size.0 as u64),
            period: self.rotate_time.map(|time| time.0),
            frames: self.rotate_count,
        }
    }
}

/// Frames on their way into a file.
pub struct Recording {
    recorder: Recorder,
    /// The time of the latest frame.
    latest: Timestamp,
}

impl Recording {
    fn begin(path: &Path, live: &Live, interfaces: Vec<InterfaceDescription>, inputs: &[String]) -> anyhow::Result<Self> {
        if inputs.iter().any(|input| super::output::is_same(path, Path::new(input))) {
            bail!("{}: is an input too and would be overwritten: name another file after -w", path.display());
        }
        if live.follow && inputs.iter().any(|input| super::output::is_same(&folder(path), Path::new(input))) {
            bail!("{}: its folder is followed, so that it would be read again: name a file elsewhere after -w", path.display());
        }
        let options = RecordOptions {
            path: path.to_owned(),
            rotate: live.rotation(),
            keep: live.keep.map(std::num::NonZeroUsize::get),
            comment: format!("captured on {}", inputs.join(", ")),
        };
        Ok(Self { recorder: Recorder::create(options, interfaces)?, latest: Timestamp::default() })
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// It cannot be written. What was written before can be read.
    pub fn frame(&mut self, frame: &Frame<'_>) -> anyhow::Result<()> {
        self.latest = self.latest.max(frame.time);
        Ok(self.recorder.frame(frame)?)
    }

    /// Between frames: what is held is written, and a file whose time is over is closed.
    ///
    /// # Errors
    /// As [`Recording::frame`].
    pub fn mark(&mut self, mark: &Mark) -> anyhow::Result<()> {
        self.recorder.flush()?;
        Ok(mark.now.map_or(Ok(()), |now| self.recorder.tick(now))?)
    }

    /// What became of the frames, for the statistics at the end of each file.
    pub fn count(&mut self, counters: &[Counters]) {
        for (input, counters) in (0..).zip(counters) {
            let statistics = InterfaceStatistics {
                time: self.latest,
                received: Some(counters.received),
                dropped: Some(counters.dropped_interface),
                dropped_by_system: Some(counters.dropped_kernel),
                delivered: Some(counters.received.saturating_sub(counters.dropped_kernel + counters.dropped_own)),
                ..InterfaceStatistics::default()
            };
            self.recorder.statistics(input, statistics);
        }
    }

    /// Closes the file.
    ///
    /// # Errors
    /// As [`Recording::frame`].
    pub fn finish(self) -> anyhow::Result<Recorded> {
        Ok(self.recorder.finish()?)
    }
}

/// Who reads what is recorded has gone away: that is no trouble.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(RecordError::Write { cause, .. }) if cause.kind() == std::io::ErrorKind::BrokenPipe)
}

/// `120 frames (34.1 kB) in out.pcapng`.
pub fn told(recorded: &Recorded) -> String {
    let files = match recorded.files.as_slice() {
        [] => "standard output".to_owned(),
        [one] => one.display().to_string(),
        [first, .., last] => format!("{} files, {} to {}", recorded.files.len(), first.display(), last.display()),
    };
    let removed = if recorded.removed == 0 { String::new() } else { format!(", {} removed", counted(recorded.removed, "older file")) };
    format!("{} ({}) recorded in {files}{removed}", counted(recorded.frames, "frame"), bytes(recorded.bytes))
}

/// When a live capture is to end.
pub struct Watch {
    stop: Stop,
    signal: Arc<AtomicBool>,
    begun: Instant,
    duration: Option<Duration>,
    idle: Option<Duration>,
    /// Frames that had come when one came last, and when that was.
    frame: (u64, Instant),
    summed: Instant,
}

impl Watch {
    /// Watches over a live source: SIGINT, SIGTERM and SIGHUP end it, a second one the program.
    ///
    /// # Errors
    /// The system does not let signals be listened for.
    pub fn new(source: &Source, live: &Live) -> anyhow::Result<Self> {
        let signal = Arc::<AtomicBool>::default();
        if source.is_live() {
            for number in [SIGINT, SIGTERM, SIGHUP] {
                flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&signal))?;
                flag::register(number, Arc::clone(&signal))?;
            }
        }
        let now = Instant::now();
        let (duration, idle) = (live.duration.map(|time| time.0), live.idle_exit.map(|time| time.0));
        Ok(Self { stop: source.stopper(), signal, begun: now, duration, idle, frame: (0, now), summed: now })
    }

    /// So many frames have come up to now.
    pub fn passed(&mut self, frames: u64) {
        if frames != self.frame.0 {
            self.frame = (frames, Instant::now());
        }
    }

    /// Ends the source if it is time.
    pub fn look(&self) {
        let is_over = |limit: Option<Duration>, since: Instant| limit.is_some_and(|limit| since.elapsed() >= limit);
        if self.signal.load(Ordering::Relaxed) || is_over(self.duration, self.begun) || is_over(self.idle, self.frame.1) {
            self.stop.stop();
        }
    }

    /// Whether an interval is over.
    pub fn is_due(&mut self, interval: Option<Duration>) -> bool {
        let is_due = interval.is_some_and(|interval| self.summed.elapsed() >= interval);
        if is_due {
            self.summed = Instant::now();
        }
        is_due
    }
}
