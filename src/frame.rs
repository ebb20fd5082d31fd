//! One captured frame, as the capture holds it: bytes, time, and where it came from. No opinion on what is inside.

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

/// Where a frame stands: the input it came from and its number there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId {
    /// Index of the input (file) in the order given, from 0.
    pub input: u32,
    /// 1-based number within that input, as Wireshark counts.
    pub number: u64,
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

impl Frame<'_> {
    /// Where this frame stands.
    pub fn stamp(&self) -> Stamp {
        Stamp { frame: self.id, time: self.time }
    }
}
