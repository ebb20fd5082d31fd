//! The last line: what is being typed and what is wrong with it, or a message, or the most useful keys; and counts.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::cell;
use crate::filter::Filter;
use crate::report::number;
use crate::show;
use crate::tui::model::prompt::{Prompt, Purpose};
use crate::tui::model::{Model, Pane};

/// Keys that a newcomer needs, shown where nothing else is to be told.
const HINTS: &str = "? help  Enter open  / search  f filter  Space mark  s save  q back";

/// Draws the line.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    if let Some(prompt) = &model.prompt {
        return input(model, prompt, frame, area);
    }
    let counts = counts(model);
    let room = usize::from(area.width).saturating_sub(cell::width(&counts) + 2);
    let left = match &model.note {
        Some(note) => {
            let style = if note.is_trouble { model.theme.warning } else { model.theme.good };
            let sign = if note.is_trouble { "▲ " } else { "" };
            Span::styled(cell::cut(&format!(" {sign}{}", show::text(note.text.as_bytes())), room), style)
        }
        None => Span::styled(cell::cut(&format!(" {HINTS}"), room), model.theme.faint),
    };
    frame.render_widget(Line::from(left), area);
    frame.render_widget(Line::from(counts).right_aligned(), area);
}

/// What is shown of how much, and by what it is narrowed.
fn counts(model: &Model) -> String {
    let mut parts = Vec::new();
    if model.follow {
        parts.push("following".to_owned());
    }
    if let Some(filter) = &model.scope.filter {
        parts.push(format!("filter {}", show::short(filter.text().as_bytes(), 30)));
    }
    if let Some(id) = &model.scope.linked {
        parts.push(format!("only {}", show::short(id, 20)));
    }
    if !model.marked.is_empty() {
        parts.push(format!("{} marked", number::grouped(model.marked.len() as u64)));
    }
    if model.pane == Pane::Sessions {
        let (shown, all) = (model.sessions.rows.len(), model.data.index.connection_count() as usize);
        let at = if shown == 0 { 0 } else { model.sessions.list.selected + 1 };
        let of = if shown == all { String::new() } else { format!(" of {}", number::grouped(all as u64)) };
        parts.push(format!("{}/{}{of}", number::grouped(at as u64), number::grouped(shown as u64)));
    }
    parts.join("  ") + " "
}

/// The line that is typed: its end, if it is longer than the room for it.
fn input(model: &Model, prompt: &Prompt, frame: &mut Frame<'_>, area: Rect) {
    let error = if prompt.purpose == Purpose::Filter { Filter::parse(prompt.text()).err() } else { None };
    let label = Span::styled(format!(" {}", prompt.label()), model.theme.heading);
    let room = usize::from(area.width).saturating_sub(label.width() + 1);
    let scroll = prompt.input.visual_scroll(room);
    let mut line = Line::from(label.clone());
    let mut column = 0;
    for (at, c) in prompt.text().char_indices() {
        let shown = show::text(c.encode_utf8(&mut [0; 4]).as_bytes()).replace("\\\\", "\\");
        column += cell::width(&shown);
        if column <= scroll {
            continue;
        }
        let wrong = error.as_ref().is_some_and(|error| at >= error.at);
        let style = if wrong { model.theme.error.add_modifier(Modifier::UNDERLINED) } else { model.theme.text };
        line.push_span(Span::styled(shown, style));
    }
    let cursor = label.width() + prompt.input.visual_cursor().saturating_sub(scroll);
    if let Some(error) = error {
        line.push_span("  ");
        line.push_span(Span::styled(format!("▲ {}", error.message), model.theme.warning));
    }
    frame.render_widget(line, area);
    let x = area.x + u16::try_from(cursor).unwrap_or(u16::MAX).min(area.width.saturating_sub(1));
    frame.set_cursor_position((x, area.y));
}
