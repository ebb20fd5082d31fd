//! Link and IP decoding: turns a captured [`Frame`] into a TCP [`Segment`], or says why it holds none ([`SkipReason`]).
//!
//! ```text
//! Frame ──link──▶ EtherType ──ip──▶ protocol ──tcp──▶ Segment
//!           ▲                        │    └─fragment──▶ kept until the datagram is whole, then again from `protocol`
//!           └──────── tunnel ◀───────┘
//! ```
//!
//! Decoding a frame is a pure function of its bytes; only fragments need memory, and only they touch the [`Decoder`]'s store.
//! Frames without tunnels, tags or fragments, which are nearly all, take a short path that shares all parsing with the general one;
//! a random test holds the two together.
//! What a frame claims to hold and what was captured of it are kept apart all the way down, so that a snapped frame gives a
//! segment whose `payload_len` is larger than its `payload`, never a shorter segment.
//!
//! Deliberately not here: checksums are never verified (captures made on the sending host see them before the network card
//! fills them in); TCP options, connections and sequence numbers are not interpreted (that is `stream`); encrypted layers (ESP,
//! MACsec) are not opened; the final destination in an IPv6 routing header with segments left is not looked up.
//!
//! A capture filter on a port (`tcp port 1883`) lets only the first fragment of a datagram through, because the others have no
//! ports. Such a datagram never becomes whole: its payload is a gap in the stream, and the fragment is counted.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod address;
mod fragment;
mod ip;
mod link;
mod skip;
mod tcp;
mod tunnel;
mod wire;

#[cfg(test)]
mod tests;

pub use fragment::FragmentLimits;
pub use skip::{Layer, SkipReason};
pub use tcp::{Segment, TcpFlags};

use crate::frame::Frame;
use crate::time::Timestamp;
use address::Addresses;
use fragment::{Fragment, Store, Whole};
use wire::Wire;

/// How many headers may wrap another packet (tunnels, and datagrams put together from fragments) in one frame. Real traffic
/// nests two or three deep (VXLAN in a mirrored GRE); the bound keeps crafted nests from costing more than their bytes.
pub const MAX_ENCAPSULATIONS: u8 = 8;

/// Decodes frames one after the other. Holds nothing but the fragments that wait for the rest of their datagram.
#[derive(Debug)]
pub struct Decoder {
    fragments: Store,
    /// The datagram put together last: a returned segment may borrow from it.
    whole: Whole,
}

impl Decoder {
    /// A decoder that keeps fragments within `limits`.
    pub fn new(limits: FragmentLimits) -> Self {
        Self { fragments: Store::new(limits), whole: Whole::default() }
    }

    /// The TCP segment in `frame`, or why there is none.
    ///
    /// The frame that completes a fragmented datagram gives that datagram's segment; those before it are
    /// [`SkipReason::Fragment`].
    ///
    /// Match on a reference to the result where this runs for every frame: moving a segment costs as much as decoding one.
    #[inline]
    pub fn decode<'a>(&'a mut self, frame: &Frame<'a>) -> Result<Segment<'a>, SkipReason> {
        match link::plain_tcp(frame.link, Wire::new(frame.data, frame.original_len)) {
            Some((addresses, data)) => tcp::segment(addresses, data),
            None => self.decode_any(frame),
        }
    }

    /// Fragments given up so far: their datagram did not become whole in time, a bound was reached, or they contradicted an
    /// earlier fragment. Those still waiting are not counted.
    pub fn fragments_dropped(&self) -> u64 {
        self.fragments.dropped()
    }

    /// Fragments that wait for the rest of their datagram now. At the end of a capture, these have no segment either.
    pub fn fragments_waiting(&self) -> u64 {
        self.fragments.waiting()
    }

    #[inline(never)]
    fn decode_any<'a>(&'a mut self, frame: &Frame<'a>) -> Result<Segment<'a>, SkipReason> {
        let mut depth = 0;
        let outermost = link::frame(frame.link, Wire::new(frame.data, frame.original_len))?;
        match open_tunnels(outermost, &mut depth)? {
            Packet::Tcp(addresses, data) => tcp::segment(addresses, data),
            Packet::Fragment(fragment) => self.reassemble(&fragment, frame.time, depth),
        }
    }

    #[cold]
    fn reassemble<'a>(&'a mut self, fragment: &Fragment<'_>, time: Timestamp, mut depth: u8) -> Result<Segment<'a>, SkipReason> {
        self.whole = self.fragments.add(fragment, time)?;
        // A datagram may itself carry a fragment (a fragmented tunnel packet around one). The borrow checker cannot return from
        // inside the loop a borrow that another turn of the loop ends, so the last datagram is decoded a second time after it.
        loop {
            let mut inner_depth = depth;
            match open_tunnels(Step::Inner(self.whole.payload()), &mut inner_depth)? {
                Packet::Tcp(..) => break,
                Packet::Fragment(fragment) => {
                    let whole = self.fragments.add(&fragment, time)?;
                    (self.whole, depth) = (whole, inner_depth);
                }
            }
        }
        match open_tunnels(Step::Inner(self.whole.payload()), &mut depth)? {
            Packet::Tcp(addresses, data) => tcp::segment(addresses, data),
            Packet::Fragment(_) => Err(SkipReason::Fragment),
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(FragmentLimits::default())
    }
}

/// What a tunnel, or a datagram put together, carries.
#[derive(Clone, Copy, Debug)]
enum Inner<'a> {
    /// An Ethernet frame.
    Ethernet(Wire<'a>),
    /// The payload of a header that names it by EtherType.
    EtherType(u16, Wire<'a>),
    /// The payload of an IP datagram, named by the IP protocol number.
    IpPayload(Addresses<'a>, u8, Wire<'a>),
}

/// What one run through link and IP headers leads to.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    /// An IP payload that is TCP.
    Tcp(Addresses<'a>, Wire<'a>),
    Fragment(Fragment<'a>),
    Inner(Inner<'a>),
}

/// What is left when all tunnels are opened.
#[derive(Clone, Copy, Debug)]
enum Packet<'a> {
    /// An IP payload that is TCP. The segment is built from it only at the very end: handing segments up through every layer costs
    /// more than decoding them.
    Tcp(Addresses<'a>, Wire<'a>),
    Fragment(Fragment<'a>),
}

/// Opens tunnel after tunnel, in a loop and not by recursion, so that `MAX_ENCAPSULATIONS` is the only bound to think of. `depth` is
/// how many were opened before.
fn open_tunnels<'a>(mut step: Step<'a>, depth: &mut u8) -> Result<Packet<'a>, SkipReason> {
    loop {
        let inner = match step {
            Step::Tcp(addresses, data) => return Ok(Packet::Tcp(addresses, data)),
            Step::Fragment(fragment) => return Ok(Packet::Fragment(fragment)),
            Step::Inner(inner) => inner,
        };
        if *depth >= MAX_ENCAPSULATIONS {
            return Err(SkipReason::TunnelTooDeep);
        }
        *depth += 1;
        step = match inner {
            Inner::Ethernet(data) => link::ethernet(data)?,
            Inner::EtherType(ether_type, data) => link::network((ether_type, data))?,
            Inner::IpPayload(addresses, protocol, data) => ip::payload(addresses, protocol, data)?,
        };
    }
}
