//! Packets in hand: each in words, field by field, and what is wrong with it.

use std::io::{self, Write};
use std::ops::Range;

use super::findings::{demands, fault};
use super::{tame, wrapped};
use crate::analysis::{Answer, Field, LonePacket, Reading, State};
use crate::mqtt::Version;
use crate::report::number::counted;
use crate::report::style::{Palette, sign};
use crate::show;

/// Writes what [`crate::analysis::inspect`] found.
///
/// # Errors
/// Those of the writer.
pub fn packets(out: &mut impl Write, bytes: &[u8], answer: &Answer, palette: &Palette) -> io::Result<()> {
    for (number, packet) in answer.packets.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        self::packet(out, packet, palette)?;
    }
    if !answer.trailing.is_empty() {
        let rest = bytes.get(answer.trailing.clone()).unwrap_or_default();
        if !answer.packets.is_empty() {
            writeln!(out)?;
        }
        let behind = if answer.packets.is_empty() { "" } else { " behind the last packet" };
        let count = counted(rest.len() as u64, "byte");
        wrapped(out, 0, &format!("{count}{behind}: less than a fixed header: {}", show::hex(rest)))?;
    }
    Ok(())
}

fn packet(out: &mut impl Write, packet: &LonePacket, palette: &Palette) -> io::Result<()> {
    let name = palette.name;
    writeln!(out, "{name}bytes {}{name:#}  {} from the {}", span(&packet.range), counted(packet.range.len() as u64, "byte"), packet.from)?;
    match packet.state {
        State::Whole => {}
        State::Missing(missing) => {
            let (missing, lack) = (counted(missing, "byte"), if missing == 1 { "is" } else { "are" });
            let line =
                format!("Not whole: {missing} that the Remaining Length announces {lack} missing. Shown as far as it goes, not judged.");
            wrapped(out, 2, &line)?;
        }
        State::BadLength => {
            wrapped(out, 2, "The Remaining Length does not end within four bytes: where the packet ends cannot be known.")?;
        }
    }
    for reading in &packet.readings {
        self::reading(out, packet, reading, palette)?;
    }
    Ok(())
}

fn reading(out: &mut impl Write, packet: &LonePacket, reading: &Reading, palette: &Palette) -> io::Result<()> {
    let Palette { name, good, .. } = *palette;
    let named = |versions: &[Version]| versions.iter().map(|version| version.name()).collect::<Vec<_>>().join(" and ");
    let unfit = if packet.unfit.is_empty() { String::new() } else { format!(" (its layout is not one of {})", named(&packet.unfit)) };
    writeln!(out)?;
    writeln!(out, "  MQTT {}{unfit}: {name}{}{name:#}", named(&reading.versions), tame(&reading.words))?;
    tree(out, 4, &reading.fields, palette)?;
    for finding in &reading.findings {
        let style = palette.severity(finding.severity);
        writeln!(out)?;
        let blames = finding.blames.name();
        writeln!(
            out,
            "    {style}{} {}{style:#}  {name}{}{name:#}  by the {blames}",
            sign(finding.severity),
            finding.severity.name(),
            finding.rule
        )?;
        fault(out, finding, palette)?;
        demands(out, 6, &[finding])?;
    }
    if reading.findings.is_empty() && packet.state == State::Whole {
        writeln!(out, "    {good}No findings{good:#} in what one packet shows by itself.")?;
    }
    Ok(())
}

/// Fields with their bytes in front.
fn tree(out: &mut impl Write, indent: usize, fields: &[Field], palette: &Palette) -> io::Result<()> {
    for field in fields {
        let faint = palette.faint;
        let blank = " ".repeat(indent - 4);
        writeln!(out, "    {faint}{:>9}{faint:#}  {blank}{}: {}", span(&field.range), field.name, field.value)?;
        tree(out, indent + 2, &field.parts, palette)?;
    }
    Ok(())
}

/// First and last byte.
fn span(range: &Range<usize>) -> String {
    match range.len() {
        0 => format!("before {}", range.start),
        1 => range.start.to_string(),
        _ => format!("{}-{}", range.start, range.end - 1),
    }
}
