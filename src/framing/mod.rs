//! One direction's byte stream cut into MQTT control packets, wherever the segments are cut (3.1.1 and 5.0, section 2).
//!
//! A packet that lies whole in one stretch is passed on as a borrowed slice. Otherwise its bytes are kept until it is
//! complete, but never the payload of a PUBLISH: that is counted and hashed while it passes (and, where its sender says
//! that it is text, held against UTF-8), so a message of 256 MB costs nothing. A gap inside a packet of known length is skipped exactly; any other gap loses the packet boundary, and
//! [`resync`] looks for the next one.
//!
//! Decodes only as much as finding boundaries needs; judges nothing.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod framer;
mod resync;
#[cfg(test)]
mod tests;
mod utf8;

pub use framer::{Framer, FramerLimits};

use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::{FixedHeader, HeaderStatus, PropertyId, Publish, Version, fixed_header};

/// Where a stretch of bytes stands in its stream and in the capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Offset of its first byte from the start of the MQTT stream.
    pub offset: u64,
    /// The frame that brought it.
    pub stamp: Stamp,
    /// How much of the peer's stream its sender had acknowledged then; `None` if not known.
    pub acked: Option<u64>,
    /// It waited for a hole to be filled: its time says little about when it was sent.
    pub delayed: bool,
}

/// How much of a packet the capture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// All of it.
    Whole,
    /// Bytes of the body (or of the payload) are missing in the capture.
    Damaged,
    /// The body is longer than [`FramerLimits::packet`] and was not kept.
    Oversize,
}

/// A control packet, cut out of the stream.
#[derive(Clone, Copy, Debug)]
pub struct Framed<'a> {
    /// First byte and Remaining Length.
    pub header: FixedHeader,
    /// The bytes behind the fixed header. Of a PUBLISH that came in parts, only what is before the payload; nothing of a
    /// packet that is not whole, except the front of a PUBLISH with a damaged payload.
    pub body: &'a [u8],
    /// The first byte's place.
    pub begin: Position,
    /// The frame that brought the last byte.
    pub end: Stamp,
    /// A part of it waited for a hole to be filled.
    pub delayed: bool,
    /// How much of it is there.
    pub completeness: Completeness,
    /// The boundary is known: the stream was read from its start, or enough well-formed packets followed each other.
    pub certain: bool,
    /// What was seen of the payload of a PUBLISH that came in parts.
    pub passed_payload: Option<PassedPayload>,
}

/// What is known of a payload that was not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassedPayload {
    /// Its CRC-32.
    pub digest: u32,
    /// Where it stops being UTF-8, if it does; only looked for where its sender says that it is UTF-8.
    pub ill_formed: Option<u64>,
}

impl Framed<'_> {
    /// Offset of the first byte behind the packet, from the start of the MQTT stream.
    pub fn end_offset(&self) -> u64 {
        self.begin.offset + self.header.packet_len() as u64
    }

    /// CRC-32 of the payload of this PUBLISH, however it was cut; `None` if payload bytes are missing.
    pub fn payload_digest(&self, publish: &Publish<'_>) -> Option<u32> {
        let digest = || self.passed_payload.map_or_else(|| crc32fast::hash(publish.payload), |passed| passed.digest);
        (self.completeness == Completeness::Whole).then(digest)
    }

    /// The offset, within the payload, of the first byte that is not UTF-8, however it was cut: for a PUBLISH of 5.0 with
    /// Payload Format Indicator 1 ([`is_text`]). `Err` if payload bytes are missing.
    pub fn ill_formed_payload(&self, publish: &Publish<'_>) -> Result<Option<u64>, Completeness> {
        match (self.completeness, self.passed_payload) {
            (Completeness::Whole, Some(passed)) => Ok(passed.ill_formed),
            (Completeness::Whole, None) => Ok(std::str::from_utf8(publish.payload).err().map(|error| error.valid_up_to() as u64)),
            (missing, _) => Err(missing),
        }
    }
}

/// Whether the sender says that the payload is UTF-8 (5.0 section 3.3.2.3.2).
pub fn is_text(publish: &Publish<'_>) -> bool {
    !publish.properties.is_empty() && publish.properties.byte(PropertyId::PayloadFormatIndicator) == Some(1)
}

/// What a stream consists of.
#[derive(Clone, Copy, Debug)]
pub enum Unit<'a> {
    /// A control packet.
    Packet(Framed<'a>),
    /// Four length bytes that all announce another one: where the packet ends cannot be known (section 2.2.3; 5.0: 1.5.5).
    BadLength {
        /// The fixed header as sent: first byte and four length bytes.
        bytes: &'a [u8],
        /// Its place.
        begin: Position,
        /// The boundary before it is known.
        certain: bool,
    },
    /// The packet boundary is lost from here on.
    Lost {
        /// Where.
        at: Position,
    },
    /// Bytes that belong to no packet were skipped while looking for a boundary.
    Skipped {
        /// How many.
        bytes: u64,
    },
}

/// Takes the units of one direction.
pub trait Reader {
    /// The version by whose layout a PUBLISH is to be read now.
    fn version(&self) -> Version;
    /// The next unit.
    fn take(&mut self, unit: Unit<'_>);
}

/// What the first bytes of a stream look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A control packet that this role may send.
    Packet,
    /// So far, but there are too few bytes to tell.
    TooShort,
    /// No control packet.
    Other,
}

/// Whether a stream that `role` sends, read from its start, begins like MQTT.
pub fn look(head: &[u8], role: Role) -> Look {
    let HeaderStatus::Complete(header) = fixed_header(head) else {
        return if matches!(fixed_header(head), HeaderStatus::Incomplete) { Look::TooShort } else { Look::Other };
    };
    match resync::plausibility(header, head.get(header.len()..).unwrap_or(&[]), role) {
        resync::Plausibility::Yes => Look::Packet,
        resync::Plausibility::NeedMore => Look::TooShort,
        resync::Plausibility::No => Look::Other,
    }
}
