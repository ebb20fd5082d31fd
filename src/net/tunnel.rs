//! Tunnels: GRE with ERSPAN, VXLAN and Geneve. Each names what it carries; opening that is the caller's loop.
//!
//! UDP tunnels are known by destination port, since the source port is only a hash for load balancing. A datagram to such a port
//! whose header is not the tunnel's is plain UDP. (IP in IP needs no header of its own and stands in `ip`.)

use etherparse::UdpHeaderSlice;

use super::link::ether_type;
use super::skip::{Layer, SkipReason};
use super::wire::Wire;
use super::{Inner, Step};

/// VXLAN (RFC 7348).
const VXLAN_PORT: u16 = 4789;
/// VXLAN before it had a port of its own; still the default of Linux, and so of flannel.
const VXLAN_LINUX_PORT: u16 = 8472;
/// Geneve (RFC 8926).
const GENEVE_PORT: u16 = 6081;

/// GRE protocol types of Cisco's ERSPAN (draft-foschiano-erspan-03): types I and II, type III.
const ERSPAN_I_II: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;

/// A UDP datagram (RFC 768): a tunnel, or nothing for us.
pub(super) fn udp<'a>(data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    const HEADER_LEN: usize = 8;
    let header = UdpHeaderSlice::from_slice(data.captured).map_err(|_| data.short(HEADER_LEN, Layer::Udp))?;
    let open = match header.destination_port() {
        VXLAN_PORT | VXLAN_LINUX_PORT => vxlan,
        GENEVE_PORT => geneve,
        _ => return Err(SkipReason::Udp),
    };
    let data = match usize::from(header.length()) {
        // A jumbogram (RFC 2675, section 4), or segmentation offload.
        0 => data,
        length if length < HEADER_LEN => return Err(SkipReason::Malformed(Layer::Udp)),
        // A length beyond the IP payload is not believed: no host would accept the datagram.
        length => data.limit(length.min(data.length)),
    };
    open(data.skip(HEADER_LEN, Layer::Udp)?)
}

/// VXLAN (RFC 7348, section 5): a valid network identifier (I flag), then an Ethernet frame.
fn vxlan<'a>(data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    const VALID_VNI: u8 = 0x08;
    let Ok((&[flags, ..], inner)) = data.split::<8>(Layer::Tunnel) else {
        return Err(not_the_tunnel(data, 8));
    };
    if flags & VALID_VNI == 0 { Err(SkipReason::Udp) } else { Ok(Step::Inner(Inner::Ethernet(inner))) }
}

/// Geneve (RFC 8926, section 3.4): version 0, options in units of four bytes, payload by EtherType.
fn geneve<'a>(data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    /// A control packet: its payload is for the tunnel's end.
    const CONTROL: u8 = 0x80;
    let Ok((&[version_and_length, flags, high, low, ..], rest)) = data.split::<8>(Layer::Tunnel) else {
        return Err(not_the_tunnel(data, 8));
    };
    if version_and_length >> 6 != 0 || flags & CONTROL != 0 {
        return Err(SkipReason::Udp);
    }
    let options_len = usize::from(version_and_length & 0x3f) * 4;
    let inner = rest.skip(options_len, Layer::Tunnel).map_err(|_| not_the_tunnel(rest, options_len))?;
    Ok(Step::Inner(Inner::EtherType(u16::from_be_bytes([high, low]), inner)))
}

/// Too short for the header: cut by the snap length, or some other use of the port.
fn not_the_tunnel(data: Wire<'_>, needed: usize) -> SkipReason {
    if data.length < needed { SkipReason::Udp } else { SkipReason::Truncated }
}

/// GRE version 0 (RFC 2784, with key and sequence number of RFC 2890). Version 1 (PPTP) and source routing (RFC 1701) are not
/// followed.
pub(super) fn gre<'a>(data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    const CHECKSUM: u16 = 0x8000;
    const ROUTING: u16 = 0x4000;
    const KEY: u16 = 0x2000;
    const SEQUENCE: u16 = 0x1000;
    const VERSION: u16 = 0x0007;

    let (&[flags1, flags2, high, low], rest) = data.split::<4>(Layer::Tunnel)?;
    let flags = u16::from_be_bytes([flags1, flags2]);
    if flags & (ROUTING | VERSION) != 0 {
        return Err(SkipReason::OtherIpProtocol(47));
    }
    let optional = [CHECKSUM, KEY, SEQUENCE].iter().filter(|&&flag| flags & flag != 0).count() * 4;
    let inner = rest.skip(optional, Layer::Tunnel)?;
    match u16::from_be_bytes([high, low]) {
        // Type I has neither a sequence number nor a header; type II has both.
        ERSPAN_I_II if flags & SEQUENCE == 0 => Ok(Step::Inner(Inner::Ethernet(inner))),
        ERSPAN_I_II => Ok(Step::Inner(Inner::Ethernet(inner.skip(8, Layer::Tunnel)?))),
        ERSPAN_III => erspan_iii(inner),
        protocol => Ok(Step::Inner(Inner::EtherType(protocol, inner))),
    }
}

/// ERSPAN type III (draft-foschiano-erspan-03, section 4.3): 12 bytes, 8 more with the O bit, then an Ethernet frame or, as frame
/// type 2, an IP packet.
fn erspan_iii<'a>(data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    let (header, inner) = data.split::<12>(Layer::Tunnel)?;
    let has_subheader = header[11] & 1 == 1;
    let inner = if has_subheader { inner.skip(8, Layer::Tunnel)? } else { inner };
    let frame_type = (header[10] >> 2) & 0x1f;
    match frame_type {
        0 => Ok(Step::Inner(Inner::Ethernet(inner))),
        2 => {
            let (&[first], _) = inner.split::<1>(Layer::Tunnel)?;
            let ether_type = if first >> 4 == 6 { ether_type::IPV6 } else { ether_type::IPV4 };
            Ok(Step::Inner(Inner::EtherType(ether_type, inner)))
        }
        _ => Err(SkipReason::NotIp(ERSPAN_III)),
    }
}
