//! Capture time, the only clock there is: nanoseconds since 1970-01-01 00:00 UTC as the capture states them.
//! Nothing here reads the clock of the machine.

use std::fmt;
use std::time::Duration;

/// A point in capture time, in nanoseconds since the Unix epoch. Captures may go backwards: order is not guaranteed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From nanoseconds since the Unix epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The time from `earlier` to this one; zero if the capture went backwards.
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0)).map_or(Duration::ZERO, Duration::from_nanos)
    }

    /// This time moved back by `by`, saturating at the begin of the range (year 1677).
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_nanos()).unwrap_or(i64::MAX)))
    }

    /// This time moved on by `by`, saturating at the end of the range (year 2262).
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_nanos()).unwrap_or(i64::MAX)))
    }
}

/// RFC 3339 in UTC with nine digits of a second: `2026-11-20T10:00:00.000000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{time:.9}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_nanoseconds_in_utc() {
        assert_eq!(Timestamp::from_nanos(1_763_632_800_000_000_001).to_string(), "2025-11-20T10:00:00.000000001Z");
    }

    #[test]
    fn backwards_is_zero() {
        assert_eq!(Timestamp::from_nanos(5).since(Timestamp::from_nanos(9)), Duration::ZERO);
    }
}
