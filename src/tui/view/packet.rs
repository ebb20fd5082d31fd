//! The packet: its fields as a tree, beside its bytes; below, what the selected field is for; and the payload.
//!
//! ```text
//!  PUBLISH #7 QoS 1 plant/pump/07 58 B                        client → server  packet 4 of 7  frame 9
//!  pump-07  10.0.3.7:51822  MQTT 3.1.1  12:00:01.000  exchange: PUBLISH  PUBACK +2 ms
//!  ● packet-id-zero MQTT-2.3.1-1: the Packet Identifier is 0
//! ▾ Fixed Header: PUBLISH                              0-1 │ 0000  32 38 00 0d 70 6c 61 6e  28..plan
//!     Packet Type: 3 (PUBLISH)                           0 │ 0008  74 2f 70 75 6d 70 2f 30  t/pump/0
//!   ▾ Flags: DUP 0, QoS 1, RETAIN 0                      0 │
//!       QoS: 1 (.... .01.)                               0 │── payload as JSON, 42 B ─────────────────
//!   Topic Name: "plant/pump/07"                       2-16 │ {
//!                                                          │   "temperature": 21.5
//!  QoS – how delivery is assured: 0 at most once, 1 ...     │ }
//! ```
//! On a narrow screen the bytes are below the tree, and the payload takes their place while it is selected.

mod bytes;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};

pub use bytes::byte_at;

use super::{cell, ladder};
use crate::index::{Cut, PacketId};
use crate::report::number;
use crate::report::style::sign;
use crate::show;
use crate::tui::model::ladder::Row as Place;
use crate::tui::model::packet::{Form, Row, State};
use crate::tui::model::{Model, column};

/// Name of the field that is the payload.
pub const PAYLOAD: &str = "Payload";

/// From this width on the bytes stand beside the tree.
const WIDE: u16 = 100;

/// The parts of the body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Areas {
    /// The packet in words, and what is wrong with it.
    pub head: Rect,
    /// The fields.
    pub tree: Rect,
    /// What the selected field is for.
    pub meaning: Rect,
    /// The bytes, below or beside a line.
    pub hex: Rect,
    /// The payload, with a line that says what it is; empty if there is none, or no room.
    pub payload: Rect,
}

/// Where the parts are.
pub fn areas(model: &Model, body: Rect) -> Areas {
    let head = u16::try_from(head(model, body).len()).unwrap_or(u16::MAX).min(body.height);
    let rest = Rect { y: body.y + head, height: body.height - head, ..body };
    let head = Rect { height: head, ..body };
    let meaning = if body.height < 12 { 1 } else { 2 }.min(rest.height);
    let state = &model.packet;
    let len = state.shown().map_or(0, |detail| detail.bytes.len());
    let has_payload = !state.payload().is_empty();
    if body.width >= WIDE {
        let right = bytes::width(if body.width >= 132 { 16 } else { 8 }) + 2;
        let left = body.width - right - 1;
        let column = |height: u16| Rect { width: left, height, ..rest };
        let beside = Rect { x: rest.x + left + 1, width: right, ..rest };
        let needed = u16::try_from(len.div_ceil(bytes::per_row(right))).unwrap_or(u16::MAX);
        let hex = if has_payload { needed.min(rest.height / 2) } else { rest.height };
        let tree = column(rest.height - meaning);
        Areas {
            head,
            tree,
            meaning: Rect { y: tree.bottom(), height: meaning, ..tree },
            hex: Rect { height: hex, ..beside },
            payload: Rect { y: beside.y + hex, height: rest.height - hex, ..beside },
        }
    } else {
        // No more than the bytes need, so that the tree has the rest; a payload needs some lines to be read.
        let needed = (len.div_ceil(bytes::per_row(body.width)) + 1).max(if has_payload { 7 } else { 3 });
        let most = (rest.height * 2 / 5).max(3).min(rest.height.saturating_sub(meaning + 1));
        let below = most.min(u16::try_from(needed).unwrap_or(u16::MAX));
        let tree = Rect { height: rest.height - meaning - below, ..rest };
        let meaning = Rect { y: tree.bottom(), height: meaning, ..rest };
        let below = Rect { y: meaning.bottom(), height: below, ..rest };
        let nothing = Rect { height: 0, ..below };
        let is_selected = has_payload && state.selected().is_some_and(|row| row.name == PAYLOAD);
        // Under its line.
        let inner = Rect { y: below.y + 1.min(below.height), height: below.height.saturating_sub(1), ..below };
        let (hex, payload) = if is_selected { (nothing, below) } else { (inner, nothing) };
        Areas { head, tree, meaning, hex, payload }
    }
}

