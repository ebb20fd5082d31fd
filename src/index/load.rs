//! The loading thread: frames from the inputs into the analysis, batches out of it into a channel. When nobody takes them it
//! waits; when nobody will, it ends.
//!
//! Of a live source, marks move the clock of the analysis on while no frame comes, and are told like frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::Index;
use super::batch::{BATCH, Batch, Live};
use super::builder::Builder;
use crate::analysis::{Analyzer, Both, LimitHits, Observer, Report, Settings};
use crate::capture::{CaptureError, Event, Source, Stop};
use crate::frame::{Counters, Mark};
use crate::rule::Rule;
use crate::time::Timestamp;

/// Batches that may wait to be taken in.
const QUEUE: usize = 8;

/// Frames between two looks at how far reading has come.
const HOUSEKEEPING: u64 = 4096;

/// How often the state of open connections is told; less often where that would cost more than one part in [`SHARE`].
const SUMMARIES: Duration = Duration::from_millis(100);
const SHARE: u32 = 16;

/// How often the sum of a live capture is made.
const SUMS: Duration = Duration::from_secs(1);

/// What the thread tells.
#[derive(Debug)]
pub enum Message {
    /// Something for the index.
    Batch(Box<Batch>),
    /// All inputs were read; nothing follows.
    Done(Box<Report>),
    /// Reading ended before its time, for this reason, what came before is good; nothing follows.
    Failed(String),
}

/// Goes along with a source that is loaded: sees what comes from it, and what is found.
pub trait Companion: Observer + Send {
    /// Something comes, before the analysis sees it. `false`: that is enough.
    ///
    /// # Errors
    /// Loading has to end, for this reason.
    fn event(&mut self, _event: &Event<'_>) -> Result<bool, String> {
        Ok(true)
    }

    /// What became of the frames of interfaces, and how often bounds were hit.
    fn count(&mut self, _interfaces: &[Counters], _hits: &LimitHits) {}

