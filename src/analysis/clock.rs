//! What has passed in a capture, by the times of its frames: they may be stamped by clocks that differ, and clocks are set.
//!
//! The clock goes with the capture, but never by more than [`STEP`] from one frame to the next: where the clock of a capture is set, as
//! on devices that learn the time after they have started, connections are not idle. Nor are they where frames were stamped by clocks
//! that differ: what is earlier than a frame before it moves nothing on.

use std::time::Duration;

use crate::time::Timestamp;

/// The most that one frame moves the clock on.
const STEP: Duration = Duration::from_secs(60);

/// A clock that goes back by more was set back; one that goes back by less stands still for as long.
const BACK: Duration = Duration::from_secs(86_400);

/// Where nothing at all was captured for longer than this, the clock may have been set forward: devices without a clock of their own
/// start in 1970, and clocks that tell local time change by an hour.
const LEAP: Duration = Duration::from_secs(1_800);

/// The clock. Its times are its own: they begin at 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// What had passed when the latest frame came.
    passed: Timestamp,
    latest: Option<Timestamp>,
    /// The time before it leapt, the last time.
    leapt: Option<Timestamp>,
}

impl Clock {
    /// A frame came: what has passed.
    #[inline]
    pub fn frame(&mut self, at: Timestamp) -> Timestamp {
        // Nor does it hold when the clock goes back behind it.
        self.leapt = self.latest.filter(|latest| at.since(*latest) > LEAP).or(self.leapt.filter(|before| at > *before));
        self.passed = self.now(at);
        self.latest = self.latest.filter(|latest| latest.since(at) <= BACK).max(Some(at));
        self.passed
    }

    /// The time leapt over a silence that began at `since`.
    #[inline]
    pub fn leapt_since(&self, since: Timestamp) -> bool {
        self.leapt.is_some_and(|before| since <= before)
    }

    /// What has passed at a time behind the latest frame.
    #[inline]
    pub fn now(&self, at: Timestamp) -> Timestamp {
        let step = self.latest.map_or(0, |latest| at.as_nanos().saturating_sub(latest.as_nanos()).clamp(0, STEP.as_nanos() as i64));
        Timestamp::from_nanos(self.passed.as_nanos().saturating_add(step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn clock_that_is_set_makes_nothing_idle() {
        let mut clock = Clock::default();
        clock.frame(at(0));
        clock.frame(at(10));
        assert_eq!(clock.now(at(15)), at(15));
        clock.frame(at(1_000_000_000));
        assert_eq!(clock.now(at(1_000_000_000)), at(70));
        clock.frame(at(20));
        assert_eq!(clock.now(at(30)), at(80));
    }

    #[test]
    fn leap_is_what_nothing_was_captured_in() {
        let mut clock = Clock::default();
        for second in [0, 1_800, 3_600] {
            clock.frame(at(second));
        }
        assert!(!clock.leapt_since(at(0)));
        clock.frame(at(5_401));
        assert_eq!([0, 3_600, 5_401].map(|since| clock.leapt_since(at(since))), [true, true, false]);
        clock.frame(at(3_000));
        assert!(!clock.leapt_since(at(3_000)), "the clock was set back");
    }

    #[test]
    fn clocks_that_differ_make_nothing_idle() {
        // Two interfaces, one of which keeps atomic time.
        let mut clock = Clock::default();
        for second in 0..1000 {
            clock.frame(at(second + 37));
            clock.frame(at(second));
        }
        assert_eq!(clock.now(at(1000)), at(999));
    }
}
