//! What was looked for, wherever it stands on the screen: a pass over the finished body.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::tui::model::Model;

/// Marks it.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let needle = model.search.to_lowercase();
    if needle.is_empty() {
        return;
    }
    let buffer = frame.buffer_mut();
    for y in area.top()..area.bottom() {
        // The column of each byte of the line.
        let (mut line, mut columns) = (String::new(), Vec::new());
        for x in area.left()..area.right() {
            let symbol = buffer.cell(Position::new(x, y)).map_or_else(String::new, |cell| cell.symbol().to_lowercase());
            columns.extend(std::iter::repeat_n(x, symbol.len()));
            line.push_str(&symbol);
        }
        let hits: Vec<u16> =
            line.match_indices(&needle).flat_map(|(at, hit)| columns.get(at..at + hit.len()).unwrap_or_default()).copied().collect();
        for x in hits {
            buffer.set_style(Rect::new(x, y, 1, 1), model.theme.found);
        }
    }
}
