//! Packets over time: all of them as a chart with axes, each type as a line of bars below.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::{Row, right, title};
use crate::mqtt::PacketType;
use crate::report::number::{duration, grouped};
use crate::tui::model::statistics::Series;
use crate::tui::model::{Model, TimeFormat};
use crate::tui::view::cell;

/// Columns of names and counts, before the bars.
const LABEL: usize = 22;

/// Columns of the highest value, behind them.
const PEAK: usize = 12;

/// Eighths of a cell.
const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The section, for `width` columns; `high`: there are many rows.
pub fn rows(model: &Model, width: usize, high: bool) -> Vec<Row> {
    let theme = &model.theme;
    let statistics = model.data.index.statistics();
    let peaks = width >= LABEL + PEAK + 24;
    let room = width.saturating_sub(LABEL + if peaks { PEAK } else { 1 }).max(8);
    let series = Series::new(&statistics.rates, room);
    let Some(start) = statistics.rates.start() else {
        return vec![title(model, "Packets", ""), Line::styled("   none", theme.faint).into()];
    };
    let column = series.span / u32::try_from(series.columns.len()).unwrap_or(u32::MAX).max(1);
    let all = grouped(statistics.packets.iter().sum());
    let narrowed = model.scope.filter.is_some() || model.scope.linked.is_some();
    let of = if narrowed { " of all connections" } else { "" };
    let mut rows = vec![title(model, "Packets", &format!("{all}{of}, a column is {}", duration(column)))];
    let total = series.rates(None);
    let height = if high { 6 } else { 3 };
    let highest = peak(&series, None);
    for (row, bars) in bars(&total, height).into_iter().enumerate() {
        let label = match row {
            0 => highest.clone(),
            _ if row + 1 == height => "0".to_owned(),
            _ => String::new(),
        };
        let label = Span::styled(right(&label, LABEL - 2) + " │", theme.faint);
        rows.push(Line::from(vec![label, Span::styled(bars, theme.series[0])]).into());
    }
    rows.push(Line::styled(format!("{:1$}{2}", "", LABEL - 1, axis(series.columns.len())), theme.faint).into());
    let time = if model.time == TimeFormat::Absolute { TimeFormat::Absolute } else { TimeFormat::Relative };
    let at = |part: Duration| time.tell(start.after(part), None, Some(start));
    let times = [at(Duration::ZERO), at(series.span / 2), at(series.span)];
    rows.push(Line::styled(format!("{:1$}{2}", "", LABEL, below(&times, series.columns.len())), theme.faint).into());
    for kind in PacketType::ALL {
        let count = statistics.packets.get(kind.index()).copied().unwrap_or_default();
        if count == 0 {
            continue;
        }
        let bars = bars(&series.rates(Some(kind)), 1).concat();
        let mut line = Line::from(vec![
            Span::styled(format!(" {}", cell::left(kind.name(), 11)), theme.name),
            Span::raw(right(&grouped(count), LABEL - 13) + " "),
            Span::styled(cell::left(&bars, room), theme.series[style(kind)]),
        ]);
        if peaks {
            line.push_span(Span::styled(right(&format!("max {}", peak(&series, Some(kind))), PEAK), theme.faint));
        }
        rows.push(line.into());
    }
    rows
}

/// Which of the styles of series a type has: handshake and end, messages, acknowledgements and subscriptions, pings.
const fn style(kind: PacketType) -> usize {
    match kind {
        PacketType::Publish => 0,
        PacketType::Puback | PacketType::Pubrec | PacketType::Pubrel | PacketType::Pubcomp => 1,
        PacketType::Pingreq | PacketType::Pingresp => 2,
        _ => 3,
    }
}

/// Values as bars, `height` rows high, the uppermost first. Whatever is not zero is seen.
fn bars(values: &[f64], height: usize) -> Vec<String> {
    let highest = values.iter().copied().fold(0.0, f64::max);
    let eighths = height * 8;
    let level = |value: f64| match value > 0.0 {
        true => ((value / highest * eighths as f64).round() as usize).clamp(1, eighths),
        false => 0,
    };
    let levels: Vec<usize> = values.iter().map(|value| level(*value)).collect();
    let row = |below: usize| levels.iter().map(|level| LEVELS[level.saturating_sub(below * 8).min(8)]).collect();
    (0..height).rev().map(row).collect()
}

/// The highest value: packets per second, or, where columns are shorter than that, packets in one.
fn peak(series: &Series, kind: Option<PacketType>) -> String {
    let rates = series.rates(kind).into_iter().zip(&series.widths);
    let Some((rate, width)) = rates.max_by(|a, b| a.0.total_cmp(&b.0)) else { return String::new() };
    match rate {
        rate if *width < Duration::from_secs(1) => grouped((rate * width.as_secs_f64()).round() as u64),
        rate if rate < 10.0 => format!("{rate:.1}/s"),
        rate => format!("{}/s", grouped(rate.round() as u64)),
    }
}

/// The axis of time, with marks at its ends and in its middle.
fn axis(columns: usize) -> String {
    let mark = |column: usize| if column == 0 || column + 1 == columns || column == columns / 2 { '┴' } else { '─' };
    std::iter::once('└').chain((0..columns).map(mark)).collect()
}

/// Start, middle and end below the axis, as far as there is room.
fn below([first, middle, last]: &[String; 3], room: usize) -> String {
    let (a, b, c) = (cell::width(first), cell::width(middle), cell::width(last));
    if a + b + c + 4 <= room {
        let before = (room / 2).saturating_sub(b / 2 + a);
        let behind = room.saturating_sub(a + before + b + c);
        format!("{first}{}{middle}{}{last}", " ".repeat(before), " ".repeat(behind))
    } else if a + c + 2 <= room {
        format!("{first}{:1$}{last}", "", room - a - c)
    } else {
        first.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_their_rows() {
        assert_eq!(bars(&[0.0, 0.01, 4.0, 8.0], 1), [" ▁▄█"]);
        assert_eq!(bars(&[2.0, 4.0, 3.0], 2), [" █▄", "███"]);
        assert_eq!(bars(&[0.0], 1), [" "]);
    }

    #[test]
    fn times_below_the_axis_do_not_overlap() {
        let times = ["+0 s", "+5 s", "+10 s"].map(str::to_owned);
        assert_eq!(below(&times, 20), "+0 s    +5 s   +10 s");
        assert_eq!(below(&times, 12), "+0 s   +10 s");
        assert_eq!(below(&times, 9), "+0 s");
    }
}
