//! The statistics: two columns where there is room for them, else one; each scrolls.
//!
//! ```text
//!  Packets       88   a column is 240 ms                         │ Topics by messages
//!              12/s ▅ ▂                                          │      12  34 %  ████  plant/pump/07/pressure
//!                   █▇█  ▁▁  ▂ ▁                                 │ Clients by messages
//!                 0 ███▂▁██▁▁█▁█▁▁                               │      20  57 %  ██████ gateway-a
//!                   11:27:45          11:27:57         11:28:09  │ QoS                client          server
//!  PUBLISH       35 ▅▂▁  ▁▁  ▂ ▁                   4 in 240 ms   │   QoS 0          20  57 %        4  11 %
//!  Latency  samples      p50      p90      p99      max          │ Capture
//!  PUBACK        12   1.2 ms   3.4 ms   8.1 ms   9.0 ms          │   198 frames, 15.0 kB, 24.0 s
//! ```

mod capture;
mod chart;
mod tables;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

use super::cell;
use crate::tui::model::Model;
use crate::tui::model::statistics::Target;

/// From this width on, there are two columns.
const WIDE: u16 = 110;

/// A line, and what it selects.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// What is shown.
    pub line: Line<'static>,
    /// What can be selected there.
    pub target: Option<Target>,
}

impl From<Line<'static>> for Row {
    fn from(line: Line<'static>) -> Self {
        Self { line, target: None }
    }
}

/// The columns of a body: where they stand.
pub fn columns(body: Rect) -> Vec<Rect> {
    if body.width < WIDE {
        return vec![body];
    }
    let left = body.width * 11 / 20;
    vec![Rect { width: left - 1, ..body }, Rect { x: body.x + left + 1, width: body.width - left - 1, ..body }]
}

/// What stands in each of the columns.
pub fn rows(model: &Model, body: Rect) -> Vec<Vec<Row>> {
    let high = body.height >= 30;
    match columns(body).as_slice() {
        [left, right] => {
            let (left, right) = (usize::from(left.width), usize::from(right.width));
            vec![
                joined([chart::rows(model, left, high), tables::latencies(model, left), tables::qos(model, left)]),
                joined([tables::topics(model, right), tables::clients(model, right), capture::rows(model, right)]),
            ]
        }
        _ => {
            let width = usize::from(body.width);
            let first = joined([chart::rows(model, width, high), tables::latencies(model, width), tables::topics(model, width)]);
            vec![joined([first, tables::clients(model, width), tables::qos(model, width), capture::rows(model, width)])]
        }
    }
}

/// Sections below each other, with a line between them.
fn joined<const N: usize>(sections: [Vec<Row>; N]) -> Vec<Row> {
    let mut all = Vec::new();
    for section in sections.into_iter().filter(|section| !section.is_empty()) {
        if !all.is_empty() {
            all.push(Row::default());
        }
        all.extend(section);
    }
    all
}

/// Draws the pane.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let columns = columns(body);
    if let [_, right] = columns.as_slice() {
        let border = Rect { x: right.x - 1, ..*right };
        frame.render_widget(Block::new().borders(Borders::LEFT).border_style(model.theme.border), border);
    }
    for ((column, rows), list) in columns.into_iter().zip(rows(model, body)).zip(model.statistics.lists) {
        for (row, y) in list.visible(rows.len()).zip(column.y..column.bottom()) {
            let Some(row) = rows.get(row) else { continue };
            let area = Rect { y, height: 1, ..column };
            frame.render_widget(&row.line, area);
            if row.target.is_some() && row.target == model.statistics.selected {
                frame.buffer_mut().set_style(area, model.theme.selected);
            }
        }
        let below = rows.len().saturating_sub(list.visible(rows.len()).end);
        if below > 0 && column.width >= 60 {
            let more = Line::styled(format!(" {below} more ↓ "), model.theme.faint).right_aligned();
            frame.render_widget(more, Rect { y: column.bottom() - 1, height: 1, ..column });
        }
    }
}

/// The heading of a section, with a remark.
fn title(model: &Model, name: &str, remark: &str) -> Row {
    Line::from(vec![Span::styled(format!(" {name}"), model.theme.heading), Span::styled(format!("  {remark}"), model.theme.faint)]).into()
}

/// A share of a whole in percent.
fn share(part: u64, whole: u64) -> String {
    match (part, whole) {
        (_, 0) => String::new(),
        (0, _) => "0 %".to_owned(),
        (part, whole) => match part as f64 * 100.0 / whole as f64 {
            percent if percent < 0.5 => "<1 %".to_owned(),
            percent => format!("{percent:.0} %"),
        },
    }
}

/// Text to the right of a column.
fn right(text: &str, width: usize) -> String {
    cell::right(text, width)
}
