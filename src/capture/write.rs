//! Frames into a pcapng file: one section, one interface per input and link type, times in nanoseconds. What a
//! [`super::Source`] reads from it are the same frames, numbered anew.

use std::io::{self, Write};

use crate::frame::{Frame, LinkType};

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const ENHANCED_PACKET: u32 = 6;

/// Options, by their numbers in the block they stand in.
const COMMENT: u16 = 1;
const USER_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const TIME_RESOLUTION: u16 = 9;

/// Writes a pcapng file. Nothing is buffered here.
#[derive(Debug)]
pub struct PcapngWriter<W> {
    out: W,
    block: Vec<u8>,
    interfaces: Vec<(u32, LinkType)>,
}

impl<W: Write> PcapngWriter<W> {
    /// Writes the section header, with a comment on the file.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(out: W, comment: &str) -> io::Result<Self> {
        let mut writer = Self { out, block: Vec::new(), interfaces: Vec::new() };
        writer.number(0x1a2b_3c4d);
        // Version 1.0, section length not stated.
        writer.block.extend_from_slice(&[1, 0, 0, 0]);
        writer.block.extend_from_slice(&[0xff; 8]);
        writer.option(COMMENT, comment.as_bytes());
        writer.option(USER_APPLICATION, concat!("mqttscope ", env!("CARGO_PKG_VERSION")).as_bytes());
        writer.end_of_options();
        writer.put(SECTION_HEADER)?;
        Ok(writer)
    }

    /// Writes a frame; `name` is that of its input.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn frame(&mut self, frame: &Frame<'_>, name: &str) -> io::Result<()> {
        let key = (frame.id.input(), frame.link);
        let interface = match self.interfaces.iter().position(|known| *known == key) {
            Some(interface) => interface,
            None => {
                self.interface(frame.link, name)?;
                self.interfaces.push(key);
                self.interfaces.len() - 1
            }
        };
        // Times before 1970 have no place in the format.
        let ticks = u64::try_from(frame.time.as_nanos()).unwrap_or(0);
        self.number(interface as u32);
        self.number((ticks >> 32) as u32);
        self.number(ticks as u32);
        self.number(frame.data.len() as u32);
        self.number(frame.original_len);
        self.padded(frame.data);
        self.put(ENHANCED_PACKET)
    }

    /// The writer underneath, with everything written.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn interface(&mut self, link: LinkType, name: &str) -> io::Result<()> {
        // Two reserved bytes, and no snap length.
        self.number(u32::from(link.0));
        self.number(0);
        self.option(INTERFACE_NAME, name.as_bytes());
        self.option(TIME_RESOLUTION, &[9]);
        self.end_of_options();
        self.put(INTERFACE_DESCRIPTION)
    }

    fn number(&mut self, number: u32) {
        self.block.extend_from_slice(&number.to_le_bytes());
    }

    fn padded(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
        self.block.extend_from_slice(&code.to_le_bytes());
        self.block.extend_from_slice(&(value.len() as u16).to_le_bytes());
        self.padded(value);
    }

    fn end_of_options(&mut self) {
        self.number(0);
    }

    /// Writes the body of a block with what belongs around it.
    fn put(&mut self, kind: u32) -> io::Result<()> {
        let length = (self.block.len() as u32 + 12).to_le_bytes();
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&length)?;
        self.out.write_all(&self.block)?;
        self.out.write_all(&length)?;
        self.block.clear();
        Ok(())
    }
}
