//! One captured frame, as the capture holds it: bytes, time, and where it came from. No opinion on what is inside.

use std::fmt;
use std::num::NonZeroU64;

use serde::Serialize;

use crate::time::Timestamp;

/// What the first bytes of a frame are: the number of the `LINKTYPE_` registry (tcpdump.org/linktypes.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: four bytes of address family in the byte order of the capturing host.
    pub const NULL: Self = Self(0);
    /// Ethernet II or IEEE 802.3.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without the address and control bytes of RFC 1662.
    pub const PPP: Self = Self(9);
    /// Raw IP under its older number.
    pub const RAW_OLD: Self = Self(12);
    /// Raw IP, as OpenBSD numbers it.
    pub const RAW_OPENBSD: Self = Self(14);
    /// PPP in HDLC-like framing (RFC 1662).
    pub const PPP_HDLC: Self = Self(50);
    /// PPPoE session packets (RFC 2516), from the PPPoE header on.
    pub const PPP_ETHER: Self = Self(51);
    /// Raw IP, version by the first nibble.
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback: address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture v1.
    pub const LINUX_SLL: Self = Self(113);
    /// One byte of direction, then PPP.
    pub const PPP_WITH_DIR: Self = Self(204);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked capture v2.
    pub const LINUX_SLL2: Self = Self(276);
}

/// Where a frame stands: the input it came from and its number there. Ordered by input, then by number.
///
/// Both in one word, of which `None` takes one value: state of connections is full of places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(NonZeroU64);

/// A million million frames in an input, and 16 million inputs, are more than can be had.
const NUMBER_BITS: u32 = 40;

impl FrameId {
    /// The frame with a 1-based number in the input with an index (from 0) in the order given. Saturates at 2^40 - 2 frames and
    /// 2^24 inputs.
    pub fn new(input: u32, number: u64) -> Self {
        let input = u64::from(input).min((1 << (u64::BITS - NUMBER_BITS)) - 1);
        let number = number.min((1 << NUMBER_BITS) - 2);
        Self(NonZeroU64::MIN.saturating_add(input << NUMBER_BITS | number))
    }

    /// Index of the input (file) in the order given, from 0.
    pub fn input(self) -> u32 {
        (self.packed() >> NUMBER_BITS) as u32
    }

    /// 1-based number within that input, as Wireshark counts.
    pub fn number(self) -> u64 {
        self.packed() & ((1 << NUMBER_BITS) - 1)
    }

    /// The frame behind it.
    #[must_use]
    pub fn next(self) -> Self {
        Self::new(self.input(), self.number() + 1)
    }

    fn packed(self) -> u64 {
        self.0.get() - 1
    }
}

impl Default for FrameId {
    /// Before the first frame of the first input.
    fn default() -> Self {
        Self::new(0, 0)
    }
}

impl fmt::Debug for FrameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frame {} of input {}", self.number(), self.input())
    }
}

/// A captured frame, borrowed from the reader's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Input and number.
    pub id: FrameId,
    /// When it was captured. A frame without a time (pcapng Simple Packet Block) has that of the frame before it.
    pub time: Timestamp,
    /// How to read the first bytes.
    pub link: LinkType,
    /// Position of `data` in its input, in bytes; of a compressed input, in what it decompresses to.
    pub offset: u64,
    /// The bytes captured; fewer than `original_len` when a snap length cut them.
    pub data: &'a [u8],
    /// Length on the wire, in bytes.
    pub original_len: u32,
}

/// A place in the capture: which frame, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Input and number of the frame.
    pub frame: FrameId,
    /// Capture time of that frame.
    pub time: Timestamp,
}

/// What became of the frames of one interface, since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// The interface.
    pub name: String,
    /// Frames that the filter let pass; by libpcap's count, which may include those that the kernel dropped.
    pub received: u64,
    /// Dropped by the kernel: its buffer was full.
    pub dropped_kernel: u64,
    /// Dropped by the interface or its driver.
    pub dropped_interface: u64,
    /// Dropped by this program: the analysis did not keep up, and the queue was full.
    pub dropped_own: u64,
}

impl Counters {
    /// All that was dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped_kernel + self.dropped_interface + self.dropped_own
    }
}

/// How far a capture has come that is analysed while it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// What the clock says: no frame earlier than this will come, and what is not in the capture by now was not on the wire, unless
    /// it was lost. `None` where only the frames tell the time.
    pub now: Option<Timestamp>,
    /// Of several inputs where only the frames tell the time, as far as they have frames: all have come to this. `None` of one.
    pub complete: Option<Timestamp>,
    /// Frames lost since the mark before: by the kernel, by the interface, or for want of room.
    pub lost: u64,
    /// They were lost no later than this.
    pub lost_until: Timestamp,
    /// The clock of the machine was set since the mark before: times before and after do not go together.
    pub clock_was_set: bool,
}

impl Frame<'_> {
    /// Where this frame stands.
    pub fn stamp(&self) -> Stamp {
        Stamp { frame: self.id, time: self.time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_of_a_frame_is_kept_and_ordered() {
        let places = [(0, 1), (0, u64::from(u32::MAX) + 1), (1, 1), (0xff_ffff, (1 << 40) - 2)];
        let ids = places.map(|(input, number)| FrameId::new(input, number));
        assert_eq!(ids.map(|id| (id.input(), id.number())), places);
        assert!(ids.is_sorted());
    }

    #[test]
    fn place_beyond_what_can_be_had_saturates() {
        let id = FrameId::new(u32::MAX, u64::MAX);
        assert_eq!((id.input(), id.number()), (0xff_ffff, (1 << 40) - 2));
        assert_eq!(size_of::<Option<Stamp>>(), 16);
    }
}
