//! The keep-alive timeline: one lane per connection over time; the line thickens as the client's silence grows.
//!
//! ```text
//!                         12:00:00      12:01:00      12:02:00      12:03:00  ▼   12:04:00
//! ▸ pump-07         60 s  ├╌╌╌╌╌╌╌──────○╌╌╌╌╌╌╌──────○╌╌╌╌╌╌╌──────┃━━━━━━━█✖ keep alive expired: server closed 1.53×
//!   gateway-a       30 s  ├▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▒▒▒▪▪▪▪▪▪▪▪▪▪▪▪▪▪▶ taken over
//!   display           off ├┈┈┈•┈┈┈┈┈┈┈┈┈┈┈┈┈·┈┈┈┈┈┈┈┈┈┈┈┈┈┈·┈┈┈┈┈┈┈┈┈┈┈
//!  • ▪ ■ client packets  ○ PINGREQ  ◂ PINGRESP  · : ⋮ server  ╌ ─ silent  ┃ 1×  ━  █ 1.5×  ▒ gap or doubt  ✖ ▶ ┤ end
//! ── pump-07  10.0.3.7:51822  3.1.1  keep alive 60 s ─────────────────────────────────────────────────────────────────
//!  ▼ 12:03:41.203  silent 74.2 s = 1.24× of 60 s   ping 12:03:00.001 answered after 3 ms
//!  gaps  0–0.5×  ████████████████ 412               pings  round trip 3.1 ms, worst 41.2 ms
//!      0.5–1.0×  ████ 97                            ▁▁▂▁▁▁▇▁▁▁
//!      1.0–1.5×  ▏ 3
//!        >1.5×   ▏ 1
//!  Pings every 60.0 s ± 0.1 s on a keep alive of 60 s; 3 late, worst 1.53×; the server closed at 1.53×, as it must.
//! ```
//!
//! What stands in a column where much happens: [`crate::tui::model::keep_alive::marks`].

mod detail;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::cell;
use crate::finding::Severity;
use crate::flow::Role;
use crate::index::{Connection, ConnectionId};
use crate::mqtt::Version;
use crate::report::style::sign;
use crate::tui::model::column::{named, numbered};
use crate::tui::model::keep_alive::marks::{Density, Mark, extent};
use crate::tui::model::keep_alive::window::ticks;
use crate::tui::model::{Loading, Model, TimeFormat};
use crate::tui::theme::Theme;
use crate::tui::update::keep_alive::{rows, selected_row};

/// The parts of the pane.
#[derive(Clone, Copy, Debug)]
pub struct Areas {
    /// Times.
    pub ticks: Rect,
    /// Lanes, with their labels.
    pub lanes: Rect,
    /// What the marks mean.
    pub legend: Rect,
    /// About the selected connection.
    pub detail: Rect,
    /// Width of the labels.
    pub label: u16,
    /// Columns of time.
    pub width: u16,
}

/// The parts of the pane on so much room.
pub fn areas(area: Rect) -> Areas {
    let (detail, legend) = match area.height {
        18.. => (9, 1),
        13.. => (6, 1),
        6.. => (4, 0),
        _ => (0, 0),
    };
    let label = match area.width {
        120.. => 34,
        80.. => 24,
        60.. => 20,
        _ => 14.min(area.width / 2),
    };
    let lanes = area.height.saturating_sub(1 + detail + legend);
    let row = |y: u16, height: u16| Rect { y: area.y + y.min(area.height), height: height.min(area.height.saturating_sub(y)), ..area };
    Areas {
        ticks: row(0, 1),
        lanes: row(1, lanes),
        legend: row(1 + lanes, legend),
        detail: row(1 + lanes + legend, detail),
        label,
        width: area.width.saturating_sub(label).max(1),
    }
}

/// Draws the pane.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let areas = areas(area);
    let rows = rows(model);
    if rows.is_empty() {
        let line = Line::styled(format!("   {}", nothing(model)), model.theme.faint);
        return frame.render_widget(line, areas.lanes);
    }
    times(model, frame, &areas);
    for (row, y) in model.keep_alive.list.visible(rows.len()).zip(areas.lanes.y..areas.lanes.bottom()) {
        if let Some(id) = rows.get(row) {
            lane(model, *id, row == model.keep_alive.list.selected, frame, &areas, y);
        }
    }
    cursor(model, frame, &areas);
    frame.render_widget(legend(&model.theme, areas.legend.width.into()), areas.legend);
    if let Some(id) = selected_row(model) {
        detail::draw(model, id, frame, areas.detail);
    }
}

