//! The Markdown of a rule's manual, readable in a terminal: headings bold, paragraphs filled, code as it is.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::paint::{BOLD, Paint};

/// Columns of a line: wide enough for packets in hex, narrow enough to read.
const WIDTH: usize = 100;

/// Shows a manual; the doc comments that it comes from have a space before every line.
pub fn show(manual: &str, paint: Paint) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut code = false;
    for line in manual.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        let fence = line.trim_start().starts_with("```");
        let item = line.trim_start().starts_with(['-', '*']) && line.trim_start().as_bytes().get(1) == Some(&b' ');
        if fence || code || item || line.is_empty() || line.starts_with('#') {
            flush(&mut out, &mut paragraph);
        }
        if fence {
            code = !code;
        } else if code {
            let _ = writeln!(out, "    {line}");
        } else if line.starts_with('#') {
            let _ = writeln!(out, "{}", paint.text(BOLD, line.trim_start_matches('#').trim()));
        } else if line.is_empty() {
            // Never two empty lines.
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
        } else {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    flush(&mut out, &mut paragraph);
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Text filled into lines, each indented by `indent` columns.
pub fn wrapped(text: &str, indent: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        if column > 0 && column + 1 + word.width() > WIDTH {
            out.push('\n');
            column = 0;
        }
        let gap = if column == 0 { indent } else { 1 };
        let _ = write!(out, "{:gap$}{word}", "");
        column += gap + word.width();
    }
    out.push('\n');
    out
}

fn flush(out: &mut String, paragraph: &mut String) {
    if !paragraph.is_empty() {
        out.push_str(&wrapped(paragraph, 0));
        paragraph.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::ColorChoice;

    #[test]
    fn markdown_becomes_text() {
        let manual =
            " # What it checks\n\n One sentence\n on two lines.\n\n\n - a point\n - another\n\n ```text\n C  30 00\n\n   x\n ```\n # Why\n";
        let text = show(manual, Paint::new(ColorChoice::Never, false));
        let expected = "What it checks\n\nOne sentence on two lines.\n\n- a point\n- another\n\n    C  30 00\n    \n      x\nWhy\n";
        assert_eq!(text, expected);
        assert_eq!(show("", Paint::new(ColorChoice::Never, false)), "");
    }

    #[test]
    fn no_line_is_too_long() {
        let text = wrapped(&"word ".repeat(60), 4);
        assert!(text.lines().all(|line| line.len() <= WIDTH && line.starts_with("    word")), "{text}");
    }
}
