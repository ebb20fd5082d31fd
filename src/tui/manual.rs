//! The table of keys as Markdown, for `docs/tui.md`.

use std::fmt::Write as _;

use strum::IntoEnumIterator as _;

use super::keymap::{self, Binding, Context, PANES};

/// All keys: those of all panes, of each pane, of overlays, and while something is typed, as Markdown tables.
pub fn keys() -> String {
    let mut out = String::new();
    let in_panes = |binding: &Binding| PANES.iter().filter(|pane| binding.contexts.contains(pane)).count();
    section(&mut out, "In all panes", |binding| in_panes(binding) > 1);
    for context in Context::iter() {
        section(&mut out, context.title(), |binding| binding.contexts.contains(&context) && in_panes(binding) < 2);
    }
    out
}

fn section(out: &mut String, title: &str, is_meant: impl Fn(&Binding) -> bool) {
    let bindings: Vec<&Binding> = keymap::table().filter(|binding| is_meant(binding)).collect();
    if bindings.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n**{title}**\n\n| keys | what they do |\n|---|---|");
    for binding in bindings {
        let keys: Vec<String> = binding.keys.split(' ').map(|key| format!("`{key}`")).collect();
        let _ = writeln!(out, "| {} | {} |", keys.join(" "), binding.help.replace('|', "\\|"));
    }
}
