//! The findings: a list of groups that open and close, and the details of what is selected beside or below it.
//!
//! ```text
//!  by rule  by client  by side            57 findings in 14 groups │ ● error  packet-id-zero
//!  ▾ ● packet-id-zero           2  client  MQTT-2.3.1-1             │ client "sensor-4" at 10.20.0.34:60715, to …
//!      ● 11:28:00.925     147  client  sensor-4  PUBLISH has the …  │ frame 147  11:28:00.925  client PUBLISH #0 QoS 1 …
//!  ▸   ● 11:28:01.125     149  client  sensor-4  PUBLISH has the …  │ PUBLISH has the Packet Identifier 0
//!        and 12 more on this connection, only counted              │ 0000  32 28 00 18 70 6c 61 6e  2(..plan
//!  ▸ ▲ keep-alive-late          1  client  MQTT-3.1.2-23           │             ^^^^^
//! ```

mod details;
mod evidence;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

pub use details::lines as details;

use super::cell;
use crate::finding::{Blame, Severity};
use crate::index::{ConnectionId, Found};
use crate::report::number::{counted, grouped};
use crate::report::reference::summary;
use crate::report::style::sign;
use crate::show::{self, tame};
use crate::tui::model::findings::{By, Group, Item, Key, Row, found, rule};
use crate::tui::model::{Loading, Model, column};
use crate::tui::update::findings::ways;

/// Columns at the start of a row that open and close groups.
pub const MARK: u16 = 3;

/// From this width on, details stand beside the list.
const WIDE: u16 = 110;

/// From this height on, they stand below it.
const HIGH: u16 = 16;

/// The message of a finding has at least this width: other columns give way to it.
const MESSAGE: usize = 24;

/// The parts of the body.
#[derive(Clone, Copy, Debug)]
pub struct Areas {
    /// How findings are grouped, and how many there are.
    pub heading: Rect,
    /// The list.
    pub rows: Rect,
    /// What is known of the selected row.
    pub details: Option<Rect>,
    /// What separates them.
    border: Rect,
}

/// The parts of a body.
pub fn areas(model: &Model, body: Rect) -> Areas {
    let beside = body.width >= WIDE;
    let (list, border) = match model.findings.details {
        true if beside => {
            let width = (body.width * 2 / 5).clamp(50, 90);
            let left = body.width - width;
            (Rect { width: left, ..body }, Rect { x: body.x + left, width, ..body })
        }
        true if body.height >= HIGH => {
            let height = (body.height * 9 / 20).clamp(9, 16);
            let top = body.height - height;
            (Rect { height: top, ..body }, Rect { y: body.y + top, height, ..body })
        }
        _ => (body, Rect::default()),
    };
    let details = (border.area() > 0).then(|| match beside {
        true => Rect { x: border.x + 2, width: border.width.saturating_sub(3), ..border },
        false => Rect { x: border.x + 1, y: border.y + 1, width: border.width.saturating_sub(2), height: border.height - 1 },
    });
    let heading = Rect { height: list.height.min(1), ..list };
    Areas { heading, rows: Rect { y: list.y + heading.height, height: list.height - heading.height, ..list }, details, border }
}

/// Draws the pane.
pub fn draw(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let areas = areas(model, area);
    heading(model, frame, areas.heading);
    let state = &model.findings;
    if state.rows.is_empty() {
        let line = Line::styled(format!("   {}", nothing(model)), model.theme.faint);
        return frame.render_widget(line, areas.rows);
    }
    let names = state.groups.iter().take(100).map(|group| cell::width(&group.key.name())).max().unwrap_or(0);
    for (row, y) in state.list.visible(state.rows.len()).zip(areas.rows.y..areas.rows.bottom()) {
        let area = Rect { y, height: 1, ..areas.rows };
        frame.render_widget(line(model, row, area.width.into(), names), area);
        if row == state.list.selected {
            frame.buffer_mut().set_style(area, model.theme.selected);
        }
    }
    if let Some(area) = areas.details {
        let side = if areas.border.x > areas.rows.x { Borders::LEFT } else { Borders::TOP };
        frame.render_widget(Block::new().borders(side).border_style(model.theme.border), areas.border);
        let lines = details(model, area.width);
        let below = lines.len().saturating_sub(state.scroll + usize::from(area.height));
        for (line, y) in lines.into_iter().skip(state.scroll).zip(area.y..area.bottom()) {
            frame.render_widget(line, Rect { y, height: 1, ..area });
        }
        if below > 0 {
            let more = Line::styled(format!(" {below} more: J "), model.theme.faint).right_aligned();
            frame.render_widget(more, Rect { y: area.bottom() - 1, height: 1, ..area });
        }
    }
}

