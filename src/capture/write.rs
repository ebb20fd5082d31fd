//! Frames into a pcapng file: one section, one interface per input and link type, times in nanoseconds. What a
//! [`super::Source`] reads from it are the same frames, numbered anew.
//!
//! [`Blocks`] makes the bytes, in a buffer of the caller; [`PcapngWriter`] hands them on, block by block. Neither knows of
//! files, and neither keeps frames.

use std::io::{self, Write};

use crate::frame::{Frame, LinkType};
use crate::time::Timestamp;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const INTERFACE_STATISTICS: u32 = 5;
pub(super) const ENHANCED_PACKET: u32 = 6;

/// Option of every block.
const COMMENT: u16 = 1;

/// Options of the section header.
mod section {
    pub(super) const HARDWARE: u16 = 2;
    pub(super) const OS: u16 = 3;
    pub(super) const USER_APPLICATION: u16 = 4;
}

/// Options of an interface description.
mod interface {
    pub(super) const NAME: u16 = 2;
    pub(super) const DESCRIPTION: u16 = 3;
    pub(super) const TIME_RESOLUTION: u16 = 9;
    pub(super) const FILTER: u16 = 11;
    pub(super) const OS: u16 = 12;
}

/// Options of interface statistics.
mod statistics {
    pub(super) const START: u16 = 2;
    pub(super) const END: u16 = 3;
    pub(super) const RECEIVED: u16 = 4;
    pub(super) const DROPPED: u16 = 5;
    pub(super) const ACCEPTED: u16 = 6;
    pub(super) const DROPPED_BY_SYSTEM: u16 = 7;
    pub(super) const DELIVERED: u16 = 8;
}

/// What a pcapng file says of itself. Empty texts are left out of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// For people.
    pub comment: String,
    /// Of the machine that captured: its processor, say.
    pub hardware: String,
    /// Operating system of the machine that captured.
    pub os: String,
}

/// What a pcapng file says of an interface. Empty texts are left out of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceDescription {
    /// As the system names it: `eth0`. Or the name of the input.
    pub name: String,
    /// For people.
    pub description: String,
    /// How to read the first bytes of its frames.
    pub link: LinkType,
    /// Most bytes that are kept of a frame; 0 is no limit.
    pub snap_length: u32,
    /// The filter expression that its frames have passed.
    pub filter: String,
    /// Operating system of the machine that has it, where that is not the machine that captured.
    pub os: String,
}

impl InterfaceDescription {
    /// An interface of which no more is known.
    pub fn new(name: impl Into<String>, link: LinkType) -> Self {
        Self { name: name.into(), description: String::new(), link, snap_length: 0, filter: String::new(), os: String::new() }
    }
}

/// Counters of an interface, since its capture began. What is not known is not written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceStatistics {
    /// When they were read.
    pub time: Timestamp,
    /// When the capture began.
    pub start: Option<Timestamp>,
    /// When the capture ended.
    pub end: Option<Timestamp>,
    /// Frames that the interface received.
    pub received: Option<u64>,
    /// Frames that the interface dropped, for want of resources.
    pub dropped: Option<u64>,
    /// Frames that the filter let pass.
    pub accepted: Option<u64>,
    /// Frames that the operating system dropped.
    pub dropped_by_system: Option<u64>,
    /// Frames that were handed to the program that captured.
    pub delivered: Option<u64>,
    /// For people; left out if empty.
    pub comment: String,
}

/// Writes a pcapng file. Nothing is buffered here: each block goes out whole, in one call of the writer underneath. After an
/// error the writer is of no more use; what went out before stays readable.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    out: W,
    block: Vec<u8>,
    blocks: Blocks,
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the section header, with a comment on the file.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(out: W, comment: &str) -> io::Result<Self> {
        Self::with_section(out, &Section { comment: comment.to_owned(), ..Section::default() })
    }

    /// Writes the section header.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn with_section(out: W, section: &Section) -> io::Result<Self> {
        let mut writer = Self { out, block: Vec::new(), blocks: Blocks::default() };
        writer.blocks.section(&mut writer.block, section);
        writer.put()?;
        Ok(writer)
    }

    /// Declares the interface of an input, before or between frames. Frames of this input and link type belong to it, and so do
    /// the statistics of this input if it is the first one declared.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn interface(&mut self, input: u32, description: &InterfaceDescription) -> io::Result<()> {
        self.blocks.interface(&mut self.block, input, description);
        self.put()
    }

    /// Writes a frame. If its input and link type have no interface yet, one named `name` is declared.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn frame(&mut self, frame: &Frame<'_>, name: &str) -> io::Result<()> {
        let input = frame.id.input();
        let interface = match self.blocks.interface_of(input, frame.link) {
            Some(interface) => interface,
            None => self.blocks.interface(&mut self.block, input, &InterfaceDescription::new(name, frame.link)),
        };
        frame_block(&mut self.block, interface, frame);
        self.put()
    }

    /// Writes the counters of an input, if it has an interface.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn statistics(&mut self, input: u32, statistics: &InterfaceStatistics) -> io::Result<()> {
        self.blocks.statistics(&mut self.block, input, statistics);
        self.put()
    }

    /// The writer underneath, with everything written.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self) -> io::Result<()> {
        let result = self.out.write_all(&self.block);
        self.block.clear();
        result
    }
}

