//! The loading thread: frames from the inputs into the analysis, batches out of it into a channel. When nobody takes them it
//! waits; when nobody will, it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::Index;
use super::batch::{BATCH, Batch};
use super::builder::Builder;
use crate::analysis::{Analyzer, Report, Settings};
use crate::capture::{CaptureError, Source};
use crate::rule::Rule;
use crate::time::Timestamp;

/// Batches that may wait to be taken in.
const QUEUE: usize = 8;

/// Frames between two looks at how far reading has come.
const HOUSEKEEPING: u64 = 4096;

/// How often the state of open connections is told; less often where that would cost more than one part in [`SHARE`].
const SUMMARIES: Duration = Duration::from_millis(100);
const SHARE: u32 = 16;

/// What the thread tells.
#[derive(Debug)]
pub enum Message {
    /// Something for the index.
    Batch(Box<Batch>),
    /// All inputs were read; nothing follows.
    Done(Box<Report>),
    /// Reading failed, what came before is good; nothing follows.
    Failed(CaptureError),
}

/// A capture that is being loaded. Dropping it ends the thread.
#[derive(Debug)]
pub struct Loading {
    messages: Receiver<Message>,
    waiting: Arc<AtomicUsize>,
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

    fn taken(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Starts to load a source.
///
/// # Errors
/// The system gives no thread.
pub fn start(source: Source, rules: &'static [Rule], settings: Settings) -> std::io::Result<Loading> {
    let (sender, messages) = sync_channel(QUEUE);
    let waiting = Arc::<AtomicUsize>::default();
    let post = Post { sender, waiting: Arc::clone(&waiting) };
    thread::Builder::new().name("load".into()).spawn(move || load(source, Analyzer::new(rules, settings), &post))?;
    Ok(Loading { messages, waiting })
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

fn load(source: Source, analyzer: Analyzer, post: &Post) {
    let deliver = post.clone();
    let builder = Builder::new(Box::new(move |batch| deliver.send(Message::Batch(Box::new(batch)))));
    match run(source, analyzer, builder, || post.is_empty()) {
        Ok(report) => post.send(Message::Done(Box::new(report))),
        Err(error) => post.send(Message::Failed(error)),
    };
}

/// Loads a source without a thread, for those who have time.
///
/// # Errors
/// As [`Source::next`].
pub fn all(source: Source, rules: &'static [Rule], settings: Settings) -> Result<(Index, Report), CaptureError> {
    let (sender, batches) = std::sync::mpsc::channel();
    let builder = Builder::new(Box::new(move |batch| sender.send(batch).is_ok()));
    let report = run(source, Analyzer::new(rules, settings), builder, || false)?;
    let mut index = Index::new();
    batches.into_iter().for_each(|batch| index.apply(batch));
    Ok((index, report))
}

/// Reads a source to its end, or until nobody wants more. `is_awaited`: somebody has nothing to do but to take the next batch.
fn run(mut source: Source, mut analyzer: Analyzer, mut builder: Builder, is_awaited: impl Fn() -> bool) -> Result<Report, CaptureError> {
    // What is piped in may be live: it is told as soon as somebody is there to listen.
    let live = source.progress().total.is_none();
    let (mut frames, mut first, mut due) = (0, None, Instant::now());
    let end = loop {
        match source.next() {
            Ok(Some(frame)) => {
                first.get_or_insert(frame.time);
                analyzer.push(&frame, &mut builder);
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        frames += 1;
        let awaited = live && is_awaited();
        if builder.pending() >= BATCH / 2 || frames % HOUSEKEEPING == 0 || awaited {
            let now = Instant::now();
            if now >= due || awaited {
                builder.sum_up(&analyzer);
                due = now + SUMMARIES.max(now.elapsed() * SHARE);
            }
            tell(&mut builder, &mut source, frames, first);
        }
        if builder.is_unwanted() {
            break Ok(());
        }
    };
    if let Err(error) = end {
        builder.sum_up(&analyzer);
        tell(&mut builder, &mut source, frames, first);
        return Err(error);
    }
    let report = analyzer.finish(&mut builder);
    tell(&mut builder, &mut source, frames, first);
    Ok(report)
}

fn tell(builder: &mut Builder, source: &mut Source, frames: u64, first: Option<Timestamp>) {
    let warnings: Vec<String> = source.take_warnings().iter().map(ToString::to_string).collect();
    builder.flush(|batch| {
        (batch.progress, batch.frames, batch.first) = (source.progress(), frames, first);
        batch.warnings = warnings;
    });
}
