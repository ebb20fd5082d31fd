//! When a connection has been without a frame for so long that it is no longer followed: a capture of days has to stay within
//! bounds though ends of connections are missed.
//!
//! What has passed is told by the capture's own [`Clock`](super::clock::Clock).

use std::time::Duration;

use super::follow::Flow;
use crate::stream::Entry;

/// For how long connections without a frame are followed.
#[derive(Clone, Copy, Debug)]
pub struct IdleLimits {
    /// So many times the Keep Alive, where one is in force, but no shorter than `least`.
    pub keep_alives: u32,
    /// Where no Keep Alive is in force, or none is known.
    pub without: Duration,
    /// The same for connections that do not carry MQTT.
    pub least: Duration,
}

impl Default for IdleLimits {
    /// 30 times the Keep Alive, at least an hour; without one, a day: TCP lets an idle connection stay for ever.
    fn default() -> Self {
        Self { keep_alives: 30, without: Duration::from_secs(86_400), least: Duration::from_secs(3_600) }
    }
}

impl IdleLimits {
    /// No connection is idle sooner than this: looking after each so often is enough. To the second: with less, nothing else would
    /// be done.
    pub(super) fn shortest(&self) -> Duration {
        self.least.min(self.without).max(Duration::from_secs(1))
    }

    /// For how long a connection is followed without a frame.
    pub(super) fn of(&self, entry: &Entry<Flow>) -> Duration {
        match &entry.user {
            Flow::Mqtt(mqtt) => match mqtt.keep_alive() {
                Some(keep_alive) => keep_alive.saturating_mul(self.keep_alives).max(self.least),
                None => self.without,
            },
            Flow::Silent | Flow::Probing(_) | Flow::Named | Flow::Other => self.least,
        }
    }
}
