//! What the index of a live source knows besides: the present time, what the interfaces say, and what would be found if the
//! silences that go on ended now.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{ConnectionId, Found, Index};
use crate::analysis;
use crate::frame::Counters;
use crate::session::Ending;
use crate::time::Timestamp;

/// Over how long packets per second are measured.
const RATE: Duration = Duration::from_secs(5);

/// Between two points of that measure.
const POINT: Duration = Duration::from_millis(200);

/// The state.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The first time that was known to be present, and the last one.
    times: Option<(Timestamp, Timestamp)>,
    counters: Vec<Counters>,
    window: Option<Timestamp>,
    /// Packets there were at a time, the latest last.
    pulse: VecDeque<(Timestamp, u32)>,
    pending: BTreeMap<ConnectionId, Vec<Found>>,
    changes: u64,
}

impl State {
    /// Takes what a batch says of where the source is, when there are so many packets.
    pub fn take(&mut self, live: super::batch::Live, packets: u32) {
        (self.counters, self.window) = (live.counters, live.window);
        let Some(now) = live.now else { return };
        self.times = Some((self.times.map_or(now, |(first, _)| first), now));
        if self.pulse.back().is_none_or(|(last, _)| now.since(*last) >= POINT || now < *last) {
            self.pulse.push_back((now, packets));
            while self.pulse.get(1).is_some_and(|(second, _)| now.since(*second) >= RATE || now < *second) {
                self.pulse.pop_front();
            }
        }
    }

    pub fn pend(&mut self, found: Found) {
        let pending = self.pending.entry(found.connection).or_default();
        // Who was late before is silent for too long now: of what one side does in a silence, the last word counts.
        pending.retain(|other| other.finding.blames != found.finding.blames);
        pending.push(found);
        self.changes += 1;
    }

    /// The silence of a client is over.
    pub fn settle(&mut self, connection: ConnectionId) {
        if !self.pending.is_empty() && self.pending.remove(&connection).is_some() {
            self.changes += 1;
        }
    }

    /// What is known of a connection has changed. Of one that was closed, what pends is decided when it is over.
    pub fn sum_up(&mut self, connection: ConnectionId, summary: &analysis::Connection) {
        let goes_on = summary.ending == Ending::Open && summary.closed.is_none();
        if goes_on && summary.silence.is_none_or(|silence| silence.doubt.is_some()) {
            self.settle(connection);
        }
    }
}

impl Index {
    /// The present, of a live source: nothing earlier will come.
    pub fn now(&self) -> Option<Timestamp> {
        self.live.times.map(|(_, now)| now)
    }

    /// For how long a live source was followed.
    pub fn elapsed(&self) -> Option<Duration> {
        let (first, now) = self.live.times?;
        Some(now.since(self.first.map_or(first, |frame| frame.min(first))))
    }

    /// Packets per second of late, of a live source.
    pub fn rate(&self) -> Option<f64> {
        let ((from, before), (to, now)) = (self.live.pulse.front()?, self.live.pulse.back()?);
        let time = to.since(*from).as_secs_f64();
        (time > 0.0).then(|| f64::from(now - before) / time)
    }

    /// What the interfaces of a live source have received and lost.
    pub fn counters(&self) -> &[Counters] {
        &self.live.counters
    }

    /// What is older than this cannot be read again from a live source.
    pub fn window_begin(&self) -> Option<Timestamp> {
        self.live.window
    }

    /// What would be a finding if the silence of a client ended now: of all connections.
    pub fn pending(&self) -> impl Iterator<Item = &Found> {
        self.live.pending.values().flatten()
    }

    /// The same of one connection.
    pub fn pending_of(&self, connection: ConnectionId) -> &[Found] {
        self.live.pending.get(&connection).map_or(&[], Vec::as_slice)
    }

    /// Another number whenever something pends or does no more.
    pub fn pending_version(&self) -> u64 {
        self.live.changes
    }
}
