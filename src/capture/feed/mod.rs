//! Frames that come while they are captured: each input is read by a thread of its own, which only copies them into a queue
//! ([`queue`]); here they are taken out again, in time order, with marks that say how far the clock of the capture has come.
//!
//! ```text
//! interface ─sniff──┐
//! growing file ─tail┼─→ Batch ─(bounded queue)→ Feeds ─→ frames and marks
//! standard input ───┘
//! ```
//!
//! An input tells with each batch up to which time it has given everything; frames of the others wait for that. An input that does
//! not know (a file that does not grow at present) keeps nobody waiting.

#[cfg(test)]
pub(crate) mod double;
mod queue;
#[cfg(feature = "live")]
pub(super) mod sniff;
pub(super) mod tail;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

pub(super) use queue::{Batch, Queue};

use super::error::{CaptureError, Warning};
use crate::frame::{Counters, Frame, FrameId, Mark};
use crate::time::Timestamp;

/// How long nothing may be told while nothing comes.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long threads may take to tell their last frames after they were told to stop. One that waits for standard input does not
/// hear it.
const FAREWELL: Duration = Duration::from_millis(500);

/// The same of interfaces, whose threads always hear it: only a machine that is very busy keeps them from it.
const LONG_FAREWELL: Duration = Duration::from_secs(5);

/// How many bytes may wait for an input that does not say how far it has come.
const WAITING: usize = 64 << 20;

/// Makes a live source end soon, from any thread.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// What is captured by now is told still, nothing else.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What inputs of live captures have next.
pub(super) enum Next {
    /// A frame: [`Feeds::frame`].
    Frame,
    Mark(Mark),
    End,
}

/// All live inputs of a source.
pub(super) struct Feeds {
    queue: Receiver<Batch>,
    inputs: Vec<Feed>,
    /// The input whose frame is being given out.
    current: Option<usize>,
    /// Frames are numbered here, over all inputs: interfaces have no numbers of their own.
    numbers: Option<u64>,
    mark: Mark,
    is_marked: bool,
    waiting: usize,
    stop: Stop,
    stopped: Option<Instant>,
    names: Vec<(u32, String)>,
    warnings: Vec<Warning>,
    failed: Option<CaptureError>,
}

/// One input.
#[derive(Default)]
struct Feed {
    batches: VecDeque<Batch>,
    /// The frame of the first batch that comes next.
    at: usize,
    /// No frame before this will come; `None` if that is not known.
    watermark: Option<Timestamp>,
    /// The time of the latest frame given out.
    latest: Option<Timestamp>,
    /// It knows the time without frames.
    has_clock: bool,
    ended: bool,
    counters: Counters,
}

impl Feed {
    fn head(&self) -> Option<Timestamp> {
        self.batches.front()?.frame(self.at).map(|frame| frame.time)
    }
}

impl Feeds {
    /// Over threads that fill `queue`; interfaces (`has_clock`) know the time without frames, and give frames without numbers.
    pub(super) fn new(queue: Receiver<Batch>, names: &[String], has_clock: bool, stop: Stop) -> Self {
        let feed = |name: &String| Feed { has_clock, counters: Counters { name: name.clone(), ..Counters::default() }, ..Feed::default() };
        Self {
            queue,
            inputs: names.iter().map(feed).collect(),
            current: None,
            numbers: has_clock.then_some(0),
            mark: Mark::default(),
            is_marked: false,
            waiting: 0,
            stop,
            stopped: None,
            names: Vec::new(),
            warnings: Vec::new(),
            failed: None,
        }
    }

    pub(super) fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// What became of the frames, by interface.
    pub(super) fn counters(&self) -> impl Iterator<Item = &Counters> {
        // Others count nothing, which is not to be told as 0 frames.
        self.inputs.iter().filter(|input| input.has_clock).map(|input| &input.counters)
    }

    /// Inputs that were found since the last call.
    pub(super) fn take_names(&mut self) -> Vec<(u32, String)> {
        std::mem::take(&mut self.names)
    }

    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Moves on; waits for a while at most.
    ///
    /// # Errors
    /// The last input that was left has failed. All that came before was told.
    pub(super) fn advance(&mut self) -> Result<Next, CaptureError> {
        self.pass();
        loop {
            if std::mem::take(&mut self.is_marked) {
                return Ok(Next::Mark(self.told_mark()));
            }
            if let Some(input) = self.earliest() {
                self.current = Some(input);
                if let Some(number) = &mut self.numbers {
                    *number += 1;
                }
                return Ok(Next::Frame);
            }
            if self.inputs.iter().all(|input| input.ended && input.batches.is_empty()) {
                return self.failed.take().map_or(Ok(Next::End), Err);
            }
            let farewell = if self.numbers.is_some() { LONG_FAREWELL } else { FAREWELL };
            if self.stop.is_asked() && self.stopped.get_or_insert_with(Instant::now).elapsed() > farewell {
                self.inputs.iter_mut().for_each(|input| input.ended = true);
                continue;
            }
            match self.queue.recv_timeout(PATIENCE) {
                Ok(batch) => self.take(batch),
                Err(RecvTimeoutError::Timeout) => return Ok(Next::Mark(self.told_mark())),
                Err(RecvTimeoutError::Disconnected) => self.inputs.iter_mut().for_each(|input| input.ended = true),
            }
        }
    }