    /// Nothing more will come.
    ///
    /// # Errors
    /// Something could not be finished.
    fn finish(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// Nobody goes along.
struct Alone;

impl Observer for Alone {}

impl Companion for Alone {}

/// A capture that is being loaded. Dropping it ends the thread, at the next frame or mark.
#[derive(Debug)]
pub struct Loading {
    messages: Receiver<Message>,
    waiting: Arc<AtomicUsize>,
    stop: Stop,
    /// Why loading ended before its time, if it did; closed when the thread is over.
    over: Receiver<String>,
    /// The thread has something to finish: it ends soon when its source is told to.
    finishes: bool,
}

impl Loading {
    /// The next message, if there is one.
    ///
    /// # Errors
    /// There is none now, or none ever.
    pub fn try_next(&self) -> Result<Message, TryRecvError> {
        self.messages.try_recv().inspect(|_| self.taken())
    }

    /// The next message; `None` if there will be none. Waits for it.
    pub fn next(&self) -> Option<Message> {
        self.messages.recv().ok().inspect(|_| self.taken())
    }

    /// Ends the source, and waits for the thread to finish what depends on it, but not for longer than `patience`. Tells why
    /// loading had ended before its time, if it had.
    pub fn finish(self, patience: Duration) -> Option<String> {
        let Self { messages, stop, over, finishes, .. } = self;
        stop.stop();
        // Nobody takes any more: a thread that waits for that goes on.
        drop(messages);
        // An error is no word of that: all is well, or it takes too long.
        over.recv_timeout(if finishes { patience } else { Duration::ZERO }).ok()
    }

    fn taken(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Starts to load a source, with somebody who goes along.
///
/// # Errors
/// The system gives no thread.
pub fn start(
    source: Source,
    rules: &'static [Rule],
    settings: Settings,
    companion: Option<Box<dyn Companion>>,
) -> std::io::Result<Loading> {
    let (sender, messages) = sync_channel(QUEUE);
    let waiting = Arc::<AtomicUsize>::default();
    let post = Post { sender, waiting: Arc::clone(&waiting) };
    let (running, over) = channel();
    let (stop, finishes) = (source.stopper(), source.is_live() || companion.is_some());
    let settings = Settings { live: settings.live || source.is_live(), ..settings };
    thread::Builder::new().name("load".into()).spawn(move || {
        let end = load(source, Analyzer::new(rules, settings), &post, companion.unwrap_or_else(|| Box::new(Alone)));
        // Source and companion are gone by now.
        if let Err(why) = end {
            // Nobody may want to know.
            let _ = running.send(why);
        }
    })?;
    Ok(Loading { messages, waiting, stop, over, finishes })
}

/// The thread's end of the channel.
#[derive(Clone)]
struct Post {
    sender: SyncSender<Message>,
    /// Messages that were not taken yet.
    waiting: Arc<AtomicUsize>,
}

impl Post {
    /// `false` if nobody will take it.
    fn send(&self, message: Message) -> bool {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.sender.send(message).is_ok()
    }

    fn is_empty(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }
}

fn load(mut source: Source, analyzer: Analyzer, post: &Post, mut companion: Box<dyn Companion>) -> Result<(), String> {
    let deliver = post.clone();
    let builder = Builder::new(Box::new(move |batch| deliver.send(Message::Batch(Box::new(batch)))), source.is_live());
    match run(&mut source, analyzer, builder, &mut *companion, || post.is_empty()) {
        Ok(report) => {
            post.send(Message::Done(Box::new(report)));
            Ok(())
        }
        Err(error) => {
            let why = error.to_string();
            post.send(Message::Failed(why.clone()));
            Err(why)
        }
    }
}

/// Loads a source without a thread, for those who have time.
///
/// # Errors
/// As [`Source::next`].
pub fn all(mut source: Source, rules: &'static [Rule], settings: Settings) -> Result<(Index, Report), LoadError> {
    let (sender, batches) = channel();
    let builder = Builder::new(Box::new(move |batch| sender.send(batch).is_ok()), source.is_live());
    let report = run(&mut source, Analyzer::new(rules, settings), builder, &mut Alone, || false)?;
    let mut index = Index::new();
    batches.into_iter().for_each(|batch| index.apply(batch));
    Ok((index, report))
}

/// How far loading has come.
#[derive(Debug, Default)]
struct Head {
    frames: u64,
    first: Option<Timestamp>,
    live: Option<Live>,
    /// The marks tell the time: of interfaces, which also count. Elsewhere the frames do.
    has_clock: bool,
    /// When the sum of a live capture is made next.
    due: Option<Instant>,
}

/// Reads a source to its end, or until nobody wants more. `is_awaited`: somebody has nothing to do but to take the next batch.
fn run(
    source: &mut Source,
    mut analyzer: Analyzer,
    mut builder: Builder,
    companion: &mut dyn Companion,
    is_awaited: impl Fn() -> bool,
) -> Result<Report, LoadError> {
    // What is piped in may be live: it is told as soon as somebody is there to listen.
    let live = source.is_live() || source.progress().total.is_none();
    let has_clock = !source.counters().is_empty();
    let mut head = Head { live: source.is_live().then(Live::default), has_clock, ..Head::default() };
    let mut due = Instant::now();
    let end = loop {
        let event = match source.poll() {
            Ok(event) => event,
            Err(error) => break Err(error.into()),
        };
        let goes_on = match companion.event(&event) {
            Ok(goes_on) => goes_on,
            Err(why) => break Err(LoadError::Companion(why)),
        };
        let due_now = match event {
            Event::Frame(frame) => {
                head.frame(frame.time);
                analyzer.push(&frame, &mut Both(&mut builder, companion));
                head.frames.is_multiple_of(HOUSEKEEPING)
            }
            Event::Mark(mark) => {
                head.mark(&mark, source);
                analyzer.mark(&mark, &mut Both(&mut builder, companion));
                if mark.lost > 0 || mark.clock_was_set {
                    // The silences that go on are in doubt.
                    builder.all_changed();
                }
                count(source, &mut analyzer, companion);
                false
            }
            Event::End => break Ok(()),
        };
        if !goes_on {
            break Ok(());
        }
        let awaited = live && is_awaited();
        if builder.pending() >= BATCH / 2 || due_now || awaited {
            let now = Instant::now();
            if now >= due || awaited {
                builder.sum_up(&analyzer);
                due = now + SUMMARIES.max(now.elapsed() * SHARE);
            }
            head.sum(&analyzer);
            tell(&mut builder, source, &mut head);
        }
        if builder.is_unwanted() {
            break Ok(());
        }
    };
    count(source, &mut analyzer, companion);
    let report = analyzer.finish(&mut Both(&mut builder, companion));
    let end = end.and(companion.finish().map_err(LoadError::Companion));
    if let Some(live) = head.live.as_mut().filter(|_| end.is_err()) {
        live.report = Some(Box::new(report.clone()));
    }
    tell(&mut builder, source, &mut head);
    end.map(|()| report)
}

/// Tells what became of the frames.
fn count(source: &Source, analyzer: &mut Analyzer, companion: &mut dyn Companion) {
    let counters = source.counters();
    companion.count(&counters, &analyzer.hits());
    analyzer.count(counters);
}

/// Why loading ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The source failed.
    #[error(transparent)]
    Source(#[from] CaptureError),
    /// Who went along could not go on.
    #[error("{0}")]
    Companion(String),
}

impl Head {
    fn frame(&mut self, at: Timestamp) {
        self.first.get_or_insert(at);
        self.frames += 1;
        if let Some(live) = self.live.as_mut().filter(|_| !self.has_clock) {
            live.now = Some(at);
        }
    }

    fn mark(&mut self, mark: &Mark, source: &mut Source) {
        let Some(live) = &mut self.live else { return };
        live.now = mark.now.or(live.now);
        if source.take_names() {
            live.inputs = Some(source.inputs().to_vec());
        }
    }

    /// Makes the sum of a live capture, from time to time.
    fn sum(&mut self, analyzer: &Analyzer) {
        let Some(live) = &mut self.live else { return };
        let now = Instant::now();
        if self.due.is_none_or(|due| now >= due) {
            live.report = Some(Box::new(analyzer.sum()));
            self.due = Some(now + SUMS.max(now.elapsed() * SHARE));
        }
    }
}

fn tell(builder: &mut Builder, source: &mut Source, head: &mut Head) {
    let warnings: Vec<String> = source.take_warnings().iter().map(ToString::to_string).collect();
    let live = head.live.as_mut().map(|live| Live {
        now: live.now,
        inputs: live.inputs.take(),
        counters: source.counters(),
        window: source.window_begin(),
        report: live.report.take(),
    });
    builder.flush(|batch| {
        (batch.progress, batch.frames, batch.first) = (source.progress(), head.frames, head.first);
        (batch.warnings, batch.live) = (warnings, live);
    });
}
