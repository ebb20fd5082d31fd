//! The second line: names of the panes, with the key of each.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use strum::IntoEnumIterator;

use super::cell;
use crate::tui::model::{Model, Pane};

/// Draws the line.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let mut line = Line::default();
    for (pane, label) in labels(area.width) {
        let style = if pane == model.pane { model.theme.tab } else { model.theme.text };
        line.push_span(Span::styled(label, style));
    }
    frame.render_widget(line, area);
}

/// The pane whose name stands in a column.
pub fn at(x: u16, area: Rect) -> Option<Pane> {
    let mut end = area.x;
    labels(area.width).into_iter().find_map(|(pane, label)| {
        end += u16::try_from(cell::width(&label)).unwrap_or(u16::MAX);
        (x < end).then_some(pane)
    })
}

/// Names, or where there is no room for them, how they begin.
fn labels(width: u16) -> Vec<(Pane, String)> {
    let all = |limit: usize| -> Vec<(Pane, String)> {
        Pane::iter()
            .zip(1..)
            .map(|(pane, key)| (pane, format!(" {key} {} ", pane.title().chars().take(limit).collect::<String>())))
            .collect()
    };
    let fits = |labels: &[(Pane, String)]| labels.iter().map(|(_, label)| cell::width(label)).sum::<usize>() <= usize::from(width);
    [usize::MAX, 6, 4, 2].into_iter().map(all).find(|labels| fits(labels)).unwrap_or_else(|| all(0))
}