    /// Stops interfaces, and takes in what they counted to the last; frames are left out.
    pub(super) fn close(&mut self) {
        self.stop.stop();
        // Others count nothing, and may not hear it.
        while self.numbers.is_some() && matches!(self.advance(), Ok(Next::Frame | Next::Mark(_))) {}
    }

    /// The frame that [`Feeds::advance`] moved to.
    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        let input = self.inputs.get(self.current?)?;
        let frame = input.batches.front()?.frame(input.at)?;
        let id = self.numbers.map_or(frame.id, |number| FrameId::new(frame.id.input(), number));
        Some(Frame { id, ..frame })
    }

    /// Leaves the frame that was given out.
    fn pass(&mut self) {
        let Some(input) = self.current.take().and_then(|current| self.inputs.get_mut(current)) else { return };
        input.latest = input.head();
        input.at += 1;
        if input.batches.front().is_some_and(|batch| input.at >= batch.len()) {
            self.used_up();
        }
    }

    /// Lets go of batches whose frames were all given out.
    fn used_up(&mut self) {
        for input in &mut self.inputs {
            while input.batches.front().is_some_and(|batch| input.at >= batch.len())
                && let Some(batch) = input.batches.pop_front()
            {
                input.at = 0;
                self.waiting = self.waiting.saturating_sub(batch.bytes());
                self.is_marked = true;
                batch.recycle();
            }
        }
    }

    fn take(&mut self, mut batch: Batch) {
        let Some(input) = self.inputs.get_mut(batch.feed) else { return };
        // A mark, so that names are known before their frames come.
        self.is_marked |= !batch.names.is_empty();
        self.names.append(&mut batch.names);
        self.warnings.append(&mut batch.warnings);
        input.watermark = batch.watermark;
        if let Some(counters) = &batch.counters {
            let lost = counters.dropped().saturating_sub(input.counters.dropped());
            if lost > 0 {
                self.mark.lost += lost;
                self.mark.lost_until = self.mark.lost_until.max(batch.at);
            }
            let name = std::mem::take(&mut input.counters.name);
            input.counters = Counters { name, ..counters.clone() };
        }
        self.mark.clock_was_set |= batch.clock_was_set;
        if let Some(end) = batch.end.take() {
            input.ended = true;
            self.failed = end.err().or(self.failed.take());
        }
        let has_failed = input.ended && self.failed.is_some();
        self.waiting += batch.bytes();
        input.batches.push_back(batch);
        self.used_up();
        // What is still to come is waited for.
        self.stopped = None;
        // With others left, the capture goes on; the error ends it when they have ended.
        if let Some(error) = self.failed.as_ref().filter(|_| has_failed && self.inputs.iter().any(|input| !input.ended)) {
            self.warnings.push(Warning::InputLost { why: error.to_string() });
        }
    }

    /// The input with the earliest frame, if no other may have an earlier one still.
    fn earliest(&self) -> Option<usize> {
        let heads = self.inputs.iter().enumerate().filter_map(|(index, input)| Some((input.head()?, index)));
        let (time, index) = heads.min()?;
        let is_behind = |input: &Feed| input.watermark.map_or(input.has_clock, |watermark| watermark < time);
        let awaited = |input: &Feed| !input.ended && input.head().is_none() && is_behind(input);
        let one = self.inputs.len() == 1;
        (one || self.waiting > WAITING || !self.inputs.iter().any(awaited)).then_some(index)
    }

    /// No frame before this will come, if somebody knows the time.
    fn now(&self) -> Option<Timestamp> {
        let asked = self.inputs.iter().filter(|input| input.has_clock && !input.ended);
        asked.map(|input| input.head().or(input.watermark)).min().flatten()
    }

    /// The time to which all inputs have come that do not know it, if there are several.
    fn complete(&self) -> Option<Timestamp> {
        let asked = self.inputs.iter().filter(|input| !input.has_clock && !input.ended);
        asked.filter_map(|input| input.latest).min().filter(|_| self.inputs.len() > 1)
    }

    fn told_mark(&mut self) -> Mark {
        Mark { now: self.now(), complete: self.complete(), ..std::mem::take(&mut self.mark) }
    }
}

#[cfg(test)]
mod tests;
