//! Several captures as one, ordered by time: always the frame of the input whose next frame is the earliest; of equal
//! times, the input named first. Within an input the order stays as captured.
//!
//! Made for rotated sets of thousands of files: each is opened once for the time of its first frame and closed again,
//! and opened for good only when that time has come. Open at once are only those files that overlap in time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::error::{CaptureError, Warning};
use super::input::Input;
use super::reader::{Copies, Limits, Reader};
use super::spool::Spool;
use crate::frame::Frame;
use crate::time::Timestamp;

/// Buffer for a look at the first frame.
const PEEK: usize = 64 * 1024;

/// The merged inputs.
pub(super) struct Merge {
    slots: Vec<Slot>,
    /// Time of the next frame and input, for every input that has one, except `current`.
    heads: BinaryHeap<Reverse<(Timestamp, u32)>>,
    /// The input whose frame is being given out.
    current: Option<(u32, Box<Reader>)>,
    read: Arc<AtomicU64>,
    spool: Option<Arc<Spool>>,
    limits: Limits,
    warnings: Vec<Warning>,
}

enum Slot {
    /// Closed, its first frame is not yet due.
    Waiting(Input),
    /// Open, and moved to the frame whose time is in the heap.
    Open(Box<Reader>),
    /// Used up, or current.
    Gone,
}

impl Merge {
    /// Looks at the first frame of each input. `read` counts the bytes of the reading proper, `spool` takes copies of them.
    pub(super) fn open(inputs: Vec<Input>, read: Arc<AtomicU64>, spool: Option<Arc<Spool>>, limits: Limits) -> Result<Self, CaptureError> {
        let mut merge = Self {
            slots: Vec::with_capacity(inputs.len()),
            heads: BinaryHeap::with_capacity(inputs.len()),
            current: None,
            read,
            spool,
            limits,
            warnings: Vec::new(),
        };
        for (index, input) in (0..).zip(inputs) {
            let reopens = input.reopens();
            let (counter, buffer) = if reopens { (Arc::default(), PEEK) } else { (Arc::clone(&merge.read), limits.buffer) };
            let copies = if reopens { Copies::None } else { Copies::of(false, merge.spool.as_ref()) };
            let mut reader = Reader::open(&input.name, index, input.open()?, &counter, copies, Limits { buffer, ..limits })?;
            let slot = if reader.advance()? {
                merge.heads.push(Reverse((reader.frame().time, index)));
                if reopens { Slot::Waiting(input) } else { Slot::Open(Box::new(reader)) }
            } else {
                merge.warnings.extend(reader.take_warning());
                Slot::Gone
            };
            merge.slots.push(slot);
        }
        Ok(merge)
    }

    /// Moves on to the next frame; `false` when there is none.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<bool, CaptureError> {
        if let Some((index, reader)) = &mut self.current
            && reader.advance()?
        {
            let head = (reader.frame().time, *index);
            // Mostly the same input goes on; then the heap need not move.
            if self.heads.peek().is_none_or(|Reverse(other)| head <= *other) {
                return Ok(true);
            }
            self.heads.push(Reverse(head));
            if let Some((index, reader)) = self.current.take() {
                self.set(index, Slot::Open(reader));
            }
        }
        self.turn()
    }

    /// The frame that [`Merge::advance`] moved to.
    #[inline]
    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        self.current.as_ref().map(|(_, reader)| reader.frame())
    }

    /// Warnings of the inputs that have ended.
    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Makes the input with the earliest head the current one.
    fn turn(&mut self) -> Result<bool, CaptureError> {
        if let Some((_, mut reader)) = self.current.take() {
            self.warnings.extend(reader.take_warning());
        }
        while let Some(Reverse((_, index))) = self.heads.pop() {
            let reader = match self.set(index, Slot::Gone) {
                Slot::Open(reader) => reader,
                Slot::Waiting(input) => {
                    let copies = Copies::of(true, self.spool.as_ref());
                    let mut reader = Reader::open(&input.name, index, input.open()?, &self.read, copies, self.limits)?;
                    if !reader.advance()? {
                        // Not as it was at the first look.
                        self.warnings.extend(reader.take_warning());
                        continue;
                    }
                    Box::new(reader)
                }
                Slot::Gone => continue,
            };
            self.current = Some((index, reader));
            return Ok(true);
        }
        Ok(false)
    }

    fn set(&mut self, index: u32, slot: Slot) -> Slot {
        self.slots.get_mut(index as usize).map_or(Slot::Gone, |place| std::mem::replace(place, slot))
    }
}