/// Appends the blocks of one section to a buffer, and knows the interfaces that were declared in it.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// By their number in the file: input and link type.
    interfaces: Vec<(u32, LinkType)>,
}

impl Blocks {
    /// Begins a section.
    pub(super) fn section(&mut self, out: &mut Vec<u8>, section: &Section) {
        self.interfaces.clear();
        block(out, SECTION_HEADER, |out| {
            number(out, 0x1a2b_3c4d);
            // Version 1.0, section length not stated.
            out.extend_from_slice(&[1, 0, 0, 0]);
            out.extend_from_slice(&[0xff; 8]);
            text(out, COMMENT, &section.comment);
            text(out, section::HARDWARE, &section.hardware);
            text(out, section::OS, &section.os);
            text(out, section::USER_APPLICATION, concat!("mqttscope ", env!("CARGO_PKG_VERSION")));
            end_of_options(out);
        });
    }

    /// Declares an interface; its number in the file.
    pub(super) fn interface(&mut self, out: &mut Vec<u8>, input: u32, description: &InterfaceDescription) -> u32 {
        block(out, INTERFACE_DESCRIPTION, |out| {
            // The upper two bytes are reserved.
            number(out, u32::from(description.link.0));
            number(out, description.snap_length);
            text(out, interface::NAME, &description.name);
            text(out, interface::DESCRIPTION, &description.description);
            if !description.filter.is_empty() {
                // The kind of filter comes first: 0 is an expression.
                option(out, interface::FILTER, &[b"\0", fitting(&description.filter, OPTION_LIMIT - 1).as_bytes()].concat());
            }
            text(out, interface::OS, &description.os);
            option(out, interface::TIME_RESOLUTION, &[9]);
            end_of_options(out);
        });
        self.interfaces.push((input, description.link));
        self.interfaces.len() as u32 - 1
    }

    /// Takes back the last [`Blocks::interface`], whose block the caller has taken out of the buffer.
    pub(super) fn forget_last(&mut self) {
        self.interfaces.pop();
    }

    /// Number of the interface that frames of an input and link type belong to.
    pub(super) fn interface_of(&self, input: u32, link: LinkType) -> Option<u32> {
        self.interfaces.iter().position(|known| *known == (input, link)).map(|interface| interface as u32)
    }

    /// Statistics of the first interface of an input; nothing if it has none.
    pub(super) fn statistics(&self, out: &mut Vec<u8>, input: u32, statistics: &InterfaceStatistics) {
        let Some(interface) = self.interfaces.iter().position(|(known, _)| *known == input) else { return };
        block(out, INTERFACE_STATISTICS, |out| {
            number(out, interface as u32);
            time(out, statistics.time);
            text(out, COMMENT, &statistics.comment);
            for (code, at) in [(statistics::START, statistics.start), (statistics::END, statistics.end)] {
                if let Some(at) = at {
                    option_header(out, code, 8);
                    time(out, at);
                }
            }
            let counters = [
                (statistics::RECEIVED, statistics.received),
                (statistics::DROPPED, statistics.dropped),
                (statistics::ACCEPTED, statistics.accepted),
                (statistics::DROPPED_BY_SYSTEM, statistics.dropped_by_system),
                (statistics::DELIVERED, statistics.delivered),
            ];
            for (code, counter) in counters {
                if let Some(counter) = counter {
                    option(out, code, &counter.to_le_bytes());
                }
            }
            end_of_options(out);
        });
    }
}

/// Appends a frame of an interface.
#[inline]
pub(super) fn frame_block(out: &mut Vec<u8>, interface: u32, frame: &Frame<'_>) {
    block(out, ENHANCED_PACKET, |out| {
        number(out, interface);
        time(out, frame.time);
        number(out, frame.data.len() as u32);
        number(out, frame.original_len);
        padded(out, frame.data);
    });
}

/// Appends a block: what `body` appends, with what belongs around it.
#[inline]
fn block(out: &mut Vec<u8>, kind: u32, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    number(out, kind);
    number(out, 0);
    body(out);
    let length = (out.len() - start + 4) as u32;
    number(out, length);
    if let Some(place) = out.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

fn number(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Upper half first, in either byte order. Times before 1970 have no place in the format.
fn time(out: &mut Vec<u8>, time: Timestamp) {
    let ticks = u64::try_from(time.as_nanos()).unwrap_or(0);
    number(out, (ticks >> 32) as u32);
    number(out, ticks as u32);
}

fn padded(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
    let padding = bytes.len().next_multiple_of(4) - bytes.len();
    out.extend_from_slice([0; 3].get(..padding).unwrap_or_default());
}

/// Longest value of an option, in bytes.
const OPTION_LIMIT: usize = u16::MAX as usize;

/// An option whose value is text; none if it is empty.
fn text(out: &mut Vec<u8>, code: u16, value: &str) {
    if !value.is_empty() {
        option(out, code, fitting(value, OPTION_LIMIT).as_bytes());
    }
}

/// As much of a text as fits into `limit` bytes, in whole characters.
fn fitting(value: &str, limit: usize) -> &str {
    (0..=limit.min(value.len())).rev().find_map(|end| value.get(..end)).unwrap_or_default()
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    option_header(out, code, value.len() as u16);
    padded(out, value);
}

fn option_header(out: &mut Vec<u8>, code: u16, length: u16) {
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
}

fn end_of_options(out: &mut Vec<u8>) {
    number(out, 0);
}
