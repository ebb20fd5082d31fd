//! The ladder: who sent what to whom, one row per packet.
//!
//! ```text
//!     time          Δ          pump-07  10.0.3.7:51822  3.1.1  keep alive 60 s       10.0.0.5:1883   findings
//!     12:00:00.100             SYN ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶
//!     12:00:00.101  +1 ms      CONNECT 3.1.1 pump-07 keep alive 60 s clean session ─────────▶
//!     12:00:00.109  +8 ms      ◀────────────────────────────── CONNACK Connection Accepted
//!  ┌  12:00:01.000             PUBLISH #7 QoS 2 plant/pump/07 42 B ───────────────────────▶
//! ▸│  12:00:01.002  +2 ms      ◀──────────────────────────────────────────────── PUBREC #7
//!  ├  12:00:01.003  +1 ms      PUBREL #7 ─────────────────────────────────────────────────▶
//!  └  12:00:01.005  +2 ms      ◀────────────────────────────────── PUBCOMP #7 (after 5 ms)
//!   ● 12:00:02.000             PUBLISH #0 QoS 1 plant/pump/07 42 B ───────────────────────▶ packet-id-zero MQTT-2.3.1-1
//!     12:00:09.000  +7 s       ── server closed after a protocol violation, open for 9.0 s ──
//! ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
//!  PUBREC #7                                                              server → client  packet 4 of 7  frame 9
//!  exchange: PUBLISH  PUBREC +2 ms  PUBREL +3 ms  PUBCOMP +5 ms
//! ```

pub mod file;
mod search;
mod words;

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub use search::Search;
pub use words::words;

use super::cell;
use super::header::file;
use crate::finding::Finding;
use crate::flow::Role;
use crate::frame::FrameId;
use crate::index::{ConnectionId, Entry, PacketId, TcpEvent, TcpEventKind};
use crate::mqtt::Version;
use crate::report::style::sign;
use crate::report::{Files, number};
use crate::session::Ending;
use crate::show;
use crate::time::Timestamp;
use crate::tui::model::column::{self, Column};
use crate::tui::model::ladder::Row;
use crate::tui::model::{Loading, Model, TimeFormat};

/// Cursor, bracket, sign of a finding, and a space.
const GUTTER: u16 = 4;

/// From this width on there is room for microseconds and for two columns of time.
const WIDE: u16 = 110;

/// Below this width arrows are one character long.
const NARROW: u16 = 60;

/// Widths of the columns; 0: not there.
#[derive(Clone, Copy, Debug)]
struct Columns {
    time: u16,
    delta: u16,
    name: u16,
    lane: u16,
    mark: u16,
}

/// The part of the body that holds rows.
pub fn rows(area: Rect) -> Rect {
    let head = u16::from(area.height > 2);
    Rect { y: area.y + head, height: area.height.saturating_sub(head + foot(area.height)), ..area }
}

/// Lines below the rows.
const fn foot(height: u16) -> u16 {
    match height {
        0..8 => 0,
        8..16 => 1,
        _ => 4,
    }
}

/// Draws the pane.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let ladder = &model.ladder;
    if ladder.len() == 0 {
        let text = if model.selected().is_none() { "no connection is selected" } else { "no packets to show" };
        return frame.render_widget(Line::styled(format!("    {text}"), model.theme.faint), area);
    }
    let columns = columns(model, area.width);
    let inside = rows(area);
    if inside.y > area.y {
        frame.render_widget(heading(model, columns), Rect { height: 1, ..area });
    }
    let exchange = model.focus.packet.map_or_else(Vec::new, |packet| model.data.index.exchange(packet));
    let visible = ladder.list.visible(ladder.len());
    let mut bracket = Bracket::new(&exchange, nearest(model, visible.start));
    for (row, y) in visible.zip(inside.y..inside.bottom()) {
        let area = Rect { y, height: 1, ..inside };
        let Some(what) = ladder.row(row) else { break };
        let is_linked = exchange.len() > 1 && what.packet().is_some_and(|packet| exchange.contains(&packet));
        let above = row.checked_sub(1).and_then(|above| ladder.row(above)).and_then(|above| above.time(&model.data));
        let shape = bracket.at(what.packet());
        frame.render_widget(line(model, what, above, shape, is_linked, columns), area);
        if row == ladder.list.selected {
            frame.buffer_mut().set_style(area, model.theme.selected);
        } else if is_linked {
            frame.buffer_mut().set_style(area, model.theme.linked);
        }
    }
    let below = Rect { y: inside.y.saturating_add(u16::try_from(ladder.len()).unwrap_or(u16::MAX)), height: 1, ..inside };
    if ladder.hidden() > 0 && below.y < inside.bottom() {
        let text = format!("    the filter hides {} (f changes it)", number::counted(ladder.hidden(), "packet"));
        frame.render_widget(Line::styled(text, model.theme.faint), below);
    }
    if foot(area.height) > 0 {
        let lines = footer(model, &exchange, area);
        frame.render_widget(ratatui::text::Text::from(lines), Rect { y: inside.bottom(), height: foot(area.height), ..area });
    }
}

