//! The sessions: keys and transitions.

use std::cmp::Reverse;

use ratatui::layout::Rect;
use strum::IntoEnumIterator;

use crate::tui::keymap::{Action as Key, Binding, Context, bind};
use crate::tui::message::Effect;
use crate::tui::model::column::Column;
use crate::tui::model::{List, Model, Motion, Overlay, Pane};
use crate::tui::view;

/// What only this pane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// Sort by the column to the left.
    SortLeft,
    /// Sort by the column to the right.
    SortRight,
    /// Turn the order around.
    Reverse,
    /// Sort by findings, and go to the first row.
    Worst,
    /// Choose columns.
    Columns,
}

const HERE: &[Context] = &[Context::Sessions];

/// Keys of this pane.
pub const KEYS: &[Binding] = &[
    bind("<", HERE, Key::Sessions(Action::SortLeft), "sort by the column to the left"),
    bind(">", HERE, Key::Sessions(Action::SortRight), "sort by the column to the right"),
    bind("z", HERE, Key::Sessions(Action::Reverse), "turn the order around"),
    bind("!", HERE, Key::Sessions(Action::Worst), "the worst first: sort by findings"),
    bind("t F10", HERE, Key::Sessions(Action::Columns), "choose columns"),
];

/// Takes an action.
pub fn act(model: &mut Model, action: Key) -> Vec<Effect> {
    match action {
        Key::Move(motion) => go(model, motion),
        Key::Open => model.open(Pane::Ladder),
        Key::Explain => explain(model),
        Key::Sessions(Action::SortLeft) => sort_beside(model, false),
        Key::Sessions(Action::SortRight) => sort_beside(model, true),
        Key::Sessions(Action::Reverse) => {
            model.sessions.descending = !model.sessions.descending;
            order(model);
        }
        Key::Sessions(Action::Worst) => {
            (model.sessions.sort, model.sessions.descending) = (Column::Findings, true);
            order(model);
            select(model, 0);
        }
        Key::Sessions(Action::Columns) => model.overlay = Some(Overlay::Columns(List::default())),
        _ => {}
    }
    Vec::new()
}

/// Keeps selection and focus together, and the selected row on the screen.
pub fn fit(model: &mut Model, area: Rect) -> Vec<Effect> {
    let sessions = &mut model.sessions;
    let follows = model.follow && (!model.data.live || (!sessions.picked && sessions.is_chronological()));
    if follows {
        sessions.list.selected = usize::MAX;
    } else if let Some(focus) = model.focus.connection
        && sessions.selected() != Some(focus)
    {
        sessions.select(focus);
    }
    sessions.list.fit(sessions.rows.len(), view::sessions::rows(area).height.into());
    if follows || model.focus.connection.is_some() {
        model.focus.connection = sessions.selected();
    }
    Vec::new()
}

/// Selects the next row that has `needle` (in lower case) in one of its columns.
pub fn find(model: &mut Model, needle: &str, forward: bool) -> bool {
    let len = model.sessions.rows.len();
    let from = model.sessions.list.selected;
    let steps = (1..=len).map(|step| if forward { (from + step) % len } else { (from + len - step) % len });
    let found = steps.into_iter().find(|row| view::sessions::has(model, *row, needle));
    if let Some(row) = found {
        select(model, row);
    }
    found.is_some()
}

/// A click on a row selects it; one on a heading sorts.
pub fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let Some(row) = y.checked_sub(1) else {
        if let Some(column) = view::sessions::column_at(model, x) {
            sort_by(model, column);
        }
        return Vec::new();
    };
    let mut list = model.sessions.list;
    if list.click(row, model.sessions.rows.len()) {
        select(model, list.selected);
    }
    Vec::new()
}

fn go(model: &mut Model, motion: Motion) {
    let mut list = model.sessions.list;
    list.go(motion, model.sessions.rows.len());
    select(model, list.selected);
}

fn select(model: &mut Model, row: usize) {
    (model.sessions.list.selected, model.sessions.picked) = (row, true);
    model.focus.connection = model.sessions.selected();
    model.focus.packet = None;
}

/// Explains the worst finding of the selected connection.
fn explain(model: &mut Model) {
    let connection = model.selected().and_then(|id| model.data.connection(id));
    let places = connection.into_iter().flat_map(|connection| &connection.findings);
    let found = places.filter_map(|place| model.data.index.findings().get(*place as usize));
    // The first of those that are equally bad.
    let worst = found.min_by_key(|found| Reverse(found.finding.severity)).map(|found| found.finding.rule);
    match worst {
        Some(rule) => super::explain(model, rule),
        None => model.tell("nothing was found on this connection"),
    }
}

/// Goes from column to column, of those that there is room for.
fn sort_beside(model: &mut Model, right: bool) {
    let columns = view::sessions::shown(model);
    let at = columns.iter().position(|column| *column == model.sessions.sort);
    let last = columns.len().saturating_sub(1);
    let next = match (at, right) {
        (None, _) => 0,
        (Some(at), true) => (at + 1).min(last),
        (Some(at), false) => at.saturating_sub(1),
    };
    if let Some(column) = columns.get(next).copied().filter(|_| at != Some(next)) {
        sort_by(model, column);
    }
}

fn sort_by(model: &mut Model, column: Column) {
    let sessions = &mut model.sessions;
    sessions.descending = if sessions.sort == column { !sessions.descending } else { column.is_descending_first() };
    sessions.sort = column;
    order(model);
}

fn order(model: &mut Model) {
    model.sessions.order(&model.data);
}

/// The columns that there are, in the order of the overlay that chooses among them.
pub fn columns() -> Vec<Column> {
    Column::iter().collect()
}
