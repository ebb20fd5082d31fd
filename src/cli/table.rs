//! Rows of text in aligned columns, two spaces apart.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::paint::{DIM, Paint};

/// A table with a heading.
#[derive(Debug)]
pub struct Table {
    heading: Vec<Column>,
    rows: Vec<Vec<String>>,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    name: &'static str,
    right: bool,
}

/// A column of text.
pub const fn left(name: &'static str) -> Column {
    Column { name, right: false }
}

/// A column of numbers.
pub const fn right(name: &'static str) -> Column {
    Column { name, right: true }
}

impl Table {
    /// An empty table.
    pub fn new(heading: &[Column]) -> Self {
        Self { heading: heading.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Cells hold no control characters and no styles.
    pub fn row(&mut self, cells: impl Into<Vec<String>>) {
        self.rows.push(cells.into());
    }

    /// The table as text; `style` may dress a cell (by row and column) once its width is known.
    pub fn show(&self, paint: Paint, style: impl Fn(usize, usize, &str) -> String) -> String {
        let widths: Vec<usize> = (0..self.heading.len()).map(|column| self.width(column)).collect();
        let mut out = String::new();
        let names: Vec<String> = self.heading.iter().map(|column| column.name.to_owned()).collect();
        let heading = self.line(&names, &widths, |_, text| text.to_owned());
        let _ = writeln!(out, "{}", paint.text(DIM, heading));
        for (index, row) in self.rows.iter().enumerate() {
            out.push_str(&self.line(row, &widths, |column, text| style(index, column, text)));
            out.push('\n');
        }
        out
    }

    fn line(&self, cells: &[String], widths: &[usize], style: impl Fn(usize, &str) -> String) -> String {
        let mut line = String::new();
        for (index, ((cell, width), column)) in cells.iter().zip(widths).zip(&self.heading).enumerate() {
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            let text = style(index, cell);
            let _ = if column.right { write!(line, "{gap}{text}  ") } else { write!(line, "{text}{gap}  ") };
        }
        line.truncate(line.trim_end().len());
        line
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
        cells.chain(self.heading.get(column).map(|column| column.name.width())).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::ColorChoice;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&[left("name"), right("n"), left("what")]);
        table.row(["a".to_owned(), "12".to_owned(), "x".to_owned()]);
        table.row(["温度".to_owned(), "3".to_owned(), String::new()]);
        let text = table.show(Paint::new(ColorChoice::Never, false), |_, _, text| text.to_owned());
        assert_eq!(text, "name   n  what\na     12  x\n温度   3\n");
    }
}
