//! A live source for tests: what it gives is sent to it, step by step, as by the thread of an interface.

use super::feed::{Feeds, Filler, Queue, Stop};
use super::{CaptureError, Options, Source};
use crate::frame::{Counters, Frame, FrameId, LinkType, Mark};
use crate::time::Timestamp;

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// A frame at a time.
    Frame(Timestamp, LinkType, Vec<u8>),
    /// How far the clock has come.
    Mark(Mark),
    /// What the interface has counted.
    Counters(Counters),
    /// Why it ends.
    End(String),
}

/// The end that steps are sent to.
pub struct Steps(Filler);

impl Steps {
    /// Sends a step.
    pub fn send(&mut self, step: Step) {
        let batch = self.0.batch();
        match step {
            Step::Frame(time, link, data) => {
                batch.watermark = Some(time);
                let original_len = data.len() as u32;
                self.0.push(&Frame { id: FrameId::new(0, 0), time, link, offset: 0, data: &data, original_len });
            }
            Step::Mark(mark) => (batch.watermark, batch.clock_was_set) = (mark.now, mark.clock_was_set),
            Step::Counters(counters) => batch.counters = Some(counters),
            Step::End(why) => batch.end = Some(Err(CaptureError::InterfaceLost { name: "eth0".to_owned(), why })),
        }
        // Where the queue is full it goes with the next step: who sends here may be the one who has to take things out. The source
        // may have been stopped.
        let _ = self.0.try_send();
    }
}

impl Source {
    /// A live source of one interface, and where its steps are sent to.
    pub fn double(name: &str, options: &Options) -> (Self, Steps) {
        let (queue, batches) = Queue::new(options.queue);
        let steps = Steps(queue.filler(0));
        let names = vec![name.to_owned()];
        let feeds = Feeds::new(batches, &names, true, Stop::default());
        (Self::live(names, feeds, std::sync::Arc::default(), None, options), steps)
    }
}