/// Why there is no lane.
fn nothing(model: &Model) -> &'static str {
    match (model.data.index.connection_count(), &model.data.loading) {
        (1.., _) => "no connection fits the filter (f changes it, x shows all client ids)",
        (_, Loading::Finished) => "no MQTT connection in this capture",
        (_, Loading::Failed(_)) => "nothing could be read",
        _ => "no MQTT connection yet",
    }
}

/// By what a connection is known: client id, or else address.
pub fn name(model: &Model, id: ConnectionId, limit: usize) -> String {
    let Some(summary) = model.data.summary(id) else { return String::new() };
    named(summary).map_or_else(|| summary.client.to_string(), |client| numbered(id, client, &model.data, limit))
}

/// `60 s`, `off`, `?`; with an arrow down if the server set it.
pub fn keep_alive(connection: &Connection) -> String {
    let summary = &connection.summary;
    let set = summary.asked_keep_alive.is_some() && summary.asked_keep_alive != summary.keep_alive;
    let arrow = if set { "↓" } else { "" };
    match summary.keep_alive {
        None => "?".into(),
        Some(0) => format!("off{arrow}"),
        Some(seconds) => format!("{seconds} s{arrow}"),
    }
}

fn times(model: &Model, frame: &mut Frame<'_>, areas: &Areas) {
    let origin = if model.time == TimeFormat::Absolute { None } else { model.data.start() };
    let mut free = 0;
    for (column, text) in ticks(&model.keep_alive.window, origin) {
        let width = cell::width(&text) as u16 + 1;
        if column >= free && column + width <= areas.width + 1 {
            let area = Rect { x: areas.ticks.x + areas.label + column, width: width.min(areas.width - column), ..areas.ticks };
            frame.render_widget(Line::styled(text, model.theme.heading), area);
            free = column + width;
        }
    }
}

/// The column of the cursor, over all lanes.
fn cursor(model: &Model, frame: &mut Frame<'_>, areas: &Areas) {
    let state = &model.keep_alive;
    let Some(column) = state.window.column(state.cursor()).filter(|column| *column < areas.width) else { return };
    let x = areas.ticks.x + areas.label + column;
    let used = (rows(model).len().min(areas.lanes.height.into())) as u16;
    frame.render_widget(Span::styled("▼", model.theme.heading), Rect { x, width: 1, ..areas.ticks });
    frame.buffer_mut().set_style(Rect { x, width: 1, height: used, ..areas.lanes }, model.theme.selected);
}

fn lane(model: &Model, id: ConnectionId, selected: bool, frame: &mut Frame<'_>, areas: &Areas, y: u16) {
    let Some(connection) = model.data.connection(id) else { return };
    let theme = &model.theme;
    let row = Rect { y, height: 1, ..areas.lanes };
    let alive = keep_alive(connection);
    let room = usize::from(areas.label).saturating_sub(4 + cell::width(&alive));
    let marked = model.marked.contains(&id);
    let mark = if marked { "✓" } else { " " };
    let label = Line::from(vec![
        Span::raw(if selected { "▸" } else { " " }),
        Span::styled(mark, theme.marked),
        Span::styled(cell::left(&name(model, id, room), room), if marked { theme.marked } else { theme.name }),
        Span::styled(format!(" {alive} "), theme.faint),
    ]);
    frame.render_widget(label, Rect { width: areas.label.min(row.width), ..row });
    if selected {
        frame.buffer_mut().set_style(Rect { width: areas.label.saturating_sub(1), ..row }, theme.selected);
    }
    let Some(lane) = model.keep_alive.lane(id) else { return };
    let marks = model.keep_alive.lanes(&model.data).marks(connection, lane);
    let mut line = Line::default();
    for run in marks.chunk_by(|one, other| one == other) {
        let (symbol, style) = run.first().map_or((" ", theme.text), |mark| shown(*mark, theme));
        line.push_span(Span::styled(symbol.repeat(run.len()), style));
    }
    let chart = Rect { x: row.x + areas.label, width: areas.width, ..row };
    frame.render_widget(line, chart);
    let window = model.keep_alive.window;
    let behind = match extent(connection, model.keep_alive.now).1 {
        // It was over before.
        Some(end) if end < window.from => 0,
        Some(end) => window.column(end).map_or(areas.width, |end| end + 2),
        None => areas.width,
    };
    let text = cause(connection, lane);
    let free = usize::from(areas.width.saturating_sub(behind));
    if free >= 8 {
        let area = Rect { x: chart.x + behind, width: free as u16, ..chart };
        frame.render_widget(Line::styled(cell::cut(&text, free), theme.faint), area);
    }
}