/// Draws the pane.
pub fn draw(model: &Model, frame: &mut Frame<'_>, body: Rect) {
    let areas = areas(model, body);
    let state = &model.packet;
    frame.render_widget(Text::from(head(model, body)), areas.head);
    match &state.detail {
        None if model.focus.packet.is_none() => {
            return frame.render_widget(Line::styled("    no packet is selected", model.theme.faint), body);
        }
        None => return frame.render_widget(Line::styled("    reading…", model.theme.faint), areas.tree),
        Some(Err(error)) => {
            let lines =
                cell::filled(&format!("The bytes cannot be shown: {}", show::tame(error)), usize::from(body.width).saturating_sub(4));
            let lines: Vec<Line<'_>> = lines.into_iter().map(|line| Line::styled(format!("  {line}"), model.theme.warning)).collect();
            return frame.render_widget(Text::from(lines), Rect { width: body.width, ..areas.tree });
        }
        Some(Ok(_)) => {}
    }
    for (row, y) in state.list.visible(state.rows.len()).zip(areas.tree.y..areas.tree.bottom()) {
        let area = Rect { y, height: 1, ..areas.tree };
        if let Some(field) = state.rows.get(row) {
            frame.render_widget(line(model, field, area.width.into()), area);
        }
        if row == state.list.selected {
            frame.buffer_mut().set_style(area, model.theme.selected);
        }
    }
    meaning(model, frame, areas.meaning);
    if body.width >= WIDE {
        for y in areas.tree.y..areas.meaning.bottom() {
            frame.render_widget(Line::styled("│", model.theme.border), Rect { x: areas.tree.right(), y, width: 1, height: 1 });
        }
    } else if areas.hex.height > 0 {
        let line = Rect { y: areas.hex.y - 1, height: 1, ..areas.hex };
        let text = if state.payload().is_empty() { "" } else { " bytes (r: payload) " };
        frame.render_widget(ruled(model, text, line.width), line);
    }
    bytes::draw(model, frame, areas.hex);
    payload(model, frame, areas.payload);
}

/// What the packet is, where it stands, what is wrong with it.
fn head<'a>(model: &Model, body: Rect) -> Vec<Line<'a>> {
    let Some(packet) = model.focus.packet else { return Vec::new() };
    let Some(entry) = model.data.index.get(packet) else { return Vec::new() };
    let width = usize::from(body.width);
    let (kind, rest) = ladder::words(&model.data, packet, entry);
    let words = format!(" {kind} {rest}");
    let place = ladder::place(model, Place::Packet(packet));
    let first = ladder::beside(&words, &place, width);
    let mut lines = vec![Line::styled(first, model.theme.heading)];
    if body.height >= 12 {
        lines.push(Line::styled(cell::cut(&story(model, packet), width), model.theme.faint));
    }
    let mut budget = usize::from(body.height / 5);
    for found in model.data.index.findings_of(packet) {
        let finding = &found.finding;
        let text = format!("{} {} {}: {}", sign(finding.severity), finding.rule, finding.clause, show::tame(&finding.message));
        for line in cell::filled(&text, width.saturating_sub(2)).into_iter().take(budget) {
            lines.push(Line::styled(format!(" {line}"), model.theme.severity(finding.severity)));
            budget -= 1;
        }
    }
    let cut = model.packet.shown().and_then(|detail| Some((detail.cut?, detail.bytes.len() as u64, detail.size as u64)));
    if let Some((cut, len, size)) = cut {
        let (len, size) = (number::grouped(len), number::grouped(size));
        let text = match cut {
            Cut::TooLong => format!(" ▲ the first {len} of {size} bytes"),
            Cut::Missing => format!(" ▲ the first {len} of {size} bytes: the next one is not in the capture"),
        };
        lines.push(Line::styled(cell::cut(&text, width), model.theme.warning));
    }
    lines
}

