//! Screens. A test is one line: a world, keys, and how large the terminal is; what it must look like is a snapshot.
//!
//! Keys are the names that the key map knows, separated by spaces; any other word is typed, character by character.

mod files;
mod filter;
mod findings;
mod keep_alive;
mod ladder;
mod live;
mod newcomer;
mod packet;
mod random;
mod sessions;
mod statistics;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Style;

use super::message::{Effect, Message};
use super::model::Model;
pub use super::script::World;
use super::theme::{Choice, Theme};
use super::view;
use crate::analysis::Settings;
use crate::capture::{Options, Source};
use crate::trace::{self, Resolution};

/// The smallest terminal on which everything has its place.
pub const SMALL: (u16, u16) = (80, 24);
/// A large window.
pub const LARGE: (u16, u16) = (140, 40);
/// A phone.
pub const NARROW: (u16, u16) = (40, 12);

/// A program that has opened nothing yet.
pub fn nothing(name: &str) -> World {
    World::new(Model::new(vec![name.to_owned()], Theme::new(Choice::Dark, false, |_| None), explain))
}

/// A manual.
fn explain(rule: &str) -> Option<String> {
    Some(format!("{rule}\n\nWhat it checks\n\nThat {}.\n", "words are broken into lines ".repeat(8).trim_end()))
}

/// A program that has read all of a source.
fn opened(name: &str, source: Source) -> World {
    let mut world = nothing(name);
    world.open(source, Settings::default()).unwrap();
    world
}

/// A program that has opened a capture of the fixtures.
pub fn capture(path: &str) -> World {
    captures(&[path])
}

/// A program that has opened several of them.
pub fn captures(paths: &[&str]) -> World {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let inputs: Vec<String> = paths.iter().map(|path| folder.join(path).display().to_string()).collect();
    let mut world = opened("", Source::open(&inputs, &Options::default()).unwrap());
    world.model.data.inputs = paths.iter().map(|path| (*path).to_owned()).collect();
    world
}

/// The recorded plant: 3.1.1 and 5.0, takeovers, findings, late pings.
pub fn plant() -> World {
    capture("captures/plant.pcapng")
}

/// A program that has opened the traffic of a trace (its first section).
pub fn traffic(text: &str) -> World {
    let recording = trace::compile(trace::parse(text).unwrap().sections.first().unwrap()).unwrap();
    let bytes = Cursor::new(recording.pcap(Resolution::Nanos));
    opened("traffic.pcap", Source::from_reader("traffic.pcap", bytes, &Options { copies: true, ..Options::default() }).unwrap())
}

/// A program that has opened a capture of so many connections, of which each is a CONNECT.
pub fn crowd(connections: u32) -> World {
    // pcap, little endian, microseconds, raw IP.
    let mut pcap = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0];
    for number in 0..connections {
        let id = format!("c{number}");
        let mut connect = vec![0x10, 12 + id.len() as u8, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, id.len() as u8];
        connect.extend(id.bytes());
        let length = 40 + connect.len() as u8;
        let [_, a, b, c] = number.to_be_bytes();
        let mut frame = vec![0x45, 0, 0, length, 0, 0, 0, 0, 64, 6, 0, 0, 10, a, b, c, 10, 255, 255, 255];
        frame.extend([0xc0, 0, 0x07, 0x5b, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
        frame.extend(connect);
        for field in [1_800_000_000, number, frame.len() as u32, frame.len() as u32] {
            pcap.extend(field.to_le_bytes());
        }
        pcap.extend(frame);
    }
    opened("crowd.pcap", Source::from_reader("crowd.pcap", Cursor::new(pcap), &Options::default()).unwrap())
}

/// The same program on a terminal that shows symbols and colours like this.
pub fn with(choice: Choice, ascii: bool, world: World) -> World {
    World { model: Model { theme: Theme::new(choice, ascii, |_| None), ..world.model }, ..world }
}

/// The screen after some keys, as text, with its styles below.
pub fn screen(mut world: World, keys: &str, size: (u16, u16)) -> String {
    world.tell(Message::Resize(size.0, size.1));
    let effects = world.press(keys);
    let asked = if effects.is_empty() { String::new() } else { format!("effects: {effects:?}\n") };
    let buffer = world.draw();
    format!("{}{asked}\n{}", view::text(&buffer), styles(&buffer))
}

/// How the screen is styled, row by row: a letter and the columns that it covers; below, what the letters stand for. Rows that
/// are alike are told once.
fn styles(buffer: &Buffer) -> String {
    let mut legend: BTreeMap<usize, Style> = BTreeMap::new();
    let mut lines: Vec<(usize, usize, String)> = Vec::new();
    for (row, cells) in buffer.content.chunks(buffer.area.width.into()).enumerate() {
        let runs = cells.chunk_by(|a, b| a.style() == b.style());
        let line: Vec<String> = runs.map(|run| format!("{}{}", letter(&mut legend, &run[0]), run.len())).collect();
        let line = line.join(" ");
        match lines.last_mut() {
            Some((_, last, same)) if *same == line => *last = row,
            _ => lines.push((row, row, line)),
        }
    }
    let rows = lines.into_iter().map(|(first, last, line)| match first == last {
        true => format!("{first}: {line}\n"),
        false => format!("{first}-{last}: {line}\n"),
    });
    let legend = legend.iter().map(|(at, style)| format!("{} {}\n", name(*at), shown(*style)));
    rows.chain(legend).collect()
}

fn letter(legend: &mut BTreeMap<usize, Style>, cell: &Cell) -> char {
    let known = legend.iter().find(|(_, style)| **style == cell.style()).map(|(at, _)| *at);
    let at = known.unwrap_or(legend.len());
    legend.insert(at, cell.style());
    name(at)
}

fn name(at: usize) -> char {
    ('a'..='z').chain('A'..='Z').nth(at).unwrap_or('?')
}

fn shown(style: Style) -> String {
    let color = |color: Option<ratatui::style::Color>| color.map_or("-".to_owned(), |color| color.to_string());
    format!("{} on {} {:?}", color(style.fg), color(style.bg), style.add_modifier)
}
