//! The findings: keys and transitions.

use ratatui::layout::Rect;
use strum::IntoEnumIterator;

use crate::index::Found;
use crate::tui::keymap::{Action as Key, Binding, Context, bind};
use crate::tui::message::Effect;
use crate::tui::model::findings::{By, Item, Row, found as found_of, place, rule};
use crate::tui::model::{Focus, Model, Motion, Pane};
use crate::tui::view;

/// What only this pane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// Group by something else.
    Group,
    /// Close all groups, or open them.
    All,
    /// Show the details, or not.
    Details,
    /// Scroll the details down.
    DetailsDown,
    /// Scroll the details up.
    DetailsUp,
}

const HERE: &[Context] = &[Context::Findings];

/// Keys of this pane.
pub const KEYS: &[Binding] = &[
    bind("v", HERE, Key::Findings(Action::Group), "group by rule, by client or by side"),
    bind("c", HERE, Key::Findings(Action::All), "close all groups, or open them"),
    bind("d", HERE, Key::Findings(Action::Details), "show or hide the details"),
    bind("J", HERE, Key::Findings(Action::DetailsDown), "scroll the details down"),
    bind("K", HERE, Key::Findings(Action::DetailsUp), "scroll the details up"),
];

/// Takes an action.
pub fn act(model: &mut Model, action: Key) -> Vec<Effect> {
    let state = &mut model.findings;
    match action {
        Key::Move(Motion::Left) => fold(model),
        Key::Move(Motion::Right) => unfold(model),
        Key::Move(motion) => {
            let mut list = state.list;
            list.go(motion, state.rows.len());
            select(model, list.selected);
        }
        Key::Open => open(model),
        Key::Explain => {
            if let Some(name) = subject(model) {
                super::explain(model, name);
            }
        }
        Key::Findings(Action::Group) => {
            let by = state.by.next();
            group_by(model, by);
        }
        Key::Findings(Action::All) => state.toggle_all(),
        Key::Findings(Action::Details) => state.details = !state.details,
        Key::Findings(Action::DetailsDown) => state.scroll += 1,
        Key::Findings(Action::DetailsUp) => state.scroll = state.scroll.saturating_sub(1),
        _ => {}
    }
    Vec::new()
}

/// Brings rows and scroll position in line with the model.
pub fn fit(model: &mut Model, area: Rect) -> Vec<Effect> {
    let areas = view::findings::areas(model, area);
    let height = usize::from(areas.rows.height);
    // Of a live source findings stand by how bad they are, not by when they came.
    if model.follow && !model.data.live {
        model.findings.list.selected = usize::MAX;
    }
    model.findings.refresh(&model.data, &model.scope, height);
    model.findings.list.fit(model.findings.rows.len(), height);
    if let Some(area) = areas.details.filter(|_| model.findings.scroll > 0) {
        let lines = view::findings::details(model, area.width).len();
        model.findings.scroll = model.findings.scroll.min(lines.saturating_sub(area.height.into()));
    }
    Vec::new()
}

/// Selects the next row that has `needle` (in lower case), in closed groups too.
pub fn find(model: &mut Model, needle: &str, forward: bool) -> bool {
    let groups = model.findings.groups.iter().enumerate();
    let all: Vec<Row> = groups
        .flat_map(|(group, found)| std::iter::once(None).chain((0..found.items.len()).map(Some)).map(move |item| Row { group, item }))
        .collect();
    let from = model.findings.selected().and_then(|row| all.iter().position(|other| *other == row)).unwrap_or_default();
    let len = all.len();
    let mut steps = (1..=len).map(|step| if forward { (from + step) % len } else { (from + len - step) % len });
    let found = steps.find_map(|at| all.get(at).copied().filter(|row| view::findings::has(model, *row, needle)));
    match found {
        Some(Row { group, item: Some(item) }) => model.findings.show(group, item),
        Some(row) => {
            let at = model.findings.rows.iter().position(|other| *other == row).unwrap_or_default();
            model.findings.select(at);
        }
        None => {}
    }
    focus(model);
    found.is_some()
}