/// The packet at a row, or the nearest above it.
fn nearest(model: &Model, row: usize) -> Option<PacketId> {
    (0..row).rev().take(1000).find_map(|row| model.ladder.row(row)?.packet())
}

/// The exchange of the selected packet, as a bracket at the left.
struct Bracket {
    ends: Option<(PacketId, PacketId)>,
    steps: Vec<PacketId>,
    inside: bool,
}

impl Bracket {
    fn new(exchange: &[PacketId], above: Option<PacketId>) -> Self {
        let ends = exchange.first().copied().zip(exchange.last().copied()).filter(|(first, last)| first != last);
        let inside = ends.zip(above).is_some_and(|((first, last), above)| first <= above && above < last);
        Self { ends, steps: exchange.to_vec(), inside }
    }

    fn at(&mut self, packet: Option<PacketId>) -> &'static str {
        let Some((first, last)) = self.ends else { return " " };
        match packet {
            Some(packet) if packet == first => {
                self.inside = true;
                "┌"
            }
            Some(packet) if packet == last => {
                self.inside = false;
                "└"
            }
            Some(packet) if self.steps.contains(&packet) => "├",
            _ if self.inside => "│",
            _ => " ",
        }
    }
}

fn columns(model: &Model, width: u16) -> Columns {
    let shown = model.ladder.connections();
    let several = shown.len() > 1;
    let judged = model.ladder.connections().any(|id| model.data.connection(id).is_some_and(|found| !found.findings.is_empty()));
    let (time, delta, name, mark) = match width {
        WIDE.. => (15, if model.time == TimeFormat::Delta { 0 } else { 9 }, 18, width / 4 + 6),
        NARROW..WIDE => (12, 0, 10, 20),
        _ => (8, 0, 5, 0),
    };
    let (name, mark) = (if several { name } else { 0 }, if judged { mark } else { 0 });
    let gap = |width: u16| if width > 0 { width + 1 } else { 0 };
    let lane = width.saturating_sub(GUTTER + gap(time) + gap(delta) + gap(name) + gap(mark));
    Columns { time, delta, name, lane, mark }
}

fn heading<'a>(model: &Model, columns: Columns) -> Line<'a> {
    let is_short = columns.time < 12;
    let time = match model.time {
        _ if is_short => "time",
        TimeFormat::Absolute => "time (UTC)",
        TimeFormat::Relative => "since start",
        TimeFormat::Delta => "since above",
    };
    let mut text = " ".repeat(GUTTER.into()) + &cell::left(time, columns.time.into()) + " ";
    if columns.delta > 0 {
        text += &(cell::right("Δ", columns.delta.into()) + " ");
    }
    if columns.name > 0 {
        text += &(cell::left("client", columns.name.into()) + " ");
    }
    let (client, server) = ends(model);
    let lane = usize::from(columns.lane);
    let server = cell::cut(&server, lane / 2);
    let client = cell::left(&client, lane.saturating_sub(cell::width(&server) + 1));
    text += &format!("{client} {server}");
    if columns.mark > 0 {
        text += " findings";
    }
    Line::styled(text, model.theme.heading)
}

/// What stands above the two lanes.
fn ends(model: &Model) -> (String, String) {
    let mut all = model.ladder.connections();
    match (all.next().and_then(|id| model.data.summary(id)), all.next()) {
        (Some(found), None) => {
            let name = column::named(found).map_or_else(|| "client".to_owned(), |id| show::short(id, 60));
            let mut client = format!("{name}  {}", found.client);
            if let Some(version) = found.version {
                client += &format!("  {version}");
            }
            if let Some(seconds) = found.keep_alive {
                client += &format!("  keep alive {seconds} s");
            }
            (client, found.server.to_string())
        }
        _ => ("client".into(), "server".into()),
    }
}

