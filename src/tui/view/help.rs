//! The help: what the keys do in the pane below, and what a filter may say, from the tables that make them work.

use ratatui::text::{Line, Span};

use super::cell;
use crate::tui::filter;
use crate::tui::keymap::{self, Binding, Context};
use crate::tui::model::Model;

/// Columns of the names of keys.
const KEYS: usize = 16;

/// All lines.
pub fn lines<'a>(model: &Model) -> Vec<Line<'a>> {
    let here = Context::from(model.pane);
    let (own, shared): (Vec<_>, Vec<_>) =
        keymap::table().filter(|binding| binding.contexts.contains(&here)).partition(|binding| binding.contexts.len() == 1);
    let mut lines = Vec::new();
    let mut section = |title: String, rows: Vec<(String, String)>| {
        if rows.is_empty() {
            return;
        }
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(format!(" {title}"), model.theme.heading));
        for (key, what) in rows {
            let key = Span::styled(format!(" {}", cell::left(&key, KEYS)), model.theme.name);
            lines.push(Line::from_iter([key, " ".into(), what.into()]));
        }
    };
    section(here.title().to_owned(), own.into_iter().map(row).collect());
    section("Everywhere".to_owned(), shared.into_iter().map(row).collect());
    section("Mouse".to_owned(), MOUSE.iter().map(|(what, does)| ((*what).to_owned(), (*does).to_owned())).collect());
    section("Filter".to_owned(), filter::help());
    lines
}

const MOUSE: [(&str, &str); 4] = [
    ("click", "selects a row, opens a tab, sorts by a heading"),
    ("wheel", "moves"),
    ("click beside", "closes what lies over the pane"),
    ("Shift and drag", "selects text, in most terminals"),
];

fn row(binding: &Binding) -> (String, String) {
    (binding.keys.to_owned(), binding.help.to_owned())
}
