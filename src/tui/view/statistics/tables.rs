//! Tables: latencies, QoS, the topics and the clients with the most.

use std::time::Duration;

use ratatui::text::{Line, Span};

use super::{Row, right, share, title};
use crate::index::{Latency, Volume};
use crate::report::number::{bytes, duration, grouped};
use crate::show;
use crate::tui::model::statistics::{Measure, Target};
use crate::tui::model::{Model, column};
use crate::tui::view::cell;

/// Columns of the longest bar.
const BAR: usize = 8;

/// How long answers took, by kind of answer.
pub fn latencies(model: &Model, width: usize) -> Vec<Row> {
    let theme = &model.theme;
    let statistics = model.data.index.statistics();
    let narrow = width < 52;
    let remark = if width < 70 { "" } else { "p50, p90 and p99 are exact to a sixteenth" };
    let mut rows = vec![title(model, "Latency", remark)];
    let row = |cells: [&str; 6]| {
        let [name, samples, p50, p90, p99, max] = cells.map(str::to_owned);
        let mut text = format!(" {}{}", cell::left(&name, 9), right(&samples, if narrow { 6 } else { 9 }));
        let cells = if narrow { vec![p50, p99, max] } else { vec![p50, p90, p99, max] };
        cells.iter().for_each(|cell| text.push_str(&right(cell, if narrow { 8 } else { 10 })));
        text
    };
    rows.push(Line::styled(row(["answer", if narrow { "count" } else { "samples" }, "p50", "p90", "p99", "max"]), theme.faint).into());
    for latency in Latency::ALL {
        let found = statistics.latency(latency);
        let share = |share| found.percentile(share).map_or_else(|| "-".to_owned(), short);
        let max = if found.samples() == 0 { "-".to_owned() } else { short(found.longest()) };
        let text = row([latency.answer().name(), &grouped(found.samples()), &share(0.5), &share(0.9), &share(0.99), &max]);
        rows.push(Line::styled(text, if found.samples() == 0 { theme.faint } else { theme.text }).into());
    }
    rows
}

/// `87 µs`, `1.23 ms`, `45.6 ms`, `789 ms`, `1.2 s`.
fn short(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    match milliseconds {
        0.0..1.0 => duration(time),
        1.0..9.995 => format!("{milliseconds:.2} ms"),
        9.995..99.95 => format!("{milliseconds:.1} ms"),
        _ => duration(time),
    }
}

/// What was published with which QoS, by either side.
pub fn qos(model: &Model, width: usize) -> Vec<Row> {
    let (theme, measure) = (&model.theme, model.statistics.measure);
    let statistics = model.data.index.statistics();
    let all = all(model);
    let value = if width < 60 { 10 } else { 14 };
    let mut rows = vec![title(model, "QoS", &by(measure))];
    rows.push(Line::styled(format!(" {:9}{}{}", "", right("client", value + 6), right("server", value + 6)), theme.faint).into());
    for qos in 0..4 {
        let sides = statistics.qos.map(|volumes| volumes.get(qos).map_or(0, |volume| measure.of(volume)));
        if qos == 3 && sides == [0, 0] {
            continue;
        }
        let mut line = Line::styled(format!(" QoS {qos:<5}"), theme.name);
        for (count, style) in sides.into_iter().zip([theme.client, theme.server]) {
            line.push_span(Span::styled(right(&amount(measure, count), value) + &right(&share(count, all), 6), style));
        }
        rows.push(line.into());
    }
    let (retained, repeated) = (grouped(statistics.retained), grouped(statistics.repeated));
    rows.push(Line::styled(format!(" PUBLISH with RETAIN {retained}, with DUP {repeated}"), theme.faint).into());
    rows
}

/// The topics with the most.
pub fn topics(model: &Model, width: usize) -> Vec<Row> {
    let all = all(model);
    let mut rows = vec![title(model, "Topics", &by(model.statistics.measure))];
    for (topic, volume) in &model.statistics.sums.topics {
        rows.push(top(model, width, &show::short(topic, width), volume, all, Target::Topic(topic.clone())));
    }
    none(model, rows)
}

/// The clients with the most, both ways.
pub fn clients(model: &Model, width: usize) -> Vec<Row> {
    let all = all(model);
    let remark = format!("{}, both ways", by(model.statistics.measure));
    let mut rows = vec![title(model, "Clients", &remark)];
    for (id, volume) in &model.statistics.sums.clients {
        let Some(connection) = model.data.summary(*id) else { continue };
        let name = column::named(connection).map_or_else(|| connection.client.to_string(), |name| show::short(name, width));
        rows.push(top(model, width, &name, volume, all, Target::Client(*id)));
    }
    none(model, rows)
}

fn none(model: &Model, mut rows: Vec<Row>) -> Vec<Row> {
    if rows.len() == 1 {
        rows.push(Line::styled("   no PUBLISH", model.theme.faint).into());
    }
    rows
}

fn top(model: &Model, width: usize, name: &str, volume: &Volume, all: u64, target: Target) -> Row {
    let theme = &model.theme;
    let value = model.statistics.measure.of(volume);
    let selected = model.statistics.selected.as_ref() == Some(&target);
    let mut line = Line::from(if selected { "▸" } else { " " });
    line.push_span(right(&amount(model.statistics.measure, value), 10) + &right(&share(value, all), 6) + "  ");
    let bar = if width < 60 { 0 } else { BAR };
    if bar > 0 {
        let filled = (value as f64 / all.max(1) as f64 * bar as f64).round().max(1.0) as usize;
        line.push_span(Span::styled(cell::left(&"█".repeat(filled.min(bar)), bar + 1), theme.series[0]));
    }
    let rest = width.saturating_sub(19 + if bar > 0 { bar + 1 } else { 0 });
    line.push_span(Span::styled(cell::cut(name, rest), theme.name));
    Row { line, target: Some(target) }
}

/// All that was published, both ways.
fn all(model: &Model) -> u64 {
    model.data.index.statistics().qos.iter().flatten().map(|volume| model.statistics.measure.of(volume)).sum()
}

fn by(measure: Measure) -> String {
    format!("by {} (b: {})", measure.name(), measure.next().name())
}

fn amount(measure: Measure, value: u64) -> String {
    match measure {
        Measure::Messages => grouped(value),
        Measure::Bytes => bytes(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        let micros = [87, 1_234, 9_996, 45_600, 99_960, 789_000, 1_234_000];
        let shown = micros.map(|micros| short(Duration::from_micros(micros)));
        assert_eq!(shown, ["87 µs", "1.23 ms", "10.0 ms", "45.6 ms", "99 ms", "789 ms", "1.2 s"]);
    }
}