fn line<'a>(model: &Model, row: Row, above: Option<Timestamp>, bracket: &'static str, is_linked: bool, columns: Columns) -> Line<'a> {
    let theme = &model.theme;
    let is_selected = model.ladder.at == Some(row);
    let findings = row.findings(&model.data);
    let worst = findings.iter().max_by_key(|finding| finding.severity);
    let mut line = Line::from(if is_selected { "▸" } else { " " });
    line.push_span(Span::styled(bracket, theme.heading));
    match worst {
        Some(worst) => line.push_span(Span::styled(sign(worst.severity).to_string(), theme.severity(worst.severity))),
        None => line.push_span(" "),
    }
    line.push_span(" ");
    let at = row.time(&model.data);
    let time = at.map_or_else(String::new, |at| time(model, at, above, columns.time));
    line.push_span(Span::styled(cell::left(&time, columns.time.into()) + " ", theme.faint));
    if columns.delta > 0 {
        let text = at.zip(above).map_or_else(String::new, |(at, above)| since(at, above));
        line.push_span(Span::styled(cell::right(&text, columns.delta.into()) + " ", theme.faint));
    }
    if columns.name > 0 {
        let id = row.connection(&model.data);
        let style = id.and_then(|id| model.ladder.place(id)).map_or(theme.text, |place| theme.series[place % theme.series.len()]);
        let name = id.map_or_else(String::new, |id| name(model, id, columns.name.into()));
        line.push_span(Span::styled(cell::left(&name, columns.name.into()) + " ", style));
    }
    lane(model, row, is_linked, columns.lane.into()).into_iter().for_each(|span| line.push_span(span));
    if columns.mark > 0
        && let Some(worst) = worst
    {
        let more = if findings.len() > 1 { format!("+{} ", findings.len() - 1) } else { String::new() };
        let text = cell::cut(&(more + &mark(worst)), columns.mark.into());
        line.push_span(" ");
        line.push_span(Span::styled(text, theme.severity(worst.severity)));
    }
    line
}

/// What is wrong, in short.
fn mark(finding: &Finding) -> String {
    format!("{} {}", finding.rule, finding.clause)
}

/// Two connections of one client differ by their ports only.
fn name(model: &Model, connection: ConnectionId, width: usize) -> String {
    let port = model.data.summary(connection).map_or_else(String::new, |found| format!(":{}", found.client.port));
    let room = if width > 12 { width - port.len() } else { width };
    let name = Column::Client.text(connection, None, &model.data, model.time, room);
    if width > 12 { cell::cut(&name, room) + &port } else { name }
}

/// What a row says: the first word, the others, and who speaks, if anyone.
fn said(model: &Model, row: Row) -> (&'static str, String, Option<Role>) {
    let data = &model.data;
    match row {
        Row::Packet(packet) => match data.index.get(packet) {
            Some(entry) => {
                let (kind, rest) = words(data, packet, entry);
                (kind, rest, Some(entry.from()))
            }
            None => ("", String::new(), None),
        },
        Row::Event(..) => {
            row.event(data).map_or(("", String::new(), None), |event| (event.kind.name(), event_words(event), Some(event.from)))
        }
        Row::Opened(connection) => ("", data.summary(connection).map_or_else(String::new, opened), None),
        Row::Ended(connection) => ("", ended(model, connection), None),
    }
}

fn event_words(event: &TcpEvent) -> String {
    let bytes = number::bytes(event.len.into());
    match event.kind {
        TcpEventKind::Retransmission => format!("of {bytes}"),
        TcpEventKind::Gap => format!("of {bytes}: not in the capture"),
        _ => String::new(),
    }
}

fn opened(found: &crate::analysis::Connection) -> String {
    let name = column::named(found).map_or_else(|| "?".to_owned(), |id| show::short(id, 60));
    let version = found.version.map_or_else(String::new, |version| format!("  MQTT {version}"));
    format!("{name}  {} → {}{version}", found.client, found.server)
}

