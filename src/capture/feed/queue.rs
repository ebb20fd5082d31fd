//! Frames on their way from the thread that reads them to whoever wants them: in batches, through a channel that is bounded.
//! Batches are used again.

#[cfg(any(feature = "live", test))]
use std::sync::mpsc::TrySendError;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::capture::error::{CaptureError, Warning};
use crate::frame::{Counters, Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// Bytes after which a batch is sent, with what is known of each frame.
const FULL: usize = 256 * 1024;

/// Batches that are kept to be used again: as many as are on their way while nobody is late.
const SPARE: usize = 8;

/// Bytes that a batch may hold while the queue is full.
#[cfg(feature = "live")]
const OVERFULL: usize = 16 << 20;

/// Frames of one input, in the order in which they came.
#[derive(Default)]
pub(in crate::capture) struct Batch {
    /// Place of the input among the feeds.
    pub(super) feed: usize,
    bytes: Vec<u8>,
    frames: Vec<Queued>,
    /// When it was sent, by the clock of the machine.
    pub(super) at: Timestamp,
    /// No frame before this will come behind it.
    pub(super) watermark: Option<Timestamp>,
    pub(super) clock_was_set: bool,
    pub(super) counters: Option<Counters>,
    /// Inputs that begin in it.
    pub(super) names: Vec<(u32, String)>,
    pub(super) warnings: Vec<Warning>,
    /// Nothing comes behind it.
    pub(super) end: Option<Result<(), CaptureError>>,
    /// Where it is used again.
    back: Option<Sender<Batch>>,
}

struct Queued {
    id: FrameId,
    time: Timestamp,
    offset: u64,
    /// Where its bytes are in those of the batch: below [`OVERFULL`] and a frame.
    start: u32,
    len: u32,
    original_len: u32,
    link: LinkType,
}

/// It counts with each frame.
const _: () = assert!(size_of::<Queued>() == 40);

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len() + self.frames.len() * size_of::<Queued>()
    }

    pub(super) fn frame(&self, at: usize) -> Option<Frame<'_>> {
        let Queued { id, time, link, offset, start, len, original_len } = *self.frames.get(at)?;
        let (start, len) = (start as usize, len as usize);
        Some(Frame { id, time, link, offset, data: self.bytes.get(start..start + len)?, original_len })
    }

    fn push(&mut self, frame: &Frame<'_>) {
        let Frame { id, time, link, offset, data, original_len } = *frame;
        let (start, len) = (self.bytes.len() as u32, data.len() as u32);
        self.frames.push(Queued { id, time, link, offset, start, len, original_len });
        self.bytes.extend_from_slice(data);
    }

    /// Gives it back to the thread that fills it.
    pub(super) fn recycle(mut self) {
        // Those that grew while the queue was full are too many bytes to keep.
        if let Some(back) = self.back.take().filter(|_| self.bytes.capacity() <= 2 * FULL) {
            self.bytes.clear();
            self.frames.clear();
            // The thread may have ended.
            let _ = back.send(Self { bytes: self.bytes, frames: self.frames, ..Self::default() });
        }
    }
}

/// The receiving end of a channel, and what filling ends are made of.
pub(in crate::capture) struct Queue(SyncSender<Batch>);

impl Queue {
    /// A channel in which about `limit` bytes may wait, of all inputs together.
    pub(in crate::capture) fn new(limit: usize) -> (Self, Receiver<Batch>) {
        let (sender, receiver) = sync_channel((limit / FULL).max(2));
        (Self(sender), receiver)
    }

    /// An end for one input to fill.
    pub(in crate::capture) fn filler(&self, feed: usize) -> Filler {
        let (back, used) = channel();
        Filler { sender: self.0.clone(), back, used, spare: Vec::new(), batch: Batch { feed, ..Batch::default() } }
    }
}

/// Fills batches.
pub(in crate::capture) struct Filler {
    sender: SyncSender<Batch>,
    back: Sender<Batch>,
    used: Receiver<Batch>,
    /// Of those, [`SPARE`] at most.
    spare: Vec<Batch>,
    batch: Batch,
}

/// Nobody takes batches any more.
#[derive(Debug)]
pub(in crate::capture) struct Gone;

impl Filler {
    /// Takes a frame into the batch in the making.
    pub(super) fn push(&mut self, frame: &Frame<'_>) {
        self.batch.push(frame);
    }

    /// The batch in the making, for what is told beside frames.
    pub(super) fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// It is time to send.
    pub(super) fn is_full(&self) -> bool {
        self.batch.bytes() >= FULL
    }

    /// The queue was full for so long that this end may keep no more.
    #[cfg(feature = "live")]
    pub(super) fn is_overfull(&self) -> bool {
        self.batch.bytes() >= OVERFULL
    }

    /// Sends what there is; waits for a place in the queue.
    pub(super) fn send(&mut self) -> Result<(), Gone> {
        let batch = self.take();
        self.sender.send(batch).map_err(|_| Gone)
    }

    /// Sends what there is, if the queue has a place; otherwise it stays, to be sent later.
    #[cfg(any(feature = "live", test))]
    pub(super) fn try_send(&mut self) -> Result<(), Gone> {
        let batch = self.take();
        match self.sender.try_send(batch) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(batch)) => {
                self.batch = batch;
                Ok(())
            }
            Err(TrySendError::Disconnected(_)) => Err(Gone),
        }
    }

    fn take(&mut self) -> Batch {
        let feed = self.batch.feed;
        self.spare.extend(self.used.try_iter());
        self.spare.truncate(SPARE);
        let next = self.spare.pop().unwrap_or_default();
        let batch = std::mem::replace(&mut self.batch, Batch { feed, ..next });
        Batch { back: Some(self.back.clone()), ..batch }
    }
}
