//! Bytes in hex and ASCII, those of the selected field and those that a finding points at marked.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::model::Model;
use crate::tui::model::packet::State;

/// Columns before the bytes: `0010  `.
const OFFSET: u16 = 6;

/// Columns that so many bytes a row take: hex, a space, ASCII.
pub const fn width(bytes: u16) -> u16 {
    OFFSET + 3 * bytes + 1 + bytes
}

/// Bytes that a row of so many columns has.
pub const fn per_row(columns: u16) -> usize {
    if columns >= width(16) {
        16
    } else if columns >= width(8) {
        8
    } else {
        4
    }
}

/// The first row on the screen: so that the selected field begins in it, or near it.
fn first_row(state: &State, area: Rect) -> usize {
    let per_row = per_row(area.width);
    let len = state.shown().map_or(0, |detail| detail.bytes.len());
    let height = usize::from(area.height);
    let last = len.div_ceil(per_row).saturating_sub(height);
    let wanted = state.selected().map_or(0, |row| row.range.start / per_row);
    // One row of what is before it.
    if wanted < height { 0 } else { wanted.saturating_sub(1).min(last) }
}

/// The byte at a place of the screen.
pub fn byte_at(state: &State, area: Rect, x: u16, y: u16) -> Option<usize> {
    if !area.contains((x, y).into()) {
        return None;
    }
    let per_row = per_row(area.width);
    let column = usize::from((x - area.x).checked_sub(OFFSET)?);
    let hex = 3 * per_row;
    let at = if column < hex { column / 3 } else { column.checked_sub(hex + 1)? };
    let byte = (first_row(state, area) + usize::from(y - area.y)) * per_row + at;
    (at < per_row && byte < state.shown()?.bytes.len()).then_some(byte)
}

/// Draws the bytes of the packet.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let state = &model.packet;
    let selected = state.selected().map_or(0..0, |row| row.range.clone());
    let findings = model.focus.packet.into_iter().flat_map(|packet| model.data.index.findings_of(packet));
    let faults: Vec<Range<usize>> = findings.filter_map(|found| found.finding.evidence.marked.clone()).collect();
    let style = |byte: usize| match () {
        () if selected.contains(&byte) => model.theme.found,
        () if faults.iter().any(|range| range.contains(&byte)) => model.theme.error,
        () => Style::default(),
    };
    dump(model, frame, area, first_row(state, area) * per_row(area.width), style);
}

/// Draws bytes from an offset on, each in its style.
pub fn dump(model: &Model, frame: &mut Frame<'_>, area: Rect, from: usize, style: impl Fn(usize) -> Style) {
    let bytes = model.packet.shown().map_or(&[][..], |detail| &detail.bytes);
    let per_row = per_row(area.width);
    for (row, y) in (0..).zip(area.y..area.bottom()) {
        let start = from + row * per_row;
        let Some(bytes) = bytes.get(start..).filter(|bytes| !bytes.is_empty()) else { break };
        let bytes = bytes.get(..per_row).unwrap_or(bytes);
        let mut line = Line::from(Span::styled(format!("{start:04x}  "), model.theme.faint));
        let numbered = || bytes.iter().enumerate().map(|(at, byte)| (start + at, *byte));
        for (at, byte) in numbered() {
            line.push_span(Span::styled(format!("{byte:02x}"), style(at)));
            // A field is one stretch.
            let is_inside = style(at) == style(at + 1) && at + 1 < start + bytes.len();
            line.push_span(Span::styled(" ", if is_inside { style(at) } else { Style::default() }));
        }
        line.push_span(" ".repeat(3 * (per_row - bytes.len()) + 1));
        for (at, byte) in numbered() {
            let c = if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '·' };
            line.push_span(Span::styled(c.to_string(), if c == '·' { model.theme.faint.patch(style(at)) } else { style(at) }));
        }
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}
