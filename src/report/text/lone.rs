//! Packets in hand: each in words, field by field, and what is wrong with it.

use std::io::{self, Write};

use super::findings::{demands, fault};
use super::{tame, wrapped};
use crate::analysis::{Answer, Field, LonePacket, Reading, State};
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
    writeln!(
        out,
        "{name}bytes {}..{}{name:#}  {} from the {}",
        packet.range.start,
        packet.range.end,
        counted(packet.range.len() as u64, "byte"),
        packet.from
    )?;
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
        self::reading(out, packet.state, reading, palette)?;
    }
    Ok(())
}

fn reading(out: &mut impl Write, state: State, reading: &Reading, palette: &Palette) -> io::Result<()> {
    let Palette { name, good, .. } = *palette;
    let versions: Vec<&str> = reading.versions.iter().map(|version| version.name()).collect();
    writeln!(out)?;
    writeln!(out, "  MQTT {}: {name}{}{name:#}", versions.join(" and "), tame(&reading.words))?;
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
    if reading.findings.is_empty() && state == State::Whole {
        writeln!(out, "    {good}No findings{good:#} in what one packet shows by itself.")?;
    }
    Ok(())
}

/// Fields with their bytes in front.
fn tree(out: &mut impl Write, indent: usize, fields: &[Field], palette: &Palette) -> io::Result<()> {
    for field in fields {
        let faint = palette.faint;
        let range = format!("{}..{}", field.range.start, field.range.end);
        let blank = " ".repeat(indent - 4);
        writeln!(out, "    {faint}{range:>9}{faint:#}  {blank}{}: {}", field.name, field.value)?;
        tree(out, indent + 2, &field.parts, palette)?;
    }
    Ok(())
}