/// Whose packet it is, when it came, and its exchange.
fn story(model: &Model, packet: PacketId) -> String {
    let data = &model.data;
    let entry = data.index.get(packet);
    let connection = entry.and_then(|entry| data.summary(entry.connection()));
    let mut parts = Vec::new();
    if let Some(found) = connection {
        parts.extend(column::named(found).map(|id| show::short(id, 40)));
        parts.push(found.client.to_string());
    }
    if let Some(entry) = entry {
        let is_known = connection.is_some_and(|found| found.version.is_some());
        parts.push(format!("{}MQTT {}", if is_known { "" } else { "read as " }, entry.version()));
        parts.push(entry.time().to_string().chars().skip("2026-11-20T".len()).take("12:00:00.123456".len()).collect());
    }
    let exchange = data.index.exchange(packet);
    if exchange.len() > 1 {
        parts.push(format!("exchange: {}", ladder::steps(model, &exchange)));
    }
    format!(" {}", parts.join("  "))
}

/// A field: where it is in the tree, name, value, bytes.
fn line<'a>(model: &Model, row: &Row, width: usize) -> Line<'a> {
    let theme = &model.theme;
    let sign = match row.open {
        Some(true) => "▾ ",
        Some(false) => "▸ ",
        None => "  ",
    };
    let indent = "  ".repeat(row.depth) + sign;
    let span = span(&row.range);
    let room = width.saturating_sub(cell::width(&span) + 2);
    let name = cell::cut(&format!("{indent}{}", row.name), room);
    let gap = if row.value.is_empty() { "" } else { ": " };
    let value = cell::left(&format!("{gap}{}", row.value), room.saturating_sub(cell::width(&name)));
    let (named, said) = if row.is_malformed() { (theme.error, theme.error) } else { (theme.name, theme.text) };
    Line::from(vec![Span::styled(name, named), Span::styled(value, said), Span::styled(format!(" {span} "), theme.faint)])
}

/// First and last byte.
fn span(range: &std::ops::Range<usize>) -> String {
    match range.len() {
        0 => String::new(),
        1 => range.start.to_string(),
        _ => format!("{}-{}", range.start, range.end - 1),
    }
}

fn meaning(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some(row) = model.packet.selected().filter(|row| !row.meaning.is_empty()) else { return };
    let text = format!("{} – {}", row.name, row.meaning);
    let lines = cell::filled(&text, usize::from(area.width).saturating_sub(2));
    let lines: Vec<Line<'_>> = lines.into_iter().map(|line| Line::styled(format!(" {line}"), model.theme.info)).collect();
    frame.render_widget(Text::from(lines), area);
}

/// A line with a title in it.
fn ruled<'a>(model: &Model, title: &str, width: u16) -> Line<'a> {
    let title = cell::cut(&format!("──{title}"), width.into());
    let fill = "─".repeat(usize::from(width).saturating_sub(cell::width(&title)));
    Line::styled(title + &fill, model.theme.border)
}

/// How many lines the payload has.
pub fn payload_lines(state: &State, area: Rect) -> usize {
    match state.form() {
        Form::Hex => state.payload().len().div_ceil(bytes::per_row(area.width)),
        Form::Json | Form::Text => state.lines.len(),
    }
}

fn payload(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let state = &model.packet;
    let payload = state.payload();
    if payload.is_empty() || area.height == 0 {
        return;
    }
    let form = state.form();
    let all = payload_lines(state, area);
    let height = usize::from(area.height) - 1;
    let shown = state.scroll..(state.scroll + height).min(all);
    let part = if shown.len() < all { format!(", lines {}-{} of {all}", shown.start + 1, shown.end) } else { String::new() };
    let title = format!(" payload as {}, {}{part} (r) ", form.name(), number::bytes(payload.len() as u64));
    frame.render_widget(ruled(model, &title, area.width), Rect { height: 1, ..area });
    let lines = Rect { y: area.y + 1, height: area.height - 1, ..area };
    if form == Form::Hex {
        let from = state.shown().and_then(|detail| detail.payload.clone()).map_or(0, |range| range.start);
        return bytes::dump(model, frame, lines, from + state.scroll * bytes::per_row(area.width), |_| Style::default());
    }
    for (line, y) in shown.zip(lines.y..lines.bottom()) {
        let text = state.lines.get(line).map_or("", String::as_str);
        frame.render_widget(Line::styled(text.to_owned(), model.theme.text), Rect { y, height: 1, ..lines });
    }
}
