//! The manual of a rule, as `mqttscope explain` prints it, in an overlay.

use crate::report::explain::explain;
use crate::report::manual::WIDTH;
use crate::report::style::Palette;
use crate::rules;
use crate::tui::model::{List, Model, Overlay};
use crate::tui::view;

/// Opens the manual of a rule.
pub fn rule(model: &mut Model, name: &str) {
    // The overlay has a border, and the body is as wide as the screen.
    let width = WIDTH.min(usize::from(view::areas(model.size).body.width).saturating_sub(4));
    let Some(text) = explain(name, rules::groups(), &Palette::default(), width) else {
        return model.warn(format!("no manual of {name}"));
    };
    let lines = text.lines().map(|line| format!(" {line}")).collect();
    model.overlay = Some(Overlay::Text { title: name.to_owned(), lines, list: List::default() });
}
