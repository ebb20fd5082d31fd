//! One control packet in 56 bytes: all that lists, ladders, timelines and filters need. Everything else is read again from
//! the capture when somebody looks at the packet.

use std::time::Duration;

use crate::finding::Severity;
use crate::flow::Role;
use crate::frame::FrameId;
use crate::framing::Completeness;
use crate::mqtt::{PacketType, Version};
use crate::session::Doubt;
use crate::time::Timestamp;

/// Number of a packet: its place in the order of the capture, from 0.
pub type PacketId = u32;

/// Number of a connection: its place in the order in which connections were found to be MQTT, from 0.
pub type ConnectionId = u32;

/// No packet, no topic.
pub(super) const NONE: u32 = u32::MAX;

/// What is kept of a packet. Packets of one exchange are a chain: see [`super::Index::exchange`].
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub(super) time: Timestamp,
    pub(super) frame: u64,
    pub(super) bytes: u64,
    pub(super) input: u32,
    pub(super) connection: ConnectionId,
    pub(super) size: u32,
    pub(super) topic: u32,
    pub(super) previous: PacketId,
    pub(super) next: PacketId,
    pub(super) packet_id: u16,
    pub(super) took: Took,
    pub(super) flags: Flags,
    pub(super) first_byte: u8,
    pub(super) code: u8,
}

// Besides the entry, a packet costs its number in the list of its connection, which may have room for twice as many.
const _: () = assert!(size_of::<Entry>() + 2 * size_of::<PacketId>() <= 64);

impl Entry {
    /// When its last byte was captured.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// When its first byte was captured, to one part in 500 of the time that it took.
    pub fn begin(&self) -> Timestamp {
        Timestamp::from_nanos(self.time.as_nanos().saturating_sub(self.took.nanos()))
    }

    /// Why the silence of the client that this packet ended may not have been one. Told only if it was longer than the Keep
    /// Alive.
    pub fn pause_doubt(&self) -> Option<Doubt> {
        match self.flags.bits(Flags::PAUSE) {
            0 => None,
            1 => Some(Doubt::Gap),
            2 => Some(Doubt::Delayed),
            _ => Some(Doubt::Clock),
        }
    }

    pub(super) fn set_pause_doubt(&mut self, doubt: Option<Doubt>) {
        let number = match doubt {
            None => 0,
            Some(Doubt::Delayed) => 2,
            Some(Doubt::Clock) => 3,
            Some(_) => 1,
        };
        self.flags.set_bits(Flags::PAUSE, number);
    }

    /// The frame that brought its last byte.
    pub fn frame(&self) -> FrameId {
        FrameId::new(self.input, self.frame)
    }

    /// Its connection.
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Who sent it.
    pub fn from(&self) -> Role {
        if self.flags.has(Flags::FROM_SERVER) { Role::Server } else { Role::Client }
    }

    /// Its type.
    pub fn kind(&self) -> PacketType {
        PacketType::from_first_byte(self.first_byte)
    }

    /// The first byte, as sent: type and flags.
    pub fn first_byte(&self) -> u8 {
        self.first_byte
    }

    /// DUP of a PUBLISH.
    pub fn dup(&self) -> bool {
        self.kind() == PacketType::Publish && self.first_byte & 0x08 != 0
    }

    /// Both QoS bits of a PUBLISH, 3 included.
    pub fn qos(&self) -> Option<u8> {
        (self.kind() == PacketType::Publish).then_some(self.first_byte >> 1 & 3)
    }

    /// RETAIN of a PUBLISH.
    pub fn retain(&self) -> bool {
        self.kind() == PacketType::Publish && self.first_byte & 0x01 != 0
    }

    /// Its Packet Identifier, if it has one.
    pub fn packet_id(&self) -> Option<u16> {
        self.flags.has(Flags::PACKET_ID).then_some(self.packet_id)
    }

    /// Bytes of the whole packet, by its Remaining Length.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Its Reason Code or Return Code; of SUBACK and UNSUBACK the first that refuses, or else the first.
    pub fn code(&self) -> Option<u8> {
        self.flags.has(Flags::CODE).then_some(self.code)
    }

    /// The code says no: 0x80 or above, or a CONNACK of 3.x other than 0.
    pub fn is_refusal(&self) -> bool {
        self.code().is_some_and(|code| code >= 0x80 || (code > 0 && self.kind() == PacketType::Connack))
    }

    /// The version by whose layout it was read.
    pub fn version(&self) -> Version {
        match self.flags.bits(Flags::VERSION) {
            0 => Version::V3_1,
            1 => Version::V3_1_1,
            _ => Version::V5_0,
        }
    }

