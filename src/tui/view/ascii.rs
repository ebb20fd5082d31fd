//! Screens for terminals without Unicode: a pass over the finished buffer, so that views need not care.

use ratatui::buffer::Buffer;

/// Our symbols, and what stands for each.
const SYMBOLS: &[(&str, &str)] = &[
    ("─╌", "-"),
    ("━═", "="),
    ("┈", "~"),
    ("•", "c"),
    ("▪", "C"),
    ("■", "@"),
    ("⋮", ";"),
    ("│┃║╎", "|"),
    ("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣", "+"),
    ("●", "*"),
    ("▲", "!"),
    ("·", "."),
    ("○◦", "o"),
    ("▶▸→❯", ">"),
    ("◀◂←❮", "<"),
    ("↑△▴", "^"),
    ("↓▼▾▽", "v"),
    ("×✖✗", "x"),
    ("✓", "+"),
    ("…", "~"),
    ("±", "~"),
    ("µ", "u"),
    ("Δ", "d"),
    ("▏▁", "_"),
    ("▂", "."),
    ("▃", ":"),
    ("▄▅", "="),
    ("▆▇", "%"),
    ("█", "#"),
    ("▒░▓", "/"),
    ("–—", "-"),
];

/// Puts an ASCII character in the place of every other one; of what came from the wire, `?`.
pub fn replace(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let known = SYMBOLS.iter().find(|(symbols, _)| symbols.contains(cell.symbol()));
            let braille = cell.symbol().starts_with(|c: char| ('\u{2800}'..='\u{28ff}').contains(&c));
            cell.set_symbol(known.map_or(if braille { "*" } else { "?" }, |(_, plain)| plain));
        }
    }
}
