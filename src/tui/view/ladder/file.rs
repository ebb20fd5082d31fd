//! The ladder as lines of text, all of it, for a file.

use std::io::{self, Write};

use super::{columns, heading, line};
use crate::tui::model::Model;

/// Columns, however wide the terminal is: enough for most topics.
const WIDTH: u16 = 160;

/// Writes heading and rows, one at a time: there may be a million.
///
/// # Errors
/// They cannot be written.
pub fn write(model: &Model, out: &mut impl Write) -> io::Result<()> {
    let (ladder, columns) = (&model.ladder, columns(model, WIDTH));
    let mut put = |line: String| writeln!(out, "{}", line.trim_end());
    put(heading(model, columns).to_string())?;
    let mut above = None;
    for row in (0..ladder.len()).filter_map(|row| ladder.row(row)) {
        // Cursor and bracket belong to the screen.
        let spans = line(model, row, above, " ", false, columns).spans;
        let text: String = spans.iter().skip(1).map(|span| span.content.as_ref()).collect();
        put(format!(" {text}"))?;
        above = row.time(&model.data);
    }
    Ok(())
}
