//! Capture times as text. Most packets share their second with the one before, so its text is kept.

use std::fmt::Write as _;

use crate::time::Timestamp;

/// Writes times.
#[derive(Debug, Default)]
pub struct Clock {
    second: Option<i64>,
    /// `2026-11-20T10:00:00.` and, behind it, the digits of the last fraction and `Z`.
    text: String,
}

/// Bytes before the fraction.
const WHOLE: usize = "2026-11-20T10:00:00.".len();

/// Bytes before the time of day.
const DATE: usize = "2026-11-20T".len();

impl Clock {
    /// RFC 3339, UTC, nanoseconds: `2026-11-20T10:00:00.000000001Z`.
    pub fn rfc3339(&mut self, time: Timestamp) -> &str {
        let second = time.as_nanos().div_euclid(1_000_000_000);
        if self.second != Some(second) {
            self.second = Some(second);
            self.text = time.to_string();
        }
        self.text.truncate(WHOLE);
        let _ = write!(self.text, "{:09}Z", time.as_nanos().rem_euclid(1_000_000_000));
        &self.text
    }

    /// Time of day, UTC, microseconds: `10:00:00.000000`.
    pub fn of_day(&mut self, time: Timestamp) -> &str {
        let text = self.rfc3339(time);
        text.get(DATE..WHOLE + 6).unwrap_or(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_as_the_time_itself() {
        let mut clock = Clock::default();
        for nanos in [0, 1, 999_999_999, 1_763_632_800_000_000_001, 1_763_632_800_999_999_999, -1, i64::MAX, i64::MIN] {
            let time = Timestamp::from_nanos(nanos);
            assert_eq!(clock.rfc3339(time), time.to_string());
        }
        assert_eq!(clock.of_day(Timestamp::from_nanos(1_763_632_800_123_456_789)), "10:00:00.123456");
    }
}
