//! What a live source can be asked and told besides frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What one interface has received and lost, since capturing began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The interface.
    pub name: String,
    /// Frames that came through the filter.
    pub received: u64,
    /// Frames that the kernel had no room for.
    pub dropped_kernel: u64,
    /// Frames that the interface or its driver dropped.
    pub dropped_interface: u64,
    /// Frames that came faster than they were looked at.
    pub dropped_own: u64,
}

/// Ends a live source from elsewhere. Cheap to clone; may go to another thread.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// The source ends soon: after what has come so far.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Somebody has said so.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