/// The way of grouping whose name stands at `x`.
pub fn tab_at(x: u16, width: u16) -> Option<By> {
    tabs(width).into_iter().find(|(_, from)| (*from..from + u16::try_from(MARK_BY).unwrap_or(0)).contains(&x)).map(|(by, _)| by)
}

/// Whether a row has `needle` (in lower case).
pub fn has(model: &Model, row: Row, needle: &str) -> bool {
    let Some(group) = model.findings.groups.get(row.group) else { return false };
    let holds = |text: &str| text.to_lowercase().contains(needle);
    match row.item {
        None => holds(&group.key.name()),
        Some(item) => group.items.get(item).and_then(|item| found(&model.data, *item)).is_some_and(|found| {
            let finding = &found.finding;
            let texts = [finding.rule, finding.clause, &finding.message, &finding.packet, finding.blames.name()];
            texts.into_iter().chain(finding.also.iter().copied()).any(holds) || holds(&party(model, found.connection))
        }),
    }
}

/// Why there is no row.
fn nothing(model: &Model) -> &'static str {
    match (model.data.index.findings().is_empty(), &model.data.loading) {
        (false, _) => "no finding fits the filter (f changes it, x shows all client ids)",
        (true, Loading::Begun) => "nothing found yet",
        (true, _) if model.data.index.is_empty() => "no MQTT in this capture: nothing to judge",
        (true, Loading::Finished) => "no findings: nothing here breaks a statement that is checked",
        (true, Loading::Failed(_)) => "no findings in what could be read",
    }
}

/// Columns of the name of a way to group.
const MARK_BY: usize = 11;

fn tabs(width: u16) -> Vec<(By, u16)> {
    if usize::from(width) < 3 * MARK_BY + 20 { Vec::new() } else { ways().zip((1..).step_by(MARK_BY)).collect() }
}

fn heading(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let state = &model.findings;
    let mut line = Line::from(" ");
    let tabs = tabs(area.width);
    for (by, _) in &tabs {
        let style = if *by == state.by { model.theme.heading } else { model.theme.faint };
        line.push_span(Span::styled(cell::left(by.name(), MARK_BY), style));
    }
    if tabs.is_empty() {
        line.push_span(Span::styled(format!("{}  ", state.by.name()), model.theme.heading));
    }
    line.push_span(Span::styled("(v)", model.theme.faint));
    let before = line.width();
    frame.render_widget(line, area);
    let (all, only_counted) = state.totals();
    let lost = model.data.report.as_ref().map_or(0, |report| report.hits.findings);
    let room = usize::from(area.width).saturating_sub(before + 2);
    // What gives way first comes last.
    let parts = [
        (0, true, counted(all, "finding")),
        (3, lost > 0, format!(", {} not kept: too many", grouped(lost))),
        (2, only_counted > 0, format!(", {} only counted", grouped(only_counted))),
        (
            1,
            !tabs.is_empty(),
            format!(" in {}", counted(state.groups.iter().filter(|group| group.key != Key::Pending).count() as u64, "group")),
        ),
    ];
    let mut shown: Vec<(u8, String)> = Vec::new();
    for (place, wanted, part) in parts {
        let taken: usize = shown.iter().map(|(_, part)| cell::width(part)).sum();
        if wanted && taken + cell::width(&part) <= room {
            shown.push((place, part));
        }
    }
    shown.sort_by_key(|(place, _)| *place);
    let text: String = shown.into_iter().map(|(_, part)| part).collect();
    frame.render_widget(Line::styled(text + " ", model.theme.faint).right_aligned(), area);
}