fn ended(model: &Model, connection: ConnectionId) -> String {
    let Some(connection) = model.data.connection(connection) else { return String::new() };
    let found = &connection.summary;
    let cause = match found.ending {
        Ending::Open if model.data.loading == Loading::Finished => "still open at the end of the capture".to_owned(),
        _ => found.ending.describe(found.version.unwrap_or(Version::V3_1_1)),
    };
    let left_out = match connection.events_left_out {
        0 => String::new(),
        count => format!(", {} not shown", number::counted(count, "TCP event")),
    };
    format!("{cause}, seen for {}{left_out}", number::duration(found.duration()))
}

/// The two lanes: an arrow with words at the end of the one who speaks.
fn lane<'a>(model: &Model, row: Row, is_linked: bool, width: usize) -> Vec<Span<'a>> {
    let theme = &model.theme;
    let (kind, mut rest, from) = said(model, row);
    let entry = row.packet().and_then(|packet| model.data.index.get(packet));
    if is_linked && let Some(took) = row.packet().and_then(|packet| model.data.index.round_trip(packet)) {
        rest = format!("{rest} (after {})", precise(took)).trim_start().to_owned();
    }
    let Some(from) = from else {
        let text = cell::cut(&format!("── {rest} "), width);
        let fill = "─".repeat(width.saturating_sub(cell::width(&text)));
        return vec![Span::styled(text + &fill, boundary(model, row))];
    };
    let (shaft, faint) = if entry.is_some() { ("─", theme.faint) } else { ("╌", theme.faint) };
    let gap = if rest.is_empty() { "" } else { " " };
    let is_narrow = width < usize::from(NARROW) / 2;
    let text = cell::cut(&format!("{kind}{gap}{rest}"), width.saturating_sub(if is_narrow { 2 } else { 4 }));
    let fill = width.saturating_sub(cell::width(&text) + 2);
    let (first, rest) = text.split_at_checked(kind.len()).unwrap_or((&text, ""));
    let style = match (from, entry) {
        (_, None) => theme.faint,
        (Role::Client, _) => theme.client,
        (Role::Server, _) => theme.server,
    };
    let words = [Span::styled(first.to_owned(), style), Span::styled(rest.to_owned(), tone(model, entry))];
    let mut spans = Vec::new();
    match (from, is_narrow) {
        (Role::Client, true) => spans.push(Span::styled("→ ", style)),
        (Role::Server, true) => spans.push(Span::styled("← ", style)),
        (Role::Client, false) => {}
        (Role::Server, false) => {
            spans.push(Span::styled("◀", style));
            spans.push(Span::styled(shaft.repeat(fill) + " ", faint));
        }
    }
    spans.extend(words);
    match (from, is_narrow) {
        (_, true) => spans.push(Span::raw(" ".repeat(fill))),
        (Role::Client, false) => {
            spans.push(Span::styled(format!(" {}", shaft.repeat(fill)), faint));
            spans.push(Span::styled("▶", style));
        }
        (Role::Server, false) => {}
    }
    spans
}

fn tone(model: &Model, entry: Option<&Entry>) -> Style {
    match entry {
        None => model.theme.faint,
        Some(entry) if entry.is_malformed() => model.theme.error,
        Some(entry) if entry.is_refusal() => model.theme.warning,
        Some(_) => model.theme.text,
    }
}

fn boundary(model: &Model, row: Row) -> Style {
    let Row::Ended(connection) = row else { return model.theme.heading };
    match model.data.summary(connection).map(|found| &found.ending) {
        None | Some(Ending::Open | Ending::Disconnect) => model.theme.faint,
        Some(_) => model.theme.warning,
    }
}

/// When a row was, as the user wants it told.
fn time(model: &Model, at: Timestamp, above: Option<Timestamp>, width: u16) -> String {
    match model.time {
        TimeFormat::Absolute => at.to_string().chars().skip("2026-11-20T".len()).take(width.into()).collect(),
        TimeFormat::Relative => model.data.start().map_or_else(String::new, |start| {
            let (sign, passed) = if at < start { ("-", start.since(at)) } else { ("+", at.since(start)) };
            let digits = if width > 12 { 6 } else { 3 };
            format!("{sign}{:.digits$}", passed.as_secs_f64())
        }),
        TimeFormat::Delta => above.map_or_else(String::new, |above| since(at, above)),
    }
}

