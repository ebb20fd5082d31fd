//! The ladder: keys and transitions.

use ratatui::layout::Rect;

use crate::tui::keymap::{Action as Key, Binding, Context, bind};
use crate::tui::message::Effect;
use crate::tui::model::ladder::{Row, State};
use crate::tui::model::{List, Model, Pane};
use crate::tui::view;

/// What only this pane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// Show TCP events, or not.
    Events,
    /// To the next row with a finding.
    NextFinding,
    /// To the one before.
    PreviousFinding,
    /// To the next packet of the exchange.
    Along,
}

/// How far from the top the first packet is looked for: behind SYN and SYN-ACK, and what may have been lost.
const NEAR: usize = 10;

const HERE: &[Context] = &[Context::Ladder];

/// Keys of this pane.
pub const KEYS: &[Binding] = &[
    bind("T", HERE, Key::Ladder(Action::Events), "show or hide TCP events"),
    bind("}", HERE, Key::Ladder(Action::NextFinding), "next finding"),
    bind("{", HERE, Key::Ladder(Action::PreviousFinding), "previous finding"),
    bind("o", HERE, Key::Ladder(Action::Along), "along the exchange: request, answers, and around"),
];

/// Takes an action.
pub fn act(model: &mut Model, action: Key) -> Vec<Effect> {
    let len = model.ladder.len();
    match action {
        Key::Move(motion) => {
            model.ladder.list.go(motion, len);
            settle(model);
        }
        Key::Open => match model.ladder.at {
            Some(Row::Packet(_)) => model.open(Pane::Packet),
            Some(_) => model.tell("this row is no packet"),
            None => {}
        },
        Key::Ladder(Action::Events) => model.ladder.events = !model.ladder.events,
        Key::Ladder(Action::NextFinding) => seek(model, true),
        Key::Ladder(Action::PreviousFinding) => seek(model, false),
        Key::Ladder(Action::Along) => along(model),
        Key::Explain => {
            let rule = model.ladder.at.and_then(|row| row.findings(&model.data).first().map(|finding| finding.rule));
            match rule {
                Some(rule) => super::explain(model, rule),
                None => model.tell("nothing was found here; } goes to the next finding"),
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Brings rows in line with the model.
pub fn refresh(model: &mut Model) {
    let chosen = model.chosen();
    model.ladder.refresh(&model.data, &model.scope, &chosen);
}

/// Brings rows and scroll position in line with the model.
pub fn fit(model: &mut Model, area: Rect) -> Vec<Effect> {
    refresh(model);
    let ladder = &mut model.ladder;
    if model.follow {
        ladder.list.selected = usize::MAX;
    } else if let Some(row) = wanted(ladder.at, model.focus.packet)
        && ladder.row(ladder.list.selected) != Some(row)
    {
        match ladder.position(row) {
            Some(at) => ladder.list.selected = at,
            // Another connection, or another filter: what was near is near no more.
            None if ladder.at.is_none_or(|at| ladder.position(at).is_none()) => begin(ladder),
            None => {}
        }
    } else if ladder.at.is_none() {
        begin(ladder);
    }
    ladder.list.fit(ladder.len(), view::ladder::rows(area).height.into());
    settle(model);
    Vec::new()
}

/// The row to select: the packet that all panes are about, unless a row that is no packet was selected here.
fn wanted(at: Option<Row>, focus: Option<u32>) -> Option<Row> {
    match (at, focus) {
        (at, None) => at,
        (_, Some(packet)) => Some(Row::Packet(packet)),
    }
}

/// Selects the first packet, near the top.
fn begin(ladder: &mut State) {
    let selected = (0..ladder.len().min(NEAR)).find(|row| matches!(ladder.row(*row), Some(Row::Packet(_))));
    ladder.list = List::default();
    ladder.list.selected = selected.unwrap_or_default();
}

/// What is selected is what all panes are about.
fn settle(model: &mut Model) {
    let row = model.ladder.row(model.ladder.list.selected);
    model.ladder.at = row;
    if let Some(row) = row {
        model.focus.packet = row.packet();
        model.focus.connection = row.connection(&model.data).or(model.focus.connection);
    }
}

fn select(model: &mut Model, row: usize) {
    model.ladder.list.selected = row;
    model.follow = false;
    settle(model);
}

/// The rows behind the selected one, or before it, and around to it.
fn around(model: &Model, forward: bool) -> impl Iterator<Item = usize> + use<> {
    let (len, from) = (model.ladder.len(), model.ladder.list.selected);
    (1..=len).map(move |step| if forward { (from + step) % len } else { (from + len - step) % len })
}

fn seek(model: &mut Model, forward: bool) {
    let judged = |row: &usize| model.ladder.row(*row).is_some_and(|row| row.is_judged(&model.data));
    match around(model, forward).find(judged) {
        Some(row) => select(model, row),
        None => model.tell("no findings here"),
    }
}

fn along(model: &mut Model) {
    let Some(packet) = model.focus.packet else { return };
    let exchange = model.data.index.exchange(packet);
    let at = exchange.iter().position(|step| *step == packet).unwrap_or_default();
    let next = exchange.iter().cycle().skip(at + 1).take(exchange.len().saturating_sub(1));
    match next.filter_map(|step| model.ladder.position(Row::Packet(*step))).next() {
        Some(row) => select(model, row),
        None => model.tell("nothing else belongs to this packet"),
    }
}

/// Selects the next row that has all words of `needle` (in lower case).
pub fn find(model: &mut Model, needle: &str, forward: bool) -> bool {
    let mut search = view::ladder::Search::new(model, needle);
    let found = around(model, forward).find(|row| search.hits(*row));
    if let Some(row) = found {
        select(model, row);
    }
    found.is_some()
}

/// A click selects a row; one on the selected row opens it.
pub fn click(model: &mut Model, _x: u16, y: u16) -> Vec<Effect> {
    let body = view::areas(model.size).body;
    let rows = view::ladder::rows(body);
    let Some(row) = (body.y + y).checked_sub(rows.y).filter(|row| *row < rows.height) else { return Vec::new() };
    let (before, len) = (model.ladder.list.selected, model.ladder.len());
    if model.ladder.list.click(row, len) {
        let at = model.ladder.list.selected;
        select(model, at);
        if at == before {
            return act(model, Key::Open);
        }
    }
    Vec::new()
}
