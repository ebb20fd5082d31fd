//! The bytes of a packet in rows, the offending ones marked by colour and by carets below them.

use ratatui::text::{Line, Span};

use crate::finding::Evidence;
use crate::tui::theme::Theme;

/// Most rows.
const ROWS: usize = 16;

/// Rows where nothing is marked.
const FEW: usize = 2;

/// The bytes up to the row that ends the marked ones, in lines of `width` columns.
pub fn lines<'a>(evidence: &Evidence, theme: &Theme, width: usize) -> Vec<Line<'a>> {
    let Evidence { bytes, offset, marked } = evidence;
    // Offset, two blanks, three columns a byte, a blank, one column a byte.
    let per_row = if width >= 7 + 16 * 4 { 16 } else { 8 };
    let end = match marked {
        Some(range) => range.end.max(range.start + 1).saturating_sub(*offset).next_multiple_of(per_row),
        None => per_row * FEW,
    };
    let shown = bytes.get(..end.min(per_row * ROWS)).unwrap_or(bytes);
    let mut lines = Vec::new();
    for (number, row) in shown.chunks(per_row).enumerate() {
        let start = offset + number * per_row;
        let is_marked = |at: usize| marked.as_ref().is_some_and(|range| range.contains(&at));
        let mut line = Line::styled(format!("{start:04x}  "), theme.faint);
        for (at, byte) in (start..).zip(row) {
            let style = if is_marked(at) { theme.error } else { theme.text };
            line.push_span(Span::styled(format!("{byte:02x}"), style));
            line.push_span(" ");
        }
        line.push_span(" ".repeat((per_row - row.len()) * 3 + 1));
        for (at, byte) in (start..).zip(row) {
            let style = if is_marked(at) { theme.error } else { theme.faint };
            let c = if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' };
            line.push_span(Span::styled(c.to_string(), style));
        }
        let last = (number + 1) * per_row >= shown.len();
        if last && shown.len() < bytes.len() {
            line.push_span(Span::styled(" …", theme.faint));
        }
        lines.push(line);
        if let Some(range) = marked {
            // What is missing stands behind the last byte.
            let (from, to) = (range.start.max(start), range.end.max(range.start + 1).min(start + per_row));
            if from < to && from <= start + row.len() && (last || from < start + row.len()) {
                let carets = "^".repeat((to - from) * 3 - 1);
                lines.push(Line::styled(format!("{:1$}{carets}", "", 6 + (from - start) * 3), theme.error));
            }
        }
    }
    lines
}
