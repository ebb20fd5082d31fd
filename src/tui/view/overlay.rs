//! What lies over the body: help, text, choices.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear};

use super::{cell, help};
use crate::tui::model::{Model, Overlay};
use crate::tui::update::sessions::columns;

/// How many rows it has.
pub fn len(model: &Model) -> usize {
    match &model.overlay {
        None => 0,
        Some(Overlay::Help(_)) => help::lines(model).len(),
        Some(Overlay::Text { lines, .. }) => lines.len(),
        Some(Overlay::Columns(_)) => columns().len(),
        Some(Overlay::Save(_)) => model.savable().len(),
    }
}

/// Where it stands in the body: in the middle, as large as it has to be.
pub fn area(model: &Model, body: Rect) -> Rect {
    let height = u16::try_from(len(model)).unwrap_or(u16::MAX).saturating_add(2);
    let width = match model.overlay {
        Some(Overlay::Help(_) | Overlay::Text { .. }) => 104,
        _ => 76,
    };
    body.centered(width.min(body.width).into(), height.min(body.height).into())
}

/// The part of it that holds rows.
pub fn inside(area: Rect) -> Rect {
    Block::bordered().inner(area)
}

/// Draws it, if there is one.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let Some(overlay) = &model.overlay else { return };
    let area = area(model, body);
    let (title, list, choice) = match overlay {
        Overlay::Help(list) => ("Help".to_owned(), list, false),
        Overlay::Text { title, list, .. } => (title.clone(), list, false),
        Overlay::Columns(list) => ("Columns".to_owned(), list, true),
        Overlay::Save(list) => ("Save".to_owned(), list, true),
    };
    let rows = len(model);
    let visible = list.visible(rows);
    let more = if visible.len() < rows { format!(" {}-{} of {rows} ", visible.start + 1, visible.end) } else { String::new() };
    let block = Block::bordered()
        .border_type(BorderType::Plain)
        .border_style(model.theme.border)
        .title(Line::styled(format!(" {title} "), model.theme.heading))
        .title_bottom(Line::from(more).right_aligned());
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    let inside = inside(area);
    let help = if matches!(overlay, Overlay::Help(_)) { help::lines(model) } else { Vec::new() };
    for (row, y) in visible.zip(inside.y..inside.bottom()) {
        let line = match overlay {
            Overlay::Help(_) => help.get(row).cloned().unwrap_or_default(),
            Overlay::Text { lines, .. } => Line::from(lines.get(row).map_or("", String::as_str)),
            Overlay::Columns(_) => Line::from(column(model, row)),
            Overlay::Save(_) => Line::from(model.savable().get(row).map_or_else(String::new, |(_, what, _)| format!(" {what}"))),
        };
        let area = Rect { y, height: 1, ..inside };
        frame.render_widget(line, area);
        if choice && row == list.selected {
            frame.buffer_mut().set_style(area, model.theme.selected);
        }
    }
}

fn column(model: &Model, row: usize) -> String {
    let Some(column) = columns().get(row).copied() else { return String::new() };
    let sign = if model.sessions.columns.contains(&column) { "✓" } else { " " };
    format!(" {sign} {}  {}", cell::left(column.shape().title, 13), column.help())
}