/// Why a connection ended, and at which silence.
fn cause(connection: &Connection, lane: &crate::index::Lane) -> String {
    let summary = &connection.summary;
    let text = summary.ending.describe(summary.version.unwrap_or(Version::V3_1_1));
    let share = lane.last().filter(|last| last.doubt.is_none()).and_then(|last| last.share());
    share.map_or_else(|| text.clone(), |share| format!("{text} at {share:.2}×"))
}

/// How a mark looks.
fn shown(mark: Mark, theme: &Theme) -> (&'static str, Style) {
    match mark {
        Mark::Nothing => (" ", theme.text),
        Mark::Ended => ("┤", theme.text),
        Mark::TakenOver => ("▶", theme.warning),
        Mark::Broken => ("✖", theme.error),
        Mark::Opened => ("├", theme.text),
        Mark::Older => ("…", theme.faint),
        Mark::Found(severity) => (found(severity), theme.severity(severity)),
        Mark::Hole(Role::Client) | Mark::Doubtful => ("▒", theme.info),
        Mark::Hole(Role::Server) => ("░", theme.info),
        Mark::Pingreq => ("○", theme.client),
        Mark::Client(Density::One) => ("•", theme.client),
        Mark::Client(Density::Some) => ("▪", theme.client),
        Mark::Client(Density::Many) => ("■", theme.client),
        Mark::Pingresp => ("◂", theme.server),
        Mark::Server(Density::One) => ("·", theme.server),
        Mark::Server(Density::Some) => (":", theme.server),
        Mark::Server(Density::Many) => ("⋮", theme.server),
        Mark::Unwatched => ("┈", theme.faint),
        Mark::Fresh => ("╌", theme.good),
        Mark::Quiet => ("─", theme.good),
        Mark::Limit => ("┃", theme.warning),
        Mark::Overdue => ("━", theme.warning),
        Mark::Expired => ("█", theme.error),
    }
}

fn found(severity: Severity) -> &'static str {
    match sign(severity) {
        '●' => "●",
        '▲' => "▲",
        _ => "·",
    }
}

/// What the marks mean, as much of it as there is room for, in the looks of the marks.
fn legend<'a>(theme: &Theme, width: usize) -> Line<'a> {
    use Mark::*;
    let all: [(&[Mark], &str, &str); 11] = [
        (&[Pingreq], "PINGREQ", "ping"),
        (&[Client(Density::One), Client(Density::Some), Client(Density::Many)], "client: 1, 2, 10", "client"),
        (&[Fresh, Quiet], "silent 0.5×", "0.5×"),
        (&[Limit, Overdue], "1×", "1×"),
        (&[Expired], "1.5×", "1.5×"),
        (&[Hole(Role::Client)], "gap, doubt", "gap"),
        (&[Broken, TakenOver, Ended], "end", "end"),
        (&[Found(Severity::Error), Found(Severity::Warning)], "finding", "finding"),
        (&[Pingresp], "PINGRESP", "answer"),
        (&[Server(Density::One), Server(Density::Some), Server(Density::Many)], "server", "server"),
        (&[Unwatched], "not judged", "not judged"),
    ];
    let length = |text: fn(&(&[Mark], &'static str, &'static str)) -> &'static str| {
        all.iter().map(|part| part.0.len() + 3 + cell::width(text(part))).sum::<usize>()
    };
    let long = length(|part| part.1) <= width;
    let mut line = Line::from(" ");
    for (marks, text, short) in all {
        let text = if long { text } else { short };
        if line.width() + marks.len() + 2 + cell::width(text) > width {
            break;
        }
        for mark in marks {
            let (symbol, style) = shown(*mark, theme);
            line.push_span(Span::styled(symbol, style));
        }
        line.push_span(Span::styled(format!(" {text}  "), theme.faint));
    }
    line
}
