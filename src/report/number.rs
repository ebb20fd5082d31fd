//! Numbers, times and durations in words for people.

use std::time::Duration;

use crate::finding::Severity;
use crate::time::Timestamp;

/// `1,204`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 frame`, `1,204 frames`; `-y` becomes `-ies`.
pub fn counted(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{} {stem}ies", grouped(number)),
        _ => format!("{} {noun}s", grouped(number)),
    }
}

/// `1 error`, `8 warnings`, `8 info`.
pub fn severities(number: u64, severity: Severity) -> String {
    if severity == Severity::Info { format!("{} info", grouped(number)) } else { counted(number, severity.name()) }
}

/// `1.3 MB`, in powers of 1000.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    let mut value = number as f64;
    let mut unit = "B";
    for next in UNITS {
        // Above this, one digit behind the point would round up to the next unit.
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if unit == "B" { format!("{number} B") } else { format!("{value:.1} {unit}") }
}

/// `850 ms`, `12.3 s`, `34 min 57 s`, `2 h 5 min`, `3 d 4 h`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.is_zero() => "0 s".into(),
        0 if duration.as_millis() == 0 => format!("{} µs", duration.as_micros()),
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// `14.999 s`; from a day on, as [`duration`] says it.
pub fn elapsed(time: Duration) -> String {
    if time.as_secs() < 86_400 { format!("{:.3} s", time.as_secs_f64()) } else { duration(time) }
}

/// `2026-11-20 12:00:00.123`, UTC.
pub fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    let cut = text.len().saturating_sub("000000Z".len());
    text.get(..cut).unwrap_or(&text).replace('T', " ")
}

/// `12:00:00.123` if `time` is on the day of `reference`, else the whole of it.
pub fn clock(time: Timestamp, reference: Option<Timestamp>) -> String {
    let whole = moment(time);
    match (whole.split_once(' '), reference.map(moment)) {
        (Some((day, clock)), Some(reference)) if reference.starts_with(day) => clock.to_owned(),
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        assert_eq!([grouped(0), grouped(999), grouped(1000), grouped(1_234_567)], ["0", "999", "1,000", "1,234,567"].map(str::to_owned));
        assert_eq!([counted(1, "frame"), counted(1204, "frame"), counted(2, "retry")], ["1 frame", "1,204 frames", "2 retries"]);
    }

    #[test]
    fn sizes_and_durations_pick_a_unit() {
        assert_eq!([bytes(999), bytes(1000), bytes(1_250_000), bytes(999_960)], ["999 B", "1.0 kB", "1.2 MB", "1.0 MB"]);
        let ms = Duration::from_millis;
        assert_eq!(
            [ms(0), ms(850), ms(12_300), ms(2_097_000), ms(7_500_000), ms(273_600_000)].map(duration),
            ["0 s", "850 ms", "12.3 s", "34 min 57 s", "2 h 5 min", "3 d 4 h"].map(str::to_owned)
        );
    }

    #[test]
    fn clock_tells_the_day_only_where_it_differs() {
        let start = Timestamp::from_nanos(1_763_632_800_000_000_000);
        assert_eq!(moment(start), "2025-11-20 10:00:00.000");
        assert_eq!(clock(start.after(Duration::from_millis(1500)), Some(start)), "10:00:01.500");
        assert_eq!(clock(start.after(Duration::from_secs(86_400)), Some(start)), "2025-11-21 10:00:00.000");
    }
}
