//! The pane below the lanes: what is under the cursor, how the gaps of the selected connection are distributed, what its pings
//! took, and the sentence.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{cell, keep_alive, name};
use crate::index::{Connection, ConnectionId, Lane, Trip, typical};
use crate::report::number;
use crate::report::style::sign;
use crate::time::Timestamp;
use crate::tui::model::keep_alive::marks::extent;
use crate::tui::model::keep_alive::sentence::sentence;
use crate::tui::model::{Model, TimeFormat};

/// Heights of a sparkline.
const SPARKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Bands of gaps, in shares of the Keep Alive.
const BANDS: [&str; 4] = ["0–0.5×", "0.5–1×", "1–1.5×", ">1.5×"];

/// Draws the pane.
pub fn draw(model: &Model, id: ConnectionId, frame: &mut Frame<'_>, area: Rect) {
    let Some((connection, lane)) = model.data.connection(id).zip(model.keep_alive.lane(id)) else { return };
    let mut rows = (area.y..area.bottom()).map(|y| Rect { y, height: 1, ..area });
    if area.height >= 6
        && let Some(row) = rows.next()
    {
        frame.render_widget(heading(model, id, connection, row.width.into()), row);
    }
    if let Some(row) = rows.next() {
        frame.render_widget(reading(model, connection, lane, row.width.into()), row);
    }
    if area.height >= 9 {
        let half = area.width / 2;
        let charts: Vec<Rect> = rows.by_ref().take(BANDS.len()).collect();
        if let [first, ..] = charts.as_slice() {
            let charts = Rect { height: BANDS.len() as u16, ..*first };
            bands(model, lane, frame, Rect { width: half.saturating_sub(2), ..charts });
            trips(model, connection, lane, frame, Rect { x: charts.x + half, width: area.width - half, ..charts });
        }
    }
    let mut text = sentence(&model.data.index, connection, lane, &model.keep_alive.policy);
    let pending = model.data.index.pending_of(id).iter().map(|found| &found.finding);
    let pending: Vec<String> = pending.map(|one| format!("{} {} ({})", sign(one.severity), one.rule, one.blames.name())).collect();
    if !pending.is_empty() {
        text += &format!(" Pending: {}.", pending.join(", "));
    }
    for (row, text) in rows.zip(cell::filled(&text, usize::from(area.width).saturating_sub(2))) {
        frame.render_widget(Line::from(format!(" {text}")), row);
    }
}

fn heading<'a>(model: &Model, id: ConnectionId, connection: &Connection, width: usize) -> Line<'a> {
    let summary = &connection.summary;
    let version = summary.version.map_or(String::new(), |version| format!("  {}", version.name()));
    let set = match summary.asked_keep_alive.filter(|asked| Some(*asked) != summary.keep_alive) {
        Some(asked) => format!(" (set by the server; asked for {asked} s)"),
        None => String::new(),
    };
    let text = format!(" {}  {}{version}  keep alive {}{set} ", name(model, id, 40), summary.client, keep_alive(connection));
    let text = cell::cut(&text, width.saturating_sub(4));
    let rest = width.saturating_sub(2 + cell::width(&text));
    Line::from(vec![
        Span::styled("──", model.theme.border),
        Span::styled(text, model.theme.heading),
        Span::styled("─".repeat(rest), model.theme.border),
    ])
}

/// A time as the user wants it told.
fn told(model: &Model, time: Timestamp) -> String {
    match model.time {
        TimeFormat::Absolute => number::clock(time, Some(time)),
        TimeFormat::Relative | TimeFormat::Delta => format!("+{}", number::elapsed(time.since(model.data.start().unwrap_or(time)))),
    }
}

/// What the cursor reads.
fn reading<'a>(model: &Model, connection: &Connection, lane: &Lane, width: usize) -> Line<'a> {
    let cursor = model.keep_alive.cursor();
    let (begin, end) = extent(connection, model.keep_alive.now);
    let mut parts = vec![(told(model, cursor), model.theme.heading)];
    let pause = lane.pause_at(cursor, &model.data.index, connection);
    match pause {
        _ if cursor < begin => parts.push(("not open yet".into(), model.theme.faint)),
        Some(pause) if end.is_none_or(|end| cursor <= end) => {
            let silent = cursor.min(pause.until).since(pause.since);
            let share = pause.share_at(cursor);
            let of = match (share, pause.keep_alive) {
                (Some(share), Some(limit)) => format!(" = {share:.2}× of {} s", limit.as_secs()),
                _ if connection.summary.keep_alive.is_none() => " (keep alive not known)".to_owned(),
                _ => " (no keep alive in force)".to_owned(),
            };
            let style = match share {
                Some(1.5..) => model.theme.error,
                Some(1.0..) => model.theme.warning,
                _ => model.theme.text,
            };
            parts.push((format!("silent {}{of}", length(silent)), style));
            if let Some(doubt) = pause.doubt {
                parts.push((format!("unsure: {doubt}"), model.theme.info));
            }
        }
        _ if end.is_some_and(|end| cursor > end) => parts.push(("closed".into(), model.theme.faint)),
        _ => parts.push(("no packet of the client yet".into(), model.theme.faint)),
    }
    if let Some(ping) = lane.ping_at(cursor, connection)
        && let Some(entry) = model.data.index.get(ping)
    {
        let exchange = model.data.index.exchange(ping);
        let answer = exchange.into_iter().filter(|packet| *packet > ping).find_map(|packet| model.data.index.round_trip(packet));
        let at = told(model, entry.time());
        parts.push(match answer {
            Some(took) => (format!("ping {at} answered after {}", trip(took)), model.theme.text),
            None if lane.unanswered() > 0 => (format!("ping {at}: no answer seen"), model.theme.warning),
            None => (format!("ping {at}"), model.theme.text),
        });
    }
    let mut line = Line::from(Span::styled(" ▼ ", model.theme.heading));
    for (text, style) in parts {
        let room = width.saturating_sub(line.width());
        line.push_span(Span::styled(cell::cut(&text, room), style));
        line.push_span("  ");
    }
    line
}

