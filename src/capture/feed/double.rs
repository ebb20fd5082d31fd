//! A live input for tests: it gives what it is told to give.

use super::Queue;
use super::queue::Filler;
use crate::capture::CaptureError;
use crate::frame::{Counters, Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// The end that fills the queue.
pub struct Double(Filler);

impl Double {
    pub(in crate::capture) fn new(queue: &Queue) -> Self {
        Self(queue.filler(0))
    }

    /// A frame came; told with the next mark.
    pub fn frame(&mut self, time: Timestamp, link: LinkType, data: &[u8]) {
        self.0.push(&Frame { id: FrameId::default(), time, link, offset: 0, data, original_len: data.len() as u32 });
    }

    /// Time has come so far.
    pub fn mark(&mut self, now: Timestamp) {
        self.0.batch().watermark = Some(now);
        self.send();
    }

    /// What the interface counts by now; told with the next mark.
    pub fn count(&mut self, counters: Counters) {
        self.0.batch().counters = Some(counters);
    }

    /// Nothing comes any more.
    pub fn end(&mut self, end: Result<(), CaptureError>) {
        self.0.batch().end = Some(end);
        self.send();
    }

    /// If the queue is full, it is told with the next mark: who sends and who takes what comes of it may be the same.
    fn send(&mut self) {
        // Whoever listened may have gone away.
        let _ = self.0.try_send();
    }
}
