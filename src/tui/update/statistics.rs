//! The statistics: keys and transitions.

use ratatui::layout::Rect;

use crate::filter::Filter;
use crate::tui::keymap::{Action as Key, Binding, Context, bind};
use crate::tui::message::Effect;
use crate::tui::model::{Model, Motion, Pane};
use crate::tui::view;
use crate::tui::view::statistics::Row;

/// What only this pane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// Measure by messages or by bytes.
    Measure,
}

/// Keys of this pane.
pub const KEYS: &[Binding] =
    &[bind("b", &[Context::Statistics], Key::Statistics(Action::Measure), "measure topics, clients and QoS by messages or by bytes")];

/// Takes an action.
pub fn act(model: &mut Model, action: Key) -> Vec<Effect> {
    match action {
        Key::Move(motion) => go(model, motion),
        Key::Open => open(model),
        Key::Statistics(Action::Measure) => model.statistics.measure = model.statistics.measure.next(),
        _ => {}
    }
    Vec::new()
}

/// Brings numbers and scroll positions in line with the model.
pub fn fit(model: &mut Model, area: Rect) -> Vec<Effect> {
    model.statistics.refresh(&model.data);
    let columns = view::statistics::columns(area);
    let rows = view::statistics::rows(model, area);
    for ((list, column), rows) in model.statistics.lists.iter_mut().zip(columns).zip(rows) {
        list.hold(rows.len(), column.height.into());
    }
    Vec::new()
}

/// Selects the next topic or client that has `needle` (in lower case).
pub fn find(model: &mut Model, needle: &str, forward: bool) -> bool {
    let columns = view::statistics::rows(model, body(model));
    let all: Vec<(usize, usize, &Row)> = columns
        .iter()
        .enumerate()
        .flat_map(|(column, rows)| rows.iter().enumerate().map(move |(at, row)| (column, at, row)))
        .filter(|(.., row)| row.target.is_some())
        .collect();
    let len = all.len();
    let from =
        all.iter().position(|(.., row)| row.target == model.statistics.selected).unwrap_or(if forward { len.saturating_sub(1) } else { 0 });
    let mut steps = (1..=len).map(|step| if forward { (from + step) % len } else { (from + len - step) % len });
    let has = |row: &Row| row.line.to_string().to_lowercase().contains(needle);
    let found = steps.find_map(|at| all.get(at).filter(|(.., row)| has(row)).map(|(column, at, _)| (*column, *at)));
    if let Some((column, at)) = found {
        select(model, &columns, column, at);
    }
    found.is_some()
}

/// A click on a topic or a client selects it; a second one opens its sessions.
pub fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let body = body(model);
    let here = (x + body.x, y + body.y);
    let rows = view::statistics::rows(model, body);
    let Some(column) = view::statistics::columns(body).iter().position(|column| column.contains(here.into())) else { return Vec::new() };
    let at = model.statistics.lists[column % 2].offset + usize::from(y);
    let target = rows.get(column).and_then(|rows| rows.get(at)).and_then(|row| row.target.clone());
    if target.is_some() {
        if target == model.statistics.selected {
            open(model);
        } else {
            select(model, &rows, column, at);
        }
    }
    Vec::new()
}

fn body(model: &Model) -> Rect {
    view::areas(model.size).body
}

/// Opens the sessions of the selected topic or client.
fn open(model: &mut Model) {
    let Some(target) = &model.statistics.selected else { return model.tell("select a topic or a client first: j and k") };
    match Filter::parse(&target.filter(&model.data)) {
        Ok(filter) => {
            model.scope.filter(filter);
            model.open(Pane::Sessions);
        }
        Err(error) => model.warn(error.to_string()),
    }
}

/// Up and down go from one topic or client to the next, and scroll where there is none.
fn go(model: &mut Model, motion: Motion) {
    let rows = view::statistics::rows(model, body(model));
    // Of two columns, topics and clients stand in the right one.
    let column = rows.len() - 1;
    let Some(current) = rows.get(column) else { return };
    let targets: Vec<usize> = (0..current.len()).filter(|at| current.get(*at).is_some_and(|row| row.target.is_some())).collect();
    let at = targets.iter().position(|at| current.get(*at).is_some_and(|row| row.target == model.statistics.selected));
    let next = match (motion, at) {
        (Motion::Down, None) => Some(0),
        (Motion::Down, Some(at)) => Some(at + 1),
        (Motion::Up, Some(at)) => at.checked_sub(1),
        _ => None,
    };
    match next.and_then(|next| targets.get(next)) {
        Some(at) => select(model, &rows, column, *at),
        None => {
            for (list, rows) in model.statistics.lists.iter_mut().zip(&rows) {
                list.scroll(motion, rows.len());
            }
        }
    }
}

/// Selects what stands in a row, and brings it onto the screen.
fn select(model: &mut Model, columns: &[Vec<Row>], column: usize, at: usize) {
    let Some(rows) = columns.get(column) else { return };
    model.statistics.selected = rows.get(at).and_then(|row| row.target.clone());
    let height = body(model).height.into();
    if let Some(list) = model.statistics.lists.get_mut(column) {
        list.selected = at;
        list.fit(rows.len(), height);
    }
}
