//! The TCP header (RFC 9293, section 3.1): an IP payload becomes a [`Segment`]. Options are skipped, the checksum is not verified.

use std::fmt;

use etherparse::TcpHeaderSlice;
use etherparse::err::tcp::HeaderSliceError;

use super::address::Addresses;
use super::skip::{Layer, SkipReason};
use super::wire::Wire;
use crate::flow::Endpoint;

/// Length of a TCP header without options, in bytes.
const MIN_HEADER_LEN: usize = 20;

/// One TCP segment as captured (RFC 9293). Borrows its payload from the frame, or from the decoder after reassembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// Sequence number of the first payload byte, or of SYN where that is set.
    pub seq: u32,
    /// The next sequence number expected from the other side; absent without the ACK flag.
    pub ack: Option<u32>,
    /// Control bits.
    pub flags: TcpFlags,
    /// Receive window as sent, in units that depend on the window scale option of the handshake (RFC 7323).
    pub window: u16,
    /// The payload bytes captured, from the first on.
    pub payload: &'a [u8],
    /// Payload length in bytes as the IP lengths state; more than `payload.len()` when the snap length cut the frame.
    pub payload_len: u32,
}

/// The control bits of a TCP header (RFC 9293, section 3.1), as in its byte 13.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronize sequence numbers: opens a connection.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Push function.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgment number is significant.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer is significant.
    pub const URG: Self = Self(0x20);

    /// FIN is set.
    pub const fn fin(self) -> bool {
        self.has(Self::FIN)
    }

    /// SYN is set.
    pub const fn syn(self) -> bool {
        self.has(Self::SYN)
    }

    /// RST is set.
    pub const fn rst(self) -> bool {
        self.has(Self::RST)
    }

    /// PSH is set.
    pub const fn psh(self) -> bool {
        self.has(Self::PSH)
    }

    /// ACK is set.
    pub const fn ack(self) -> bool {
        self.has(Self::ACK)
    }

    /// URG is set.
    pub const fn urg(self) -> bool {
        self.has(Self::URG)
    }

    const fn has(self, flag: Self) -> bool {
        self.0 & flag.0 != 0
    }
}

impl std::ops::BitOr for TcpFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// `SYN, ACK`, in the order in which Wireshark lists them; `none` without any.
impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(u8, &str); 8] =
            [(0x01, "FIN"), (0x02, "SYN"), (0x04, "RST"), (0x08, "PSH"), (0x10, "ACK"), (0x20, "URG"), (0x40, "ECE"), (0x80, "CWR")];
        if self.0 == 0 {
            return f.write_str("none");
        }
        let mut separator = "";
        for (_, name) in NAMES.iter().filter(|(bit, _)| self.0 & bit != 0) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TcpFlags({self})")
    }
}

/// The segment that is the whole of the IP payload `data`.
#[inline(always)]
pub(super) fn segment<'a>(addresses: Addresses<'_>, data: Wire<'a>) -> Result<Segment<'a>, SkipReason> {
    match TcpHeaderSlice::from_slice(data.captured) {
        Ok(header) => Ok(assemble(addresses, &header, data.skip(header.slice().len(), Layer::Tcp)?)),
        Err(HeaderSliceError::Content(_)) => Err(SkipReason::Malformed(Layer::Tcp)),
        Err(HeaderSliceError::Len(_)) => with_cut_options(addresses, data),
    }
}

/// The snap length cut the options (or more): the fixed part says all that a segment needs.
#[cold]
fn with_cut_options<'a>(addresses: Addresses<'_>, data: Wire<'a>) -> Result<Segment<'a>, SkipReason> {
    let (fixed, _) = data.split::<MIN_HEADER_LEN>(Layer::Tcp)?;
    let mut fixed = *fixed;
    let header_len = usize::from(fixed[12] >> 4) * 4;
    let Some(length) = data.length.checked_sub(header_len) else {
        return Err(SkipReason::Malformed(Layer::Tcp));
    };
    fixed[12] = 5 << 4;
    let header = TcpHeaderSlice::from_slice(&fixed).map_err(|_| SkipReason::Malformed(Layer::Tcp))?;
    Ok(assemble(addresses, &header, Wire { captured: &[], length }))
}

#[inline(always)]
fn assemble<'a>(addresses: Addresses<'_>, header: &TcpHeaderSlice<'_>, payload: Wire<'a>) -> Segment<'a> {
    let (source, destination) = addresses.source_and_destination();
    let flags = TcpFlags(header.slice().get(13).copied().unwrap_or_default());
    Segment {
        source: Endpoint { addr: source, port: header.source_port() },
        destination: Endpoint { addr: destination, port: header.destination_port() },
        seq: header.sequence_number(),
        ack: flags.ack().then(|| header.acknowledgment_number()),
        flags,
        window: header.window_size(),
        payload: payload.captured,
        payload_len: u32::try_from(payload.length).unwrap_or(u32::MAX),
    }
}
