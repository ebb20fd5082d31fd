//! A live source for tests.

use std::sync::Arc;

use super::feed::double::Double;
use super::feed::{Feeds, Queue, Stop};
use super::ring::Ring;
use super::{Options, Source};

impl Source {
    /// A live source of one interface, and what it captures.
    pub(crate) fn double(name: &str, options: &Options) -> (Self, Double) {
        let (queue, batches) = Queue::new(options.queue);
        let names = vec![name.to_owned()];
        let feeds = Feeds::new(batches, &names, true, Stop::default());
        (Self::live(names, feeds, Arc::default(), None, Ring::of(options, None)), Double::new(&queue))
    }
}
