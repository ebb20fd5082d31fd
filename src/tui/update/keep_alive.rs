//! The keep-alive timeline: keys and transitions.

use ratatui::layout::Rect;

use crate::tui::keymap::{Action as Key, Binding};
use crate::tui::message::Effect;
use crate::tui::model::Model;

/// What only this pane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Action {}

/// Keys of this pane.
pub const KEYS: &[Binding] = &[];

/// Takes an action.
pub fn act(model: &mut Model, action: Key) -> Vec<Effect> {
    if let Key::Move(motion) = action {
        model.keep_alive.list.go(motion, 0);
    }
    Vec::new()
}

/// Brings rows and scroll position in line with the model.
pub fn fit(model: &mut Model, area: Rect) -> Vec<Effect> {
    model.keep_alive.list.fit(0, area.height.into());
    Vec::new()
}

/// Selects the next row that has `needle` (in lower case).
pub fn find(_model: &mut Model, _needle: &str, _forward: bool) -> bool {
    false
}

/// A click, counted from the upper left corner of the body.
pub fn click(_model: &mut Model, _x: u16, _y: u16) -> Vec<Effect> {
    Vec::new()
}