/// A click on a row selects it, one on the sign of a group opens or closes it, one on the heading groups otherwise.
pub fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let areas = view::findings::areas(model, Rect { x: 0, y: 0, ..view::areas(model.size).body });
    if areas.heading.contains((x, y).into()) {
        if let Some(by) = view::findings::tab_at(x, areas.heading.width) {
            group_by(model, by);
        }
    } else if areas.rows.contains((x, y).into()) {
        let mut list = model.findings.list;
        if list.click(y - areas.rows.y, model.findings.rows.len()) {
            let again = list.selected == model.findings.list.selected;
            select(model, list.selected);
            if again || x < view::findings::MARK {
                toggle(model);
            }
        }
    }
    Vec::new()
}

/// The finding of the selected row.
fn found(model: &Model) -> Option<&Found> {
    found_of(&model.data, model.findings.item(model.findings.selected()?)?)
}

/// The rule that the selected row is about: of a group, its worst.
fn subject(model: &Model) -> Option<&'static str> {
    let row = model.findings.selected()?;
    let item = model.findings.item(row).or_else(|| model.findings.groups.get(row.group)?.items.first().copied())?;
    match item {
        Item::Counted { rule, .. } => Some(rule),
        item => found_of(&model.data, item).map(|found| found.finding.rule),
    }
}

fn select(model: &mut Model, row: usize) {
    model.findings.select(row);
    focus(model);
}

/// What is selected here is what the other panes are about.
fn focus(model: &mut Model) {
    let Some(row) = model.findings.selected() else { return };
    if let Some(found) = found(model) {
        model.focus = Focus { connection: Some(found.connection), packet: place(&model.data, found) };
    } else if let Some(Item::Counted { connection: Some(connection), .. }) = model.findings.item(row) {
        model.focus = Focus { connection: Some(connection), packet: None };
    }
}

/// A group opens or closes. From a finding it goes to its packet, or to where one sees that none came.
fn open(model: &mut Model) {
    focus(model);
    let row = model.findings.selected();
    if let Some(Item::Counted { connection: Some(_), .. }) = row.and_then(|row| model.findings.item(row)) {
        return model.open(Pane::Ladder);
    }
    let Some(found) = found(model) else { return toggle(model) };
    let silence = rule(found.finding.rule).is_some_and(|rule| rule.group == "keepalive");
    let pane = match (silence, found.finding.from.and(found.packet)) {
        (true, _) => Pane::KeepAlive,
        (false, Some(_)) => Pane::Packet,
        (false, None) => Pane::Ladder,
    };
    model.open(pane);
}

fn toggle(model: &mut Model) {
    if let Some(Row { group, item: None }) = model.findings.selected() {
        let open = model.findings.is_open(group);
        select(model, model.findings.list.selected);
        model.findings.open(group, !open);
    }
}

/// Closes a group; from inside it, goes to its head.
fn fold(model: &mut Model) {
    match model.findings.selected() {
        Some(Row { group, item: None }) if model.findings.is_open(group) => toggle(model),
        Some(Row { group, item: Some(_) }) => {
            let head = model.findings.rows.iter().position(|row| *row == Row { group, item: None });
            select(model, head.unwrap_or_default());
        }
        _ => {}
    }
}

/// Opens a group; if it is open, goes to the first in it.
fn unfold(model: &mut Model) {
    match model.findings.selected() {
        Some(Row { group, item: None }) if !model.findings.is_open(group) => toggle(model),
        Some(Row { item: None, .. }) => select(model, model.findings.list.selected + 1),
        _ => {}
    }
}

/// Groups otherwise. A finding that is selected stays so.
fn group_by(model: &mut Model, by: By) {
    let item = model.findings.selected().and_then(|row| model.findings.item(row));
    model.findings.by = by;
    let body = view::areas(model.size).body;
    fit(model, body);
    let groups = &model.findings.groups;
    let place =
        groups.iter().enumerate().find_map(|(group, found)| Some((group, found.items.iter().position(|other| Some(*other) == item)?)));
    match place {
        Some((group, item)) => model.findings.show(group, item),
        None => model.findings.select(0),
    }
}

/// The ways to group.
pub fn ways() -> impl Iterator<Item = By> {
    By::iter()
}
