//! What lies over the body: help, text, choices.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear};

use super::{cell, help, sessions};
use crate::tui::model::{Model, Overlay};
use crate::tui::update::sessions::columns;

/// Columns of an overlay of text: those of a manual, and its border.
const WIDE: u16 = 104;

/// Columns of one with a choice.
const NARROW: u16 = 76;

/// How many rows it has.
pub fn len(model: &Model) -> usize {
    match &model.overlay {
        None => 0,
        Some(Overlay::Help(_)) => help::lines(model).len(),
        Some(Overlay::Text { text, .. }) => lines(text, room(model)).len(),
        Some(Overlay::Columns(_)) => columns().len(),
        Some(Overlay::Save(_)) => model.savable().len(),
    }
}

/// Where it stands in the body: in the middle, as large as it has to be.
pub fn area(model: &Model, body: Rect) -> Rect {
    let height = u16::try_from(len(model)).unwrap_or(u16::MAX).saturating_add(2);
    let width = match model.overlay {
        Some(Overlay::Help(_) | Overlay::Text { .. }) => WIDE,
        _ => NARROW,
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
    let text = if let Overlay::Text { text, .. } = overlay { lines(text, room(model)) } else { Vec::new() };
    for (row, y) in visible.zip(inside.y..inside.bottom()) {
        let line = match overlay {
            Overlay::Help(_) => help.get(row).cloned().unwrap_or_default(),
            Overlay::Text { .. } => text.get(row).map_or_else(Line::default, |line| Line::from(line.as_str())),
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

/// Columns that text has.
fn room(model: &Model) -> usize {
    usize::from(model.size.0.min(WIDE).saturating_sub(4)).max(1)
}

/// Text broken into lines; what was indented stays so.
fn lines(text: &str, room: usize) -> Vec<String> {
    let mut all = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let mut rest = format!(" {line}");
        while cell::width(&rest) > room {
            let fits = rest.char_indices().scan(0, |columns, (at, c)| {
                *columns += cell::width(c.encode_utf8(&mut [0; 4]));
                (*columns <= room).then_some((at, c))
            });
            let (mut cut, mut space) = (0, None);
            for (at, c) in fits {
                cut = at + c.len_utf8();
                // Behind the indentation, that is.
                space = if c == ' ' && at > indent + 1 { Some(at) } else { space };
            }
            let (head, tail) = rest.split_at(space.unwrap_or(cut).max(1).min(rest.len()));
            all.push(head.to_owned());
            rest = format!("{}{}", " ".repeat(indent + 1), tail.trim_start());
            if indent + 2 > room {
                break;
            }
        }
        all.push(rest);
    }
    all
}

fn column(model: &Model, row: usize) -> String {
    let Some(column) = columns().get(row).copied() else { return String::new() };
    let chosen = model.sessions.columns.contains(&column);
    let sign = if chosen { "✓" } else { " " };
    let room = if chosen && !sessions::shown(model).contains(&column) { "(no room) " } else { "" };
    format!(" {sign} {}  {room}{}", cell::left(column.shape().title, 13), column.help())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words() {
        assert_eq!(lines("one two three\n\n  four five", 9), [" one two", " three", " ", "   four", "   five"]);
        assert_eq!(lines("abcdefghij", 5), [" abcd", " efgh", " ij"]);
    }
}