fn line<'a>(model: &Model, row: usize, width: usize, names: usize) -> Line<'a> {
    let selected = row == model.findings.list.selected;
    let Some(row) = model.findings.rows.get(row).copied() else { return Line::default() };
    let Some(group) = model.findings.groups.get(row.group) else { return Line::default() };
    match model.findings.item(row) {
        None => head(model, row.group, group, width, names),
        Some(item @ (Item::Finding(_) | Item::Pending(..))) => match found(&model.data, item) {
            Some(found) => instance(model, row, found, width, selected),
            None => Line::default(),
        },
        Some(Item::Counted { rule, connection, more, .. }) => {
            let on = if connection.is_some() { "this connection" } else { "further connections" };
            let what = if model.findings.by == By::Rule { String::new() } else { format!(" {rule}") };
            Line::styled(format!("     and {} more{what} on {on}, only counted", grouped(more)), model.theme.faint)
        }
    }
}

/// The row of a group.
fn head<'a>(model: &Model, at: usize, group: &Group, width: usize, names: usize) -> Line<'a> {
    let theme = &model.theme;
    let worst = group.worst();
    let names = names.min(width.saturating_sub(14).min(34));
    let mut line = Line::from(if model.findings.is_open(at) { " ▾ " } else { " ▸ " });
    line.push_span(Span::styled(format!("{} ", sign(worst)), theme.severity(worst)));
    line.push_span(Span::styled(cell::left(&group.key.name(), names), theme.name));
    line.push_span(format!(" {:>6}  ", grouped(group.total())));
    if let Key::Rule(name) = group.key {
        let text = rule(name).map_or_else(String::new, summary);
        line.push_span(Span::styled(text, theme.faint));
    } else {
        line.extend(marks(model, group));
    }
    line
}

/// `● 5  ▲ 1`, each in its style.
fn marks<'a>(model: &Model, group: &Group) -> Vec<Span<'a>> {
    let present = Severity::ALL.into_iter().rev().filter(|severity| group.counts[*severity as usize] > 0);
    let mark = |severity: Severity| {
        let text = format!("{} {}  ", sign(severity), grouped(group.counts[severity as usize]));
        Span::styled(text, model.theme.severity(severity))
    };
    present.map(mark).collect()
}

/// The row of a finding.
fn instance<'a>(model: &Model, row: Row, found: &Found, width: usize, selected: bool) -> Line<'a> {
    let (theme, finding) = (&model.theme, &found.finding);
    let mut line = Line::from(if selected { "   ▸ " } else { "     " });
    line.push_span(Span::styled(format!("{} ", sign(finding.severity)), theme.severity(finding.severity)));
    let by = model.findings.by;
    let pending = model.findings.groups.get(row.group).is_some_and(|group| group.key == Key::Pending);
    let side = match finding.blames {
        Blame::Client => theme.client,
        Blame::Server => theme.server,
        Blame::Network => theme.faint,
    };
    // What gives way first comes last.
    let columns = [
        (by != By::Client || pending, 16, party(model, found.connection), theme.name, 3),
        (by != By::Rule || pending, 26, finding.rule.to_owned(), theme.name, 2),
        (by != By::Side || pending, 6, finding.blames.name().to_owned(), side, 4),
        (true, 7, format!("{:>7}", finding.place.frame.number()), theme.text, 1),
        (true, 12, time(model, row, found), theme.faint, 0),
    ];
    let mut room = width.saturating_sub(7 + MESSAGE);
    let mut shown = Vec::new();
    for (wanted, width, text, style, place) in columns {
        if wanted && width + 1 < room {
            room -= width + 2;
            shown.push((place, Span::styled(cell::left(&text, width) + "  ", style)));
        }
    }
    shown.sort_by_key(|(place, _)| *place);
    shown.into_iter().for_each(|(_, span)| line.push_span(span));
    line.push_span(tame(&finding.message));
    line
}

fn time(model: &Model, row: Row, found: &Found) -> String {
    let above = row.item.and_then(|item| item.checked_sub(1)).and_then(|item| model.findings.item(Row { item: Some(item), ..row }));
    let above = above.and_then(|item| self::found(&model.data, item));
    model.time.tell(found.finding.place.time, above.map(|above| above.finding.place.time), model.data.start())
}

/// The client of a connection.
fn party(model: &Model, id: ConnectionId) -> String {
    let Some(connection) = model.data.summary(id) else { return String::new() };
    column::named(connection).map_or_else(|| connection.client.to_string(), |id| show::short(id, 60))
}
