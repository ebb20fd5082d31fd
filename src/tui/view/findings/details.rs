//! All that is known of the selected finding, or of the selected group.

use std::collections::BTreeMap;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{evidence, party};
use crate::finding::{Certainty, Severity};
use crate::index::Found;
use crate::report::Files;
use crate::report::number::{self, clock, elapsed};
use crate::report::reference::summary;
use crate::report::style::{Palette, sign};
use crate::report::text::{self, citation, related};
use crate::show::tame;
use crate::tui::model::Model;
use crate::tui::model::findings::{Group, Item, Key, found, rule};
use crate::tui::view::cell;

/// Parts of a group that are named.
const PARTS: usize = 40;

/// The lines of the details, for `width` columns.
pub fn lines<'a>(model: &Model, width: u16) -> Vec<Line<'a>> {
    let state = &model.findings;
    let Some(row) = state.selected() else { return Vec::new() };
    let Some(group) = state.groups.get(row.group) else { return Vec::new() };
    let mut page = Page { lines: Vec::new(), width: width.into() };
    match state.item(row) {
        None => self::group(model, group, &mut page),
        Some(item @ (Item::Finding(_) | Item::Pending(..))) => {
            if let Some(found) = found(&model.data, item) {
                let pending = matches!(item, Item::Pending(..));
                finding(model, found, pending, &mut page);
            }
        }
        Some(Item::Counted { rule, connection, more, severity }) => {
            title(model, severity, rule, &mut page);
            let on = connection.and_then(|id| model.data.summary(id)).map(|connection| format!(" on connection {}", connection.number));
            let text = format!("{} more{}, which were counted but not kept.", number::counted(more, "finding"), on.unwrap_or_default());
            page.text(&text, model.theme.text);
        }
    }
    page.lines
}

/// Lines of so many columns.
struct Page<'a> {
    lines: Vec<Line<'a>>,
    width: usize,
}

impl Page<'_> {
    fn text(&mut self, text: &str, style: Style) {
        self.indented(text, 0, style);
    }

    fn indented(&mut self, text: &str, indent: usize, style: Style) {
        let lines = cell::filled(text, self.width.saturating_sub(indent));
        self.lines.extend(lines.into_iter().map(|line| Line::styled(" ".repeat(indent) + &line, style)));
    }

    fn gap(&mut self) {
        self.lines.push(Line::default());
    }
}

fn title(model: &Model, severity: Severity, name: &str, page: &mut Page<'_>) {
    page.lines.push(Line::from(vec![
        Span::styled(format!("{} {}  ", sign(severity), severity.name()), model.theme.severity(severity)),
        Span::styled(name.to_owned(), model.theme.name),
    ]));
}

fn finding(model: &Model, found: &Found, pending: bool, page: &mut Page<'_>) {
    let (theme, finding) = (&model.theme, &found.finding);
    title(model, finding.severity, finding.rule, page);
    if pending {
        page.text("pending: a finding if the silence ended now, and not counted before", theme.warning);
    }
    page.text(&tame(&finding.message), theme.text);
    if finding.certainty == Certainty::Likely {
        page.text("likely, not proven: there are other explanations, though not good ones", theme.warning);
    }
    page.lines.extend(evidence::lines(&finding.evidence, theme, page.width));
    let start = model.data.start();
    let files = Files(&model.data.inputs);
    let frame = finding.place.frame;
    let file = files.of(frame).map_or_else(String::new, |file| format!(" of {}", tame(file)));
    let since = start.map_or_else(String::new, |start| format!(" (+{})", elapsed(finding.place.time.since(start))));
    let from = finding.from.map_or_else(String::new, |from| format!("{from} "));
    let at = clock(finding.place.time, start);
    page.text(&format!("frame {}{file} at {at}{since}: {from}{}", frame.number(), tame(&finding.packet)), theme.text);
    page.text(&text::party(finding, model.data.summary(found.connection), &Palette::default()), theme.text);
    page.gap();
    let (place, statement) = citation(finding);
    page.text(&place, theme.heading);
    page.indented(&tame(statement.unwrap_or_default()), 2, theme.text);
    page.gap();
    if let Some(frames) = related(finding, files) {
        page.text(&format!("see also {frames}"), theme.faint);
    }
    page.text(&format!("Wireshark: {}", files.filter(finding.connection, frame)), theme.faint);
}

/// What a group is about, and what it is made of.
fn group(model: &Model, group: &Group, page: &mut Page<'_>) {
    let theme = &model.theme;
    title(model, group.worst(), &group.key.name(), page);
    if let Key::Rule(name) = group.key
        && let Some(rule) = rule(name)
    {
        page.text(&summary(rule), theme.text);
        page.text("e explains the rule", theme.faint);
    }
    let counts = Severity::ALL.into_iter().rev().filter(|severity| group.counts[*severity as usize] > 0);
    let counts: Vec<String> = counts.map(|severity| number::severities(group.counts[severity as usize], severity)).collect();
    page.gap();
    page.text(&counts.join(", "), theme.text);
    // By client of a rule, by rule of a client or a side.
    let mut parts: BTreeMap<String, (Severity, u64)> = BTreeMap::new();
    for item in &group.items {
        let (client, rule, severity, count) = match *item {
            Item::Finding(_) | Item::Pending(..) => {
                let Some(found) = found(&model.data, *item) else { continue };
                (Some(found.connection), found.finding.rule, found.finding.severity, 1)
            }
            Item::Counted { rule, connection, more, severity } => (connection, rule, severity, more),
        };
        let name = match group.key {
            Key::Rule(_) | Key::Pending => client.map_or_else(|| "further connections".to_owned(), |id| party(model, id)),
            _ => rule.to_owned(),
        };
        let part = parts.entry(name).or_insert((severity, 0));
        *part = (part.0.max(severity), part.1 + count);
    }
    let mut parts: Vec<(String, (Severity, u64))> = parts.into_iter().collect();
    parts.sort_by_key(|(_, part)| std::cmp::Reverse(*part));
    let more = parts.len().saturating_sub(PARTS);
    for (name, (severity, count)) in parts.into_iter().take(PARTS) {
        page.lines.push(Line::from(vec![
            Span::styled(format!("  {} ", sign(severity)), theme.severity(severity)),
            Span::raw(format!("{:>6}  ", number::grouped(count))),
            Span::styled(name, theme.name),
        ]));
    }
    if more > 0 {
        page.text(&format!("  and {more} more"), theme.faint);
    }
}
