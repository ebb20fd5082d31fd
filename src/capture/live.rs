//! Sources whose frames come while they are captured: interfaces, captures that are still being written, standard input.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

use super::error::CaptureError;
#[cfg(feature = "live")]
use super::feed::sniff::{self, Interfaces, Opened, Sniffer};
use super::feed::tail::{self, Follow, Pipe, Shared};
use super::feed::{Feeds, Queue, Stop};
use super::filter::Filter;
use super::reader::{Copies, Limits, Reader};
use super::reread::Reread;
use super::ring::Ring;
use super::{BUFFER, Inputs, Options, Source, input};
use crate::frame::Counters;
use crate::time::Timestamp;

/// For how long frames of interfaces are kept, where nothing else is asked for.
#[cfg(feature = "live")]
const WINDOW: std::time::Duration = std::time::Duration::from_secs(300);

/// Bytes of files that may wait for the analysis, whatever the queue of other inputs: a file waits itself.
const AHEAD: usize = 2 << 20;

/// Interfaces that are open and not captured on yet: what is left to do needs no rights.
#[cfg(feature = "live")]
pub struct Devices(Vec<Sniffer>);

#[cfg(feature = "live")]
impl Devices {
    /// Opens them.
    ///
    /// # Errors
    /// There is no such interface, it may not be captured on, or libpcap does not understand the filter.
    pub fn open(wanted: &Interfaces) -> Result<Self, CaptureError> {
        sniff::open(wanted).map(Self)
    }

    /// What is known of them, in their order.
    pub fn opened(&self) -> impl Iterator<Item = &Opened> {
        self.0.iter().map(|sniffer| &sniffer.opened)
    }
}

impl Source {
    /// Captures on interfaces that are open.
    ///
    /// # Errors
    /// The system gives no thread.
    #[cfg(feature = "live")]
    pub fn sniff(devices: Devices, options: &Options) -> Result<Self, CaptureError> {
        let Devices(sniffers) = devices;
        let names: Vec<String> = sniffers.iter().map(|sniffer| input::printable(&sniffer.opened.name)).collect();
        let (queue, batches) = Queue::new(options.queue);
        let stop = Stop::default();
        for (index, sniffer) in sniffers.into_iter().enumerate() {
            sniffer.start(index, queue.filler(index), stop.clone())?;
        }
        let feeds = Feeds::new(batches, &names, true, stop);
        Ok(Self::live(names, feeds, Arc::default(), None, Ring::of(options, Some(WINDOW))))
    }

    /// Follows captures that are still being written: files that grow, folders in which files appear. Of a folder, the first
    /// input is the folder itself; each file is a further one ([`Source::take_names`]).
    ///
    /// # Errors
    /// One is not there, or neither a file nor a folder.
    pub fn follow(inputs: &[String], options: &Options) -> Result<Self, CaptureError> {
        if inputs.is_empty() {
            return Err(CaptureError::NoInput);
        }
        let filter = options.filter.as_deref().map(Filter::new).transpose()?;
        let names: Vec<String> = inputs.iter().map(|input| input::printable(input)).collect();
        let not_followed = |name: &String, why: &str| CaptureError::NotFollowed { input: name.clone(), why: why.to_owned() };
        for (input, name) in inputs.iter().zip(&names) {
            let metadata = fs::metadata(input).map_err(|error| CaptureError::open(name, error))?;
            if !metadata.is_file() && !metadata.is_dir() {
                return Err(not_followed(name, "neither a file nor a folder (standard input, -, needs no --follow)"));
            }
        }
        let (queue, batches) = Queue::new(options.queue.min(AHEAD));
        let (stop, read, next) = (Stop::default(), Arc::<AtomicU64>::default(), Arc::new(AtomicU32::new(inputs.len() as u32)));
        for (index, (path, name)) in (0..).zip(inputs.iter().map(PathBuf::from).zip(&names)) {
            let (next, read, stop) = (Arc::clone(&next), Arc::clone(&read), stop.clone());
            let shared = Shared::new(queue.filler(index as usize));
            let follow = Follow { path, input: index, next, read, limits: limits(options), shared, stop };
            follow.start().map_err(|error| not_followed(name, &error.to_string()))?;
        }
        let feeds = Feeds::new(batches, &names, false, stop);
        Ok(Self::live(names, feeds, read, filter, Ring::of(options, None)))
    }

    pub(super) fn live(names: Vec<String>, feeds: Feeds, read: Arc<AtomicU64>, filter: Option<Filter>, ring: Option<Arc<Ring>>) -> Self {
        ring.iter().for_each(|ring| ring.call(&names));
        let reread = Reread::new(Vec::new(), None, ring.clone());
        let inputs = Inputs::Feeds(Box::new(feeds));
        Self { names, reread, total: None, read, inputs, ring, copied: None, filter, warnings: Vec::new() }
    }

    /// Frames come while they are captured, and the end is not known.
    pub fn is_live(&self) -> bool {
        matches!(self.inputs, Inputs::Feeds(_))
    }

    /// Makes a live source end soon.
    pub fn stopper(&self) -> Stop {
        match &self.inputs {
            Inputs::Feeds(feeds) => feeds.stopper(),
            Inputs::One(_) | Inputs::Many(_) | Inputs::Window(_) => Stop::default(),
        }
    }

    /// Ends a live source of which no frame is wanted any more, so that its counters are complete.
    pub fn close(&mut self) {
        if let Inputs::Feeds(feeds) = &mut self.inputs {
            feeds.close();
        }
    }

    /// What became of the frames, by interface; nothing of files.
    pub fn counters(&self) -> Vec<Counters> {
        match &self.inputs {
            Inputs::Feeds(feeds) => feeds.counters().cloned().collect(),
            Inputs::One(_) | Inputs::Many(_) | Inputs::Window(_) => Vec::new(),
        }
    }

    /// Takes in the names of inputs that were found since the last call; tells whether there were any.
    pub fn take_names(&mut self) -> bool {
        let Inputs::Feeds(feeds) = &mut self.inputs else { return false };
        let new = feeds.take_names();
        for (input, name) in &new {
            let place = *input as usize;
            if self.names.len() <= place {
                self.names.resize(place + 1, String::new());
            }
            if let Some(known) = self.names.get_mut(place) {
                known.clone_from(name);
            }
        }
        if !new.is_empty() {
            self.ring.iter().for_each(|ring| ring.call(&self.names));
        }
        !new.is_empty()
    }

    /// When the window of a live source begins: what is older cannot be read again. `None` while it is empty.
    pub fn window_begin(&self) -> Option<Timestamp> {
        self.ring.as_ref()?.begin()
    }
}

/// A pipe, read by a thread of its own.
pub(super) fn piped(name: &str, raw: Box<dyn Read + Send>, read: &Arc<AtomicU64>, options: &Options) -> Result<Feeds, CaptureError> {
    let (queue, batches) = Queue::new(options.queue);
    let (shared, stop) = (Shared::new(queue.filler(0)), Stop::default());
    let (input, read, limits) = (name.to_owned(), Arc::clone(read), limits(options));
    let raw = Box::new(Pipe::new(raw, shared.clone()));
    tail::pipe(move || Reader::open(&input, 0, raw, &read, Copies::None, limits), shared, stop.clone())
        .map_err(|error| CaptureError::NotFollowed { input: name.to_owned(), why: error.to_string() })?;
    Ok(Feeds::new(batches, &[name.to_owned()], false, stop))
}

const fn limits(options: &Options) -> Limits {
    Limits { buffer: BUFFER, record: options.record_limit }
}