/// `74.2 s`, as the rules tell it.
fn length(time: Duration) -> String {
    if time.as_secs() < 3600 { format!("{:.1} s", time.as_secs_f64()) } else { number::duration(time) }
}

/// `3.1 ms`, `412 µs`.
fn trip(time: Duration) -> String {
    match time.as_micros() {
        ..1000 => format!("{} µs", time.as_micros()),
        1000..100_000 => format!("{:.1} ms", time.as_secs_f64() * 1000.0),
        _ => number::duration(time),
    }
}

fn bands(model: &Model, lane: &Lane, frame: &mut Frame<'_>, area: Rect) {
    let counts = lane.bands();
    let most = counts.into_iter().max().unwrap_or_default().max(1);
    let digits = cell::width(&number::grouped(most));
    let room = usize::from(area.width).saturating_sub(16 + digits);
    let styles = [model.theme.good, model.theme.good, model.theme.warning, model.theme.error];
    for (row, ((label, count), style)) in BANDS.into_iter().zip(counts).zip(styles).enumerate() {
        let bar = (count as u128 * room as u128 / u128::from(most)) as usize;
        // One is never nothing.
        let bar = if count > 0 && bar == 0 { "▏".to_owned() } else { "█".repeat(bar) };
        let head = if row == 0 { " gaps " } else { "      " };
        let style = if count == 0 { model.theme.faint } else { style };
        let line = Line::from(vec![
            Span::styled(head, model.theme.heading),
            Span::raw(cell::right(label, 6)),
            Span::raw("  "),
            Span::styled(bar, style),
            Span::styled(format!(" {}", number::grouped(count)), style),
        ]);
        frame.render_widget(line, Rect { y: area.y + row as u16, height: 1, ..area });
    }
}

/// Round trips of pings from the begin of the connection to its end: in each column the worst.
fn trips(model: &Model, connection: &Connection, lane: &Lane, frame: &mut Frame<'_>, area: Rect) {
    let trips = lane.trips();
    let mut rows = (area.y..area.bottom()).map(|y| Rect { y, height: 1, ..area });
    let Some(first) = rows.next() else { return };
    let head = Span::styled("pings  ", model.theme.heading);
    let times: Vec<Duration> = trips.iter().map(|trip| trip.took).collect();
    let Some((median, _)) = typical(&times) else {
        let none = match lane.pings() {
            0 => "none",
            pings if pings == lane.unanswered() => "no answers",
            _ => "round trips not known: no CONNECT",
        };
        return frame.render_widget(Line::from(vec![head, Span::styled(none, model.theme.faint)]), first);
    };
    let worst = times.into_iter().max().unwrap_or_default();
    let text = format!("round trip {}, worst {}", trip(median), trip(worst));
    frame.render_widget(Line::from(vec![head, Span::raw(text)]), first);
    let window = model.keep_alive.extent(connection, area.width.saturating_sub(1).max(1));
    let mut columns = vec![Duration::ZERO; window.width.into()];
    for Trip { at, took } in trips {
        if let Some(column) = window.column(*at).and_then(|column| columns.get_mut(usize::from(column))) {
            *column = (*column).max(*took);
        }
    }
    let height = |took: Duration| (took.as_nanos() * 7 / worst.as_nanos().max(1)) as usize;
    let spark = |took: &Duration| if took.is_zero() { " " } else { SPARKS.get(height(*took)).copied().unwrap_or("█") };
    let line: String = columns.iter().map(spark).collect();
    if let Some(row) = rows.next() {
        frame.render_widget(Line::styled(line, model.theme.server), row);
    }
    if let Some(row) = rows.next() {
        let (from, to) = (told(model, window.from), told(model, trips.last().map_or(window.from, |trip| trip.at)));
        let unanswered = lane.unanswered();
        let rest = if unanswered > 0 { format!(", {} unanswered", number::grouped(unanswered as u64)) } else { String::new() };
        let text = format!("{}{rest}, {from} to {to}", number::counted(trips.len() as u64, "answer"));
        frame.render_widget(Line::styled(cell::cut(&text, row.width.into()), model.theme.faint), row);
    }
}
