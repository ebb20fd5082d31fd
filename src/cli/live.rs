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
use super::numbers::{self, Metrics, Server};
use crate::analysis::{self, Connection, GapView, LimitHits, Observer, PacketView};
use crate::capture::{
    Event, InterfaceDescription, InterfaceStatistics, RecordError, RecordOptions, Recorded, Recorder, Rotation, Source, Stop,
};
use crate::finding::Finding;
use crate::frame::{Counters, Frame, Mark};
use crate::index::load::Companion;
use crate::report::number::{bytes, counted};
use crate::time::Timestamp;

/// Who looks at the result, and where else it writes.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// A person watches: frames are handed over sooner.
    pub watched: bool,
    /// The result goes to standard output, unless `-o` says otherwise.
    pub prints: bool,
    /// Signals end the capture; otherwise somebody else looks after them.
    pub signals: bool,
    /// What is opened for writing later: files or folders.
    pub writable: Vec<PathBuf>,
}

/// A source that is open, with what goes along with it.
pub struct Opened {
    /// Where frames come from.
    pub source: Source,
    /// What goes along.
    pub beside: Beside,
}

/// What goes along with an analysis: a recording, numbers for Prometheus, and a watch that says when it is enough.
pub struct Beside {
    recording: Option<Recording>,
    metrics: Option<Metrics>,
    /// When it is enough.
    pub watch: Watch,
}

impl Beside {
    /// Something comes, before the analysis sees it. `false`: that is enough.
    ///
    /// # Errors
    /// It cannot be recorded.
    pub fn event(&mut self, event: &Event<'_>) -> anyhow::Result<bool> {
        match event {
            Event::Frame(frame) => {
                if let Some(recording) = &mut self.recording {
                    recording.frame(frame)?;
                }
                Ok(self.watch.frame())
            }
            Event::Mark(mark) => {
                if let Some(recording) = &mut self.recording {
                    recording.mark(mark)?;
                }
                self.watch.look();
                Ok(true)
            }
            Event::End => Ok(true),
        }
    }

    /// What became of the frames of interfaces, and how often bounds were hit.
    pub fn count(&mut self, interfaces: &[Counters], hits: &LimitHits) {
        if let Some(recording) = &mut self.recording {
            recording.count(interfaces);
        }
        if let Some(metrics) = &self.metrics {
            metrics.capture(interfaces);
            metrics.limits(hits.evicted, hits.expired);
        }
    }

    /// Nothing more will come: what was recorded, if anything was.
    ///
    /// # Errors
    /// It could not be written.
    pub fn finish(&mut self) -> anyhow::Result<Option<Recorded>> {
        self.recording.take().map(Recording::finish).transpose()
    }
}

impl Observer for Beside {
    fn opened(&mut self, opened: &analysis::Opened) {
        if let Some(metrics) = &mut self.metrics {
            metrics.opened(opened);
        }
    }

    fn gap(&mut self, gap: &GapView) {
        if let Some(metrics) = &mut self.metrics {
            metrics.gap(gap);
        }
    }

    fn packet(&mut self, packet: &PacketView<'_>) {
        if let Some(metrics) = &mut self.metrics {
            metrics.packet(packet);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        if let Some(metrics) = &mut self.metrics {
            metrics.finding(finding);
        }
    }

    fn connection(&mut self, connection: &Connection) {
        if let Some(metrics) = &mut self.metrics {
            metrics.connection(connection);
        }
    }
}

/// In the loading thread of the terminal UI.
impl Companion for Beside {
    fn event(&mut self, event: &Event<'_>) -> Result<bool, String> {
        Beside::event(self, event).map_err(|error| format!("{error:#}"))
    }

    fn count(&mut self, interfaces: &[Counters], hits: &LimitHits) {
        Beside::count(self, interfaces, hits);
    }