    /// The body does not have its layout.
    pub fn is_malformed(&self) -> bool {
        self.flags.has(Flags::MALFORMED)
    }

    /// Its boundary is known, not guessed behind a gap.
    pub fn is_certain(&self) -> bool {
        self.flags.has(Flags::CERTAIN)
    }

    /// How much of it the capture shows.
    pub fn completeness(&self) -> Completeness {
        match () {
            () if self.flags.has(Flags::OVERSIZE) => Completeness::Oversize,
            () if self.flags.has(Flags::DAMAGED) => Completeness::Damaged,
            () => Completeness::Whole,
        }
    }

    /// The worst that was found about it.
    pub fn severity(&self) -> Option<Severity> {
        match self.flags.bits(Flags::SEVERITY) {
            0 => None,
            number => Severity::ALL.get(usize::from(number) - 1).copied(),
        }
    }

    pub(super) fn mark(&mut self, severity: Severity) {
        let number = self.flags.bits(Flags::SEVERITY).max(severity as u16 + 1);
        self.flags.set_bits(Flags::SEVERITY, number);
    }

    pub(super) fn previous(&self) -> Option<PacketId> {
        (self.previous != NONE).then_some(self.previous)
    }

    pub(super) fn next(&self) -> Option<PacketId> {
        (self.next != NONE).then_some(self.next)
    }

    pub(super) fn set_place(&mut self, place: Bytes) {
        let (kind, bytes) = match place {
            Bytes::Nowhere => (0, 0),
            Bytes::Whole { offset, .. } => (1, offset),
            Bytes::Pieces { first, count } => (2, first << 16 | count as u64 & 0xffff),
        };
        self.flags.set_bits(Flags::BYTES, kind);
        self.bytes = bytes;
    }

    pub(super) fn place(&self) -> Bytes {
        match self.flags.bits(Flags::BYTES) {
            0 => Bytes::Nowhere,
            1 => Bytes::Whole { input: self.input, offset: self.bytes },
            _ => Bytes::Pieces { first: self.bytes >> 16, count: (self.bytes & 0xffff) as usize },
        }
    }
}

/// A time in 16 bits, to one part in 500: ten bits of nanoseconds, and by how many bits they are shifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Took(u16);

impl Took {
    pub fn new(time: Duration) -> Self {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX) & i64::MAX as u64;
        let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(10);
        Self((shift << 10) as u16 | (nanos >> shift) as u16)
    }

    fn nanos(self) -> i64 {
        i64::from(self.0 & 0x3ff) << (self.0 >> 10)
    }
}

/// Where the bytes of a packet are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    /// Not known.
    Nowhere,
    /// All at one place in one input.
    Whole {
        /// The input.
        input: u32,
        /// The first byte.
        offset: u64,
    },
    /// In pieces.
    Pieces {
        /// Place of the first in the table of pieces.
        first: u64,
        /// How many.
        count: usize,
    },
}

/// Small facts, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u16);

impl Flags {
    pub const FROM_SERVER: u16 = 1;
    pub const CERTAIN: u16 = 1 << 1;
    pub const DAMAGED: u16 = 1 << 2;
    pub const OVERSIZE: u16 = 1 << 3;
    pub const MALFORMED: u16 = 1 << 4;
    pub const PACKET_ID: u16 = 1 << 5;
    pub const CODE: u16 = 1 << 6;
    pub const VERSION: u16 = 0b11 << 7;
    pub const SEVERITY: u16 = 0b11 << 9;
    pub const BYTES: u16 = 0b11 << 11;
    pub const PAUSE: u16 = 0b11 << 13;

    fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }

    pub fn set(&mut self, bit: u16, on: bool) {
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
    }

    fn bits(self, mask: u16) -> u16 {
        (self.0 & mask) >> mask.trailing_zeros()
    }

    pub fn set_bits(&mut self, mask: u16, number: u16) {
        self.0 = self.0 & !mask | number << mask.trailing_zeros() & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_to_one_part_in_500() {
        for nanos in [0, 1, 1023, 1024, 999_999, 24_000_000_000, i64::MAX as u64] {
            let kept = Took::new(Duration::from_nanos(nanos)).nanos() as u64;
            assert!(kept <= nanos && nanos - kept <= nanos / 512, "{nanos} became {kept}");
        }
        assert_eq!(Took::new(Duration::from_nanos(1023)).nanos(), 1023);
    }
}
