//! The report for people: what was read, what is wrong and where, and what that says of each side.
//!
//! Plain text of about 100 columns. Nothing from the wire reaches the writer without its control characters escaped.

mod evidence;
mod findings;
mod header;
mod lone;
mod verdicts;

use std::io::{self, Write};

pub use findings::{citation, party, related};
pub use header::{drops, gaps_of_knowledge, losses};
pub use lone::packets;
pub use verdicts::covered;

use super::style::Palette;
use super::{Document, Files};
use crate::analysis::{Opened, Report};
use crate::finding::Finding;
use crate::show::tame;
use crate::time::Timestamp;

/// Columns that lines of prose are broken to.
const WIDTH: usize = 100;

/// How the text report looks.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Colours.
    pub palette: Palette,
    /// Findings shown of each rule; the rest is counted.
    pub instances: usize,
    /// Clients and servers listed one by one; the rest is counted.
    pub sides: usize,
    /// Of findings that say the same of the same connection, only the first in full.
    pub compact: bool,
}

impl Options {
    /// What fits a person's patience: 10 findings a rule, 40 clients.
    pub const fn short(palette: Palette) -> Self {
        Self { palette, instances: 10, sides: 40, compact: true }
    }

    /// Everything.
    pub const fn long(palette: Palette) -> Self {
        Self { palette, instances: usize::MAX, sides: usize::MAX, compact: false }
    }
}

/// Writes the whole report.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, document: &Document<'_>, options: &Options) -> io::Result<()> {
    header::write(out, document, options)?;
    findings::write(out, document, options)?;
    verdicts::write(out, document, options)
}

/// The header alone: what was read, and what not.
///
/// # Errors
/// Those of the writer.
pub fn summary(out: &mut impl Write, document: &Document<'_>, options: &Options) -> io::Result<()> {
    header::write(out, document, options)?;
    verdicts::write(out, document, options)
}

/// A finding as it comes, while the capture goes on.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// It is none yet: what would be one if the silence ended now.
    pub pending: bool,
    /// Its connection.
    pub opened: Option<&'a Opened>,
    /// When the capture began.
    pub start: Option<Timestamp>,
    /// The inputs.
    pub files: Files<'a>,
}

/// Writes one finding as it comes.
///
/// # Errors
/// Those of the writer.
pub fn told(out: &mut impl Write, told: &Told<'_>, options: &Options) -> io::Result<()> {
    findings::told(out, told, &options.palette)
}

/// What is known while the capture goes on.
#[derive(Clone, Copy, Debug)]
pub struct Interim<'a> {
    /// The sum so far.
    pub report: &'a Report,
    /// The present, where it is known.
    pub now: Option<Timestamp>,
    /// Connections that are open.
    pub open: u64,
}

/// Writes in one line what is known while the capture goes on, with the findings told so far by severity.
///
/// # Errors
/// Those of the writer.
pub fn interim(out: &mut impl Write, interim: &Interim<'_>, told: [u64; 3]) -> io::Result<()> {
    header::interim(out, interim, told)
}

/// Breaks prose into lines of [`WIDTH`] columns, each indented.
fn wrapped(out: &mut impl Write, indent: usize, text: &str) -> io::Result<()> {
    let mut column = 0;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > 0 && column + 1 + len > WIDTH {
            writeln!(out)?;
            column = 0;
        }
        if column == 0 {
            write!(out, "{:indent$}{word}", "")?;
            column = indent + len;
        } else {
            write!(out, " {word}")?;
            column += 1 + len;
        }
    }
    if column > 0 { writeln!(out) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_between_words() {
        let mut out = Vec::new();
        wrapped(&mut out, 4, &"word ".repeat(40)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.starts_with("    word") && line.len() <= WIDTH), "{text}");
        assert_eq!(text.matches("word").count(), 40);
    }

    #[test]
    fn quotes_from_the_wire_are_tamed() {
        assert_eq!(tame("a\u{1b}[31m\\x"), "a\\x1b[31m\\x");
    }
}