fn since(at: Timestamp, above: Timestamp) -> String {
    if at < above { format!("-{}", precise(above.since(at))) } else { format!("+{}", precise(at.since(above))) }
}

/// `850 µs`, `2.35 ms`, `85.3 ms`, `12.3 s`: three digits where it matters.
pub fn precise(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    match time.as_micros() {
        1000..10_000 => format!("{millis:.2} ms"),
        10_000..100_000 => format!("{millis:.1} ms"),
        _ => number::duration(time),
    }
}

/// The selected row in full: all its words, the times of its exchange, what is wrong with it.
fn footer<'a>(model: &Model, exchange: &[PacketId], area: Rect) -> Vec<Line<'a>> {
    let width = usize::from(area.width);
    let Some(row) = model.ladder.at else { return Vec::new() };
    let (kind, rest, _) = said(model, row);
    let words = format!(" {kind}{}{rest}", if kind.is_empty() || rest.is_empty() { "" } else { " " });
    let place = place(model, row);
    let first = beside(&words, &place, width);
    if foot(area.height) == 1 {
        return vec![Line::styled(first, model.theme.heading)];
    }
    let mut lines = vec![Line::styled("─".repeat(width), model.theme.border), Line::styled(first, model.theme.text)];
    if exchange.len() > 1 {
        lines.push(Line::styled(cell::cut(&format!(" exchange: {}", steps(model, exchange)), width), model.theme.text));
    }
    for finding in row.findings(&model.data).into_iter().take(4 - lines.len().min(4)) {
        let text = format!(" {} {} {}: {}", sign(finding.severity), finding.rule, finding.clause, show::tame(&finding.message));
        lines.push(Line::styled(cell::cut(&text, width), model.theme.severity(finding.severity)));
    }
    lines
}

/// Words, and a place to their right: as much of its end as there is room for.
pub fn beside(words: &str, place: &str, width: usize) -> String {
    let ends = place.match_indices("  ").filter_map(|(at, gap)| place.get(at + gap.len()..));
    let fits = |end: &&str| width.saturating_sub(cell::width(end) + 1) >= (width / 3).max(25);
    match std::iter::once(place).chain(ends).find(fits) {
        Some(end) => cell::left(words, width.saturating_sub(cell::width(end) + 1)) + " " + end,
        None => cell::cut(words, width),
    }
}

/// Who sends it, and where it is.
pub fn place(model: &Model, row: Row) -> String {
    let frame = |frame: FrameId| {
        // Each of several inputs counts its own frames.
        let file = Files(&model.data.inputs).of(frame).map_or_else(String::new, |path| format!("of {} ", file(path)));
        format!("frame {} {file}", number::grouped(frame.number()))
    };
    let way = |from: Role| format!("{from} → {}", from.peer());
    match row {
        Row::Packet(packet) => {
            let Some(entry) = model.data.index.get(packet) else { return String::new() };
            let Some(connection) = model.data.connection(entry.connection()) else { return frame(entry.frame()) };
            let packets = &connection.packets;
            let at = (packets.gone() + packets.binary_search(&packet).unwrap_or_default()) as u64 + 1;
            let of = number::grouped(packets.end() as u64);
            format!("{}  packet {} of {of}  {}", way(entry.from()), number::grouped(at), frame(entry.frame()))
        }
        Row::Event(..) => row.event(&model.data).map_or_else(String::new, |event| format!("{}  {}", way(event.from), frame(event.frame))),
        Row::Ended(connection) => {
            let closed = model.data.summary(connection).and_then(|found| found.closed);
            closed.map_or_else(String::new, |(by, stamp)| format!("closed by the {by}  {}", frame(stamp.frame)))
        }
        Row::Opened(_) => String::new(),
    }
}

/// The steps of an exchange, and how long after its first each came.
pub fn steps(model: &Model, exchange: &[PacketId]) -> String {
    let entries: Vec<&Entry> = exchange.iter().filter_map(|packet| model.data.index.get(*packet)).collect();
    let first = entries.first().map(|entry| entry.time());
    let step = |entry: &&Entry| match first.filter(|first| entry.time() > *first) {
        Some(first) => format!("{} {}", entry.kind().name(), since(entry.time(), first)),
        None => entry.kind().name().to_owned(),
    };
    entries.iter().map(step).collect::<Vec<_>>().join("  ")
}
