//! A live source for tests: what it gives is sent to it, step by step.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::input::Input;
use super::{Counters, Event, Inputs, Mark, Options, Place, Reread, Ring, Source, Stop};
use crate::frame::{Frame, FrameId, LinkType};
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

/// The feed.
pub struct Double {
    steps: Receiver<Step>,
    pub stop: Stop,
    pub counters: Vec<Counters>,
    pub why: Option<String>,
    id: FrameId,
    data: Vec<u8>,
}

impl Double {
    pub(super) fn poll(&mut self, ring: Option<&Ring>) -> Event<'_> {
        loop {
            if self.stop.is_stopped() {
                return Event::End;
            }
            match self.steps.recv_timeout(Duration::from_millis(5)) {
                Ok(Step::Frame(time, link, data)) => {
                    self.id = self.id.next();
                    self.data = data;
                    let frame = Frame { id: self.id, time, link, offset: 0, data: &self.data, original_len: self.data.len() as u32 };
                    let offset = ring.map_or(0, |ring| ring.append(&frame));
                    return Event::Frame(Frame { offset, ..frame });
                }
                Ok(Step::Mark(mark)) => {
                    if let Some((ring, now)) = ring.zip(mark.now) {
                        ring.advance(now);
                    }
                    return Event::Mark(mark);
                }
                Ok(Step::Counters(counters)) => self.counters = vec![counters],
                Ok(Step::End(why)) => {
                    self.why = Some(why);
                    return Event::End;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Event::End,
            }
        }
    }
}

impl Source {
    /// A live source of one interface, and where its steps are sent to.
    pub fn double(name: &str, options: &Options) -> (Self, Sender<Step>) {
        let (sender, steps) = channel();
        let ring = options.copies.then(|| Arc::new(Ring::new(options.window)));
        let input = Input { name: name.to_owned(), place: Place::StandardInput, size: None, modified: None };
        let double = Double { steps, stop: Stop::default(), counters: Vec::new(), why: None, id: FrameId::default(), data: Vec::new() };
        let source = Self {
            names: vec![name.to_owned()],
            reread: Reread::new(vec![input], None, ring.clone()),
            total: None,
            read: Arc::default(),
            inputs: Inputs::Double(Box::new(double)),
            ring,
            filter: None,
            warnings: Vec::new(),
        };
        (source, sender)
    }
}
