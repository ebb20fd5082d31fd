//! The bytes of a packet in rows of sixteen, the offending ones marked.

use std::io::{self, Write};
use std::ops::Range;

use crate::finding::Evidence;
use crate::report::style::Palette;

/// Bytes a row.
const ROW: usize = 16;

/// Rows shown where nothing is marked.
const ROWS: usize = 2;

/// Writes the bytes up to the row that ends the marked ones. Offsets count from the start of the packet.
pub(super) fn write(out: &mut impl Write, indent: usize, evidence: &Evidence, palette: &Palette) -> io::Result<()> {
    let Evidence { bytes, offset, marked } = evidence;
    let end = match marked {
        Some(range) => range.end.max(range.start + 1).saturating_sub(*offset),
        None => ROW * ROWS,
    };
    let shown = bytes.len().min(end.next_multiple_of(ROW));
    let rows = bytes.get(..shown).unwrap_or(bytes);
    for (number, row) in rows.chunks(ROW).enumerate() {
        let start = offset + number * ROW;
        let more = if (number + 1) * ROW >= shown && shown < bytes.len() { " …" } else { "" };
        let faint = palette.faint;
        write!(out, "{:indent$}{faint}{start:04x}{faint:#}  ", "")?;
        hex(out, row, start, marked.as_ref(), palette)?;
        writeln!(out, "  {faint}{}{more}{faint:#}", ascii(row))?;
        carets(out, indent + 6, row.len(), start, marked.as_ref(), palette)?;
    }
    Ok(())
}

fn hex(out: &mut impl Write, row: &[u8], start: usize, marked: Option<&Range<usize>>, palette: &Palette) -> io::Result<()> {
    let style = palette.marked;
    for (at, byte) in (start..).zip(row) {
        let is = |at: usize| marked.is_some_and(|range| range.contains(&at));
        // A run is marked as a whole, the blanks between its bytes too.
        if is(at) && (at == start || !is(at - 1)) {
            write!(out, "{style}")?;
        }
        write!(out, "{byte:02x}")?;
        let last = at + 1 == start + row.len();
        if is(at) && (last || !is(at + 1)) {
            write!(out, "{style:#}")?;
        }
        if !last {
            write!(out, " ")?;
        }
    }
    write!(out, "{:1$}", "", (ROW - row.len()) * 3)
}

/// A row of `^` below the marked bytes, where colour does not show them: without colours, and where a byte is missing.
fn carets(
    out: &mut impl Write,
    indent: usize,
    len: usize,
    start: usize,
    marked: Option<&Range<usize>>,
    palette: &Palette,
) -> io::Result<()> {
    let Some(range) = marked else { return Ok(()) };
    let missing = range.is_empty() || range.start >= start + len;
    if palette.coloured && !missing {
        return Ok(());
    }
    // What is missing stands behind the last byte of the row, if not in it.
    let from = range.start.max(start);
    let to = if range.is_empty() { range.start + 1 } else { range.end.min(start + ROW) };
    if from >= to || from > start + len {
        return Ok(());
    }
    let style = palette.marked;
    let width = (to - from) * 3 - 1;
    writeln!(out, "{:1$}{style}{2}{style:#}", "", indent + (from - start) * 3, "^".repeat(width))
}

fn ascii(row: &[u8]) -> String {
    row.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8], offset: usize, marked: Option<Range<usize>>, coloured: bool) -> String {
        let mut out = Vec::new();
        write(&mut out, 2, &Evidence { bytes: bytes.to_vec(), offset, marked }, &Palette::new(coloured)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn marks_stand_below_their_bytes() {
        assert_eq!(
            shown(b"\x30\x05\x00\x03a#b", 0, Some(5..6), false),
            "  0000  30 05 00 03 61 23 62                             0....a#b\n".replace("0....", "0...") + "                       ^^\n"
        );
    }

    #[test]
    fn marks_run_over_rows_and_end_with_what_is_shown() {
        let text = shown(&[0x41; 48], 0, Some(15..17), false);
        assert_eq!(text.lines().count(), 4);
        assert!(text.contains("                                                     ^^\n  0010"), "{text}");
        assert!(text.contains("…"), "{text}");
        let colour = shown(&[0x41; 20], 0, Some(1..3), true);
        assert_eq!(colour.matches('^').count(), 0);
        assert!(colour.contains("41 41\u{1b}[0m"), "{colour}");
    }

    #[test]
    fn what_is_missing_is_marked_behind_the_end() {
        assert!(shown(b"\x20\x01\x00", 0, Some(3..4), true).contains('^'));
        assert!(shown(b"\x20\x01\x00", 0, Some(3..3), false).contains('^'));
        assert!(!shown(b"\x20\x01\x00", 0, Some(9..9), false).contains('^'));
    }

    #[test]
    fn offsets_count_from_the_start_of_the_packet() {
        let text = shown(&[0x41; 20], 100, Some(104..105), false);
        assert!(text.starts_with("  0064  41"), "{text}");
        assert_eq!(text.lines().nth(1).and_then(|line| line.find('^')), Some(8 + 4 * 3));
    }
}
