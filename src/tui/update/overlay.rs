//! What lies over the body: keys and transitions.

use ratatui::layout::Rect;

use super::sessions;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::model::prompt::Purpose;
use crate::tui::model::{Model, Overlay, Prompt};
use crate::tui::view;

/// Takes an action.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let rows = view::overlay::len(model);
    match (action, &mut model.overlay) {
        (Action::Back, _) => model.overlay = None,
        // Text has no selected row: its first line moves.
        (Action::Move(motion), Some(Overlay::Help(list) | Overlay::Text { list, .. })) => list.scroll(motion, rows),
        (Action::Move(motion), Some(overlay)) => overlay.list().go(motion, rows),
        (Action::Open, _) => choose(model),
        _ => {}
    }
    Vec::new()
}

/// A click on a row chooses it; one beside the overlay closes it.
pub fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let rows = view::overlay::len(model);
    let area = view::overlay::area(model, view::areas(model.size).body);
    let inside = view::overlay::inside(area);
    let hit = match &mut model.overlay {
        Some(_) if !area.contains((x, y).into()) => {
            model.overlay = None;
            false
        }
        Some(Overlay::Columns(list) | Overlay::Save(list)) => inside.contains((x, y).into()) && list.click(y - inside.y, rows),
        _ => false,
    };
    if hit {
        choose(model);
    }
    Vec::new()
}

/// Keeps the selected row on the screen.
pub fn fit(model: &mut Model, body: Rect) {
    let rows = view::overlay::len(model);
    let area = view::overlay::inside(view::overlay::area(model, body));
    match &mut model.overlay {
        Some(Overlay::Help(list) | Overlay::Text { list, .. }) => list.hold(rows, area.height.into()),
        Some(overlay) => overlay.list().fit(rows, area.height.into()),
        None => {}
    }
}

fn choose(model: &mut Model) {
    match &model.overlay {
        Some(Overlay::Columns(list)) => {
            if let Some(column) = sessions::columns().get(list.selected) {
                model.sessions.toggle(*column);
            }
        }
        Some(Overlay::Save(list)) => {
            if let Some((what, _, name)) = model.savable().get(list.selected) {
                model.prompt = Some(Prompt::new(Purpose::Save(*what), name));
                model.overlay = None;
            }
        }
        _ => {}
    }
}