    fn finish(&mut self) -> Result<(), String> {
        Beside::finish(self).map(|_| ()).map_err(|error| format!("{error:#}"))
    }
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
    let mut results = surroundings.writable.iter().chain(&config.output);
    if let Some(path) = live.write.as_deref().filter(|path| results.any(|result| is_one(path, result))) {
        bail!("{}: the result would be written over the recording: name another file after -w", path.display());
    }
    // Listening is a right as well.
    let server = live.metrics.map(Server::bind).transpose()?;
    let (source, interfaces) = source(config, surroundings)?;
    let metrics = server.map(|server| serve(server, config)).transpose()?;
    let recording = live.write.as_deref().map(|path| Recording::begin(path, live, interfaces, source.inputs())).transpose()?;
    let watch = Watch::new(&source, live, surroundings.signals)?;
    Ok(Opened { source, beside: Beside { recording, metrics, watch } })
}

/// Serves numbers, and says where if the user cannot know or wants to hear all.
fn serve(server: Server, config: &Config) -> anyhow::Result<Metrics> {
    let address = server.address()?;
    let metrics = numbers::serve(server)?;
    let is_any_port = config.live.metrics.is_some_and(|asked| asked.port() == 0);
    if config.verbose || is_any_port {
        super::messages::print(&format!("mqttscope: metrics at http://{address}/metrics"));
    }
    Ok(metrics)
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
        super::messages::print(&format!("mqttscope: {achieved}"));
    }
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Whether two paths name the same file, which may not be there yet. What is written to a device is not kept.
fn is_one(path: &Path, other: &Path) -> bool {
    let place = |path: &Path| Some(folder(path).canonicalize().ok()?.join(path.file_name()?));
    let is_device = path.exists() && !path.is_file();
    !is_device && (super::output::is_same(path, other) || place(path).is_some_and(|path| Some(path) == place(other)))
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
struct Recording {
    recorder: Recorder,
    /// The time of the latest frame.
    latest: Timestamp,
    /// Frames by input. The kernel's numbers have those of loopback interfaces twice.
    delivered: Vec<u64>,
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
        let delivered = vec![0; interfaces.len()];
        Ok(Self { recorder: Recorder::create(options, interfaces)?, latest: Timestamp::default(), delivered })
    }

    /// Takes a frame.
    fn frame(&mut self, frame: &Frame<'_>) -> anyhow::Result<()> {
        self.latest = self.latest.max(frame.time);
        self.recorder.frame(frame)?;
        if let Some(delivered) = self.delivered.get_mut(frame.id.input() as usize) {
            *delivered += 1;
        }
        Ok(())
    }

    /// Between frames: what is held is written, and a file whose time is over is closed.
    fn mark(&mut self, mark: &Mark) -> anyhow::Result<()> {
        self.recorder.flush()?;
        Ok(mark.now.map_or(Ok(()), |now| self.recorder.tick(now))?)
    }

    /// What became of the frames, for the statistics at the end of each file.
    fn count(&mut self, counters: &[Counters]) {
        for (input, (counters, delivered)) in (0..).zip(counters.iter().zip(&self.delivered)) {
            let statistics = InterfaceStatistics {
                time: self.latest,
                received: Some(counters.received),
                dropped: Some(counters.dropped_interface),
                // There is no other word for frames that were captured and are not in the file.
                dropped_by_system: Some(counters.dropped_kernel + counters.dropped_own),
                delivered: Some(*delivered),
                ..InterfaceStatistics::default()
            };
            self.recorder.statistics(input, statistics);
        }
    }

    /// Closes the file.
    fn finish(self) -> anyhow::Result<Recorded> {
        Ok(self.recorder.finish()?)
    }
}

/// Who reads what is recorded has gone away: that is no trouble.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_closed = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
    matches!(error.downcast_ref(), Some(RecordError::Create { cause, .. } | RecordError::Write { cause, .. }) if is_closed(cause))
}

/// `120 frames (34.1 kB) recorded in out.pcapng`.
pub fn told(recorded: &Recorded, rotation: Rotation) -> String {
    let files = match recorded.files.as_slice() {
        // The first file of several is made with the first frame; standard output is never divided.
        [] if rotation != Rotation::default() => return "no frame came: no file was made".to_owned(),
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
    /// Frames that have come, and up to the last look, and when more had come at a look.
    frames: u64,
    looked: u64,
    frame: Instant,
    limit: u64,
    summed: Instant,
}

impl Watch {
    /// Watches over a source. With `signals`, SIGINT, SIGTERM and SIGHUP end a live one, and a second one the program.
    fn new(source: &Source, live: &Live, signals: bool) -> anyhow::Result<Self> {
        let signal = Arc::<AtomicBool>::default();
        if source.is_live() && signals {
            for number in [SIGINT, SIGTERM, SIGHUP] {
                flag::register_conditional_shutdown(number, 128 + number, Arc::clone(&signal))?;
                flag::register(number, Arc::clone(&signal))?;
            }
        }
        let now = Instant::now();
        Ok(Self {
            stop: source.stopper(),
            signal,
            begun: now,
            duration: live.duration.map(|time| time.0),
            idle: live.idle_exit.map(|time| time.0),
            frames: 0,
            looked: 0,
            frame: now,
            limit: live.count.unwrap_or(u64::MAX),
            summed: now,
        })
    }

    /// A frame has come; `false` if no more are wanted.
    fn frame(&mut self) -> bool {
        self.frames += 1;
        self.frames < self.limit
    }

    /// Ends a live source if it is time.
    fn look(&mut self) {
        if std::mem::replace(&mut self.looked, self.frames) != self.frames {
            self.frame = Instant::now();
        }
        let is_over = |limit: Option<Duration>, since: Instant| limit.is_some_and(|limit| since.elapsed() >= limit);
        if self.signal.load(Ordering::Relaxed) || is_over(self.duration, self.begun) || is_over(self.idle, self.frame) {
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
