//! The sessions: a heading and one row per connection.

use std::collections::HashMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::cell;
use crate::analysis::Connection;
use crate::finding::Severity;
use crate::index::ConnectionId;
use crate::report::style::sign;
use crate::tui::model::column::{self, Column, ESSENTIAL, Shape};
use crate::tui::model::{Loading, Model};

/// Columns before the first one: where one is, and what is marked.
const MARGIN: u16 = 3;

/// Columns between two.
const GAP: u16 = 2;

/// The part of the body that holds rows.
pub fn rows(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

/// Draws the pane.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let layout = layout(model, area.width);
    frame.render_widget(heading(model, &layout), Rect { height: 1, ..area });
    let below = rows(area);
    if model.sessions.rows.is_empty() {
        let line = Line::styled(format!("   {}", nothing(model)), model.theme.faint);
        return frame.render_widget(line, below);
    }
    for (row, y) in model.sessions.list.visible(model.sessions.rows.len()).zip(below.y..below.bottom()) {
        let area = Rect { y, height: 1, ..below };
        frame.render_widget(line(model, row, &layout), area);
        if row == model.sessions.list.selected {
            frame.buffer_mut().set_style(area, model.theme.selected);
        }
    }
}

/// The heading of a column that stands at `x`.
pub fn column_at(model: &Model, x: u16) -> Option<Column> {
    let mut at = MARGIN;
    layout(model, model.size.0).into_iter().find_map(|(column, width)| {
        let here = (at..at + width).contains(&x);
        at += width + GAP;
        here.then_some(column)
    })
}

/// The columns that there is room for.
pub fn shown(model: &Model) -> Vec<Column> {
    layout(model, model.size.0).into_iter().map(|(column, _)| column).collect()
}

/// Whether a row has `needle` (in lower case) in one of its columns.
pub fn has(model: &Model, row: usize, needle: &str) -> bool {
    let Some(id) = at(model, row) else { return false };
    let texts = model.sessions.columns.iter().map(|column| column.text(id, above(model, row), &model.data, model.time, usize::MAX / 8));
    texts.into_iter().any(|text| text.to_lowercase().contains(needle))
}

fn at(model: &Model, row: usize) -> Option<ConnectionId> {
    model.sessions.rows.get(row).copied()
}

fn above(model: &Model, row: usize) -> Option<ConnectionId> {
    at(model, row.checked_sub(1)?)
}

/// Why there is no row.
fn nothing(model: &Model) -> &'static str {
    match (model.data.index.connection_count() == 0, &model.data.loading) {
        (false, _) => "no connection fits the filter (f changes it, x shows all client ids)",
        (true, Loading::Finished) => "no MQTT connection in this capture; --port says where a server listens",
        (true, Loading::Failed(_)) => "nothing could be read",
        (true, _) => "no MQTT connection yet",
    }
}

/// The columns that there is room for, with their widths; what is left over goes to the last one.
fn layout(model: &Model, width: u16) -> Vec<(Column, u16)> {
    let needed = |columns: &[Column], width: fn(Shape) -> u16| {
        MARGIN + columns.iter().map(|column| width(column.shape()) + GAP).sum::<u16>().saturating_sub(GAP)
    };
    let mut wanted = model.sessions.columns.clone();
    wanted.sort_by_key(|column| column.shape().rank);
    let mut columns: Vec<Column> = Vec::new();
    for column in wanted {
        columns.push(column);
        let essential = column.shape().rank <= ESSENTIAL;
        let needed = needed(&columns, if essential { |shape| shape.least } else { |shape| shape.enough });
        if needed > width && columns.len() > 1 {
            columns.pop();
        }
    }
    columns.sort_by_key(|column| model.sessions.columns.iter().position(|known| known == column));
    let mut room = width.saturating_sub(needed(&columns, |shape| shape.least));
    let mut order = columns.clone();
    // A cause cut short is no cause.
    order.sort_by_key(|column| (*column != Column::Ended, column.shape().rank));
    let mut widths = HashMap::new();
    for column in order {
        let Shape { least, most, .. } = column.shape();
        let more = room.min(most - least);
        room -= more;
        widths.insert(column, least + more);
    }
    let last = columns.last().copied();
    let wide = |column| widths.get(&column).copied().unwrap_or_default() + if Some(column) == last { room } else { 0 };
    columns.into_iter().map(|column| (column, wide(column))).collect()
}

fn heading<'a>(model: &Model, layout: &[(Column, u16)]) -> Line<'a> {
    let mut line = Line::styled(" ".repeat(MARGIN.into()), model.theme.heading);
    for (column, width) in layout {
        let shape = column.shape();
        let sorted = *column == model.sessions.sort;
        let title = match (sorted, model.sessions.descending) {
            (false, _) => shape.title.to_owned(),
            (true, true) => format!("{}▾", shape.title),
            (true, false) => format!("{}▴", shape.title),
        };
        line.push_span(fitted(&title, *width, shape.right));
        line.push_span("  ");
    }
    line
}

fn line<'a>(model: &Model, row: usize, layout: &[(Column, u16)]) -> Line<'a> {
    let Some((id, found)) = at(model, row).and_then(|id| Some((id, model.data.summary(id)?))) else { return Line::default() };
    let selected = row == model.sessions.list.selected;
    let marked = model.marked.contains(&id);
    let mut line = Line::from(if selected { "▸" } else { " " });
    line.push_span(Span::styled(if marked { "✓ " } else { "  " }, model.theme.marked));
    let kin = model.selected().and_then(|id| model.data.summary(id)).and_then(column::named);
    if !selected && kin.is_some() && column::named(found) == kin {
        line = line.style(model.theme.linked);
    }
    for (column, width) in layout {
        let text = column.text(id, above(model, row), &model.data, model.time, (*width).into());
        let text = fitted(&text, *width, column.shape().right);
        if *column == Column::Findings {
            findings(model, &text).into_iter().for_each(|span| line.push_span(span));
        } else {
            line.push_span(Span::styled(text, style(model, *column, found, marked)));
        }
        line.push_span("  ");
    }
    line
}

fn fitted(text: &str, width: u16, right: bool) -> String {
    if right { cell::right(text, width.into()) } else { cell::left(text, width.into()) }
}

fn style(model: &Model, column: Column, connection: &Connection, marked: bool) -> Style {
    let theme = &model.theme;
    match column {
        Column::Client if marked => theme.marked,
        Column::Client => theme.name,
        Column::Gap => match column::gap(connection, model.data.index.now()) {
            Some(1.5..) => theme.error,
            Some(1.0..) => theme.warning,
            _ => theme.text,
        },
        Column::Number | Column::Start | Column::Address | Column::Server => theme.faint,
        _ => theme.text,
    }
}

/// Each count in the style of its severity.
fn findings<'a>(model: &Model, text: &str) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    let mut style = model.theme.text;
    for c in text.chars() {
        style = Severity::ALL.into_iter().find(|severity| sign(*severity) == c).map_or(style, |severity| model.theme.severity(severity));
        spans.push(Span::styled(c.to_string(), style));
    }
    spans
}
