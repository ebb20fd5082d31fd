//! The model as a screen. Nothing here changes anything; only what can be seen is computed.
//!
//! ```text
//! header    mqttscope   plant.pcapng   1,284 connections   ● 2 errors  ▲ 40 warnings      loading 71 %
//! tabs      1 Sessions  2 Ladder  3 Packet  4 Keep alive  5 Findings  6 Statistics
//! body      the pane that is open, and what lies over it
//! status    the line of input, a message or the keys                    12 of 1,284  2 marked
//! ```

mod ascii;
pub mod cell;
pub mod findings;
mod found;
mod header;
mod help;
pub mod keep_alive;
pub mod ladder;
pub mod overlay;
pub mod packet;
pub mod sessions;
pub mod statistics;
mod status;
pub mod tabs;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::model::{Model, Pane};

/// The parts of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Areas {
    /// What is open, and how far loading has come.
    pub header: Rect,
    /// Names of the panes.
    pub tabs: Rect,
    /// The pane.
    pub body: Rect,
    /// Input, messages, counts.
    pub status: Rect,
}

/// The parts of a screen of so many columns and rows.
pub fn areas((columns, rows): (u16, u16)) -> Areas {
    let line = Constraint::Length(1);
    let [header, tabs, body, status] = Layout::vertical([line, line, Constraint::Min(1), line]).areas(Rect::new(0, 0, columns, rows));
    Areas { header, tabs, body, status }
}

/// Draws the screen.
pub fn draw(model: &Model, frame: &mut Frame<'_>) {
    let Rect { width, height, .. } = frame.area();
    let areas = areas((width, height));
    header::draw(model, frame, areas.header);
    tabs::draw(model, frame, areas.tabs);
    match model.pane {
        Pane::Sessions => sessions::draw(model, frame, areas.body),
        Pane::Ladder => ladder::draw(model, frame, areas.body),
        Pane::Packet => packet::draw(model, frame, areas.body),
        Pane::KeepAlive => keep_alive::draw(model, frame, areas.body),
        Pane::Findings => findings::draw(model, frame, areas.body),
        Pane::Statistics => statistics::draw(model, frame, areas.body),
    }
    found::draw(model, frame, areas.body);
    overlay::draw(model, frame, areas.body);
    status::draw(model, frame, areas.status);
    if model.theme.ascii {
        ascii::replace(frame.buffer_mut());
    }
}

/// A screen as lines of text, without spaces at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut covered = 0;
        for cell in (buffer.area.left()..buffer.area.right()).filter_map(|x| buffer.cell((x, y))) {
            // What a wide character covers is not there.
            if covered == 0 {
                line.push_str(cell.symbol());
                covered = cell::width(cell.symbol()).max(1);
            }
            covered -= 1;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
