//! The stretch of time that is on the screen, cut into columns; and where its ticks stand.

use std::time::Duration;

use crate::time::Timestamp;

/// Shortest time on the screen.
const LEAST: Duration = Duration::from_millis(1);

/// Time over columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Where the first column begins.
    pub from: Timestamp,
    /// How long all columns are together.
    pub span: Duration,
    /// How many columns there are.
    pub width: u16,
}

impl Window {
    /// From one time to another, with a column to spare at the end, so that the last packet has its place.
    pub fn between(from: Timestamp, to: Timestamp, width: u16) -> Self {
        let span = to.since(from);
        let column = span / u32::from(width.max(2) - 1);
        Self { from, span: (span + column).max(LEAST), width }
    }

    /// Where it ends.
    pub fn to(&self) -> Timestamp {
        self.from.after(self.span)
    }

    /// When a column begins; the one behind the last is where the window ends.
    pub fn begin(&self, column: u16) -> Timestamp {
        let nanos = self.span.as_nanos() * u128::from(column) / u128::from(self.width.max(1));
        self.from.after(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// The column of a time; `None` outside.
    pub fn column(&self, time: Timestamp) -> Option<u16> {
        if time < self.from || time >= self.to() {
            return None;
        }
        let column = time.since(self.from).as_nanos() * u128::from(self.width) / self.span.as_nanos().max(1);
        // Columns begin at whole nanoseconds.
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        Some(if self.begin(column + 1) <= time { column + 1 } else { column }.min(self.width.saturating_sub(1)))
    }

    /// How long a column is.
    pub fn step(&self) -> Duration {
        (self.span / u32::from(self.width.max(1))).max(Duration::from_nanos(1))
    }

    /// The same width for another span, within `all`, so that `cursor` stays in its column.
    #[must_use]
    pub fn zoomed(self, span: Duration, cursor: Timestamp, all: Self) -> Self {
        let span = span.clamp(LEAST, all.span.max(LEAST));
        let left = cursor.since(self.from).as_nanos() * span.as_nanos() / self.span.as_nanos().max(1);
        let from = earlier(cursor, Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX)));
        Self { from, span, ..self }.within(all)
    }

    /// Moved so that it lies within `all`.
    #[must_use]
    pub fn within(self, all: Self) -> Self {
        let latest = earlier(all.to(), self.span).max(all.from);
        Self { from: self.from.clamp(all.from, latest), ..self }
    }

    /// Moved, as little as is needed, so that a time is on it.
    #[must_use]
    pub fn showing(self, time: Timestamp) -> Self {
        let step = self.step();
        let first = earlier(time.after(step), self.span);
        if time < self.from {
            Self { from: time, ..self }
        } else if time >= self.to() {
            Self { from: first, ..self }
        } else {
            self
        }
    }

    /// Moved so that a time is in the middle.
    #[must_use]
    pub fn around(self, time: Timestamp) -> Self {
        Self { from: earlier(time, self.span / 2), ..self }
    }
}

/// A time that lies `by` before another.
pub fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_nanos(time.as_nanos().saturating_sub(i64::try_from(by.as_nanos()).unwrap_or(i64::MAX)))
}

/// Distances of ticks that people can read, in milliseconds.
const TICKS: [u64; 28] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1000,
    2000,
    5000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    604_800_000,
];

/// The ticks of a window: columns and what stands there. `origin`: times are told since then; `None`: time of day, UTC.
pub fn ticks(window: &Window, origin: Option<Timestamp>) -> Vec<(u16, String)> {
    let room = |step: u64| window.span.as_millis() / u128::from(step) * 14 <= u128::from(window.width);
    let Some(step) = TICKS.into_iter().find(|step| room(*step)) else { return Vec::new() };
    let nanos = i128::from(step) * 1_000_000;
    let zero = origin.map_or(0, |origin| i128::from(origin.as_nanos()));
    let first = (i128::from(window.from.as_nanos()) - zero).div_euclid(nanos);
    let times = (first..).map(|number| zero + number * nanos).take_while(|time| *time < i128::from(window.to().as_nanos()));
    let mut day = String::new();
    let times = times.map(|time| Timestamp::from_nanos(i64::try_from(time).unwrap_or(i64::MAX)));
    let ticks = times.filter_map(|time| Some((window.column(time)?, time)));
    ticks
        .map(|(column, time)| match origin {
            Some(origin) => (column, since(time.since(origin), step)),
            None => {
                let text = time.to_string();
                let (date, clock) = text.split_once('T').unwrap_or_default();
                let cut = if step < 1000 { 12 } else { 8 };
                let clock = clock.get(..cut).unwrap_or(clock);
                // The day is told where it begins.
                let new = std::mem::replace(&mut day, date.to_owned());
                let turned = !new.is_empty() && new != date;
                (column, if step >= 86_400_000 || turned { date.get(5..).unwrap_or(date).to_owned() } else { clock.to_owned() })
            }
        })
        .collect()
}

/// `+90 s`, `+1:30:00`.
fn since(time: Duration, step: u64) -> String {
    let seconds = time.as_secs();
    match step {
        ..1000 => format!("+{seconds}.{:03} s", time.subsec_millis()),
        _ if seconds < 60 => format!("+{seconds} s"),
        _ if seconds < 3600 => format!("+{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("+{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(1_763_632_800_000_000_000 + seconds * 1_000_000_000)
    }

    #[test]
    fn columns_and_times_agree() {
        for (from, to, width) in [(0, 100, 77), (3, 4, 110), (0, 1_000_000, 20), (5, 5, 60)] {
            let window = Window::between(at(from), at(to), width);
            for column in 0..width {
                assert_eq!(window.column(window.begin(column)), Some(column), "{window:?}");
            }
            assert!(window.column(at(to)).is_some());
            assert_eq!((window.column(at(from - 1)), window.column(window.to())), (None, None));
        }
    }

    #[test]
    fn zoom_keeps_the_cursor_in_its_column_and_pan_stays_inside() {
        let all = Window::between(at(0), at(1000), 101);
        let cursor = all.begin(40);
        let near = all.zoomed(all.span / 4, cursor, all);
        assert!(near.column(cursor).unwrap().abs_diff(40) <= 1);
        assert_eq!(near.zoomed(all.span * 4, cursor, all).within(all), all);
        let left = Window { from: at(-500), ..near }.within(all);
        assert_eq!(left.from, all.from);
        assert!(near.showing(at(999)).column(at(999)).is_some() && near.showing(at(0)).column(at(0)).is_some());
    }

    #[test]
    fn ticks_are_round_and_apart() {
        let texts =
            |from, to, origin| ticks(&Window::between(at(from), at(to), 110), origin).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts(0, 240, None)[..3], ["10:00:00", "10:01:00", "10:02:00"]);
        assert_eq!(texts(49_000, 53_000, None)[..4], ["23:40:00", "23:50:00", "11-21", "00:10:00"]);
        assert_eq!(texts(7, 247, Some(at(7)))[..3], ["+0 s", "+1:00", "+2:00"]);
        assert_eq!(texts(0, 1, None)[..2], ["10:00:00.000", "10:00:00.200"]);
    }
}
