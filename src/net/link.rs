//! The link layer: skips what stands before the IP header, and names what is not IP.
//!
//! Ethernet II and IEEE 802.3, VLAN tags, Linux cooked capture v1 and v2, BSD loopback, raw IP, PPP, PPPoE and MPLS. Addresses and
//! tags are not kept: TCP connections are told apart by IP addresses and ports alone.

use etherparse::{Ethernet2HeaderSlice, SingleVlanHeaderSlice};

use super::address::Addresses;
use super::ip;
use super::skip::{Layer, SkipReason};
use super::wire::Wire;
use super::{Inner, Step};
use crate::frame::LinkType;

/// EtherTypes of the IEEE registry that lead on to IP.
pub(super) mod ether_type {
    pub const IPV4: u16 = 0x0800;
    pub const ARP: u16 = 0x0806;
    /// A whole Ethernet frame follows: Transparent Ethernet Bridging (RFC 1701).
    pub const TRANSPARENT_ETHERNET_BRIDGING: u16 = 0x6558;
    /// IEEE 802.1Q.
    pub const VLAN: u16 = 0x8100;
    pub const IPV6: u16 = 0x86dd;
    /// RFC 5332: unicast, or a downstream-assigned label.
    pub const MPLS: u16 = 0x8847;
    /// RFC 5332: multicast, or an upstream-assigned label.
    pub const MPLS_UPSTREAM: u16 = 0x8848;
    /// RFC 2516.
    pub const PPPOE_SESSION: u16 = 0x8864;
    /// IEEE 802.1ad.
    pub const QINQ: u16 = 0x88a8;
    /// Stacked tags before 802.1ad.
    pub const QINQ_OLD: u16 = 0x9100;
}

/// Smaller values in the type field of an Ethernet frame are a length (IEEE 802.3, 3.2.6).
const MIN_ETHER_TYPE: u16 = 0x0600;

/// VLAN tags followed in one frame. Two are usual, four occur in provider networks.
const MAX_VLAN_TAGS: usize = 8;

/// MPLS labels followed in one stack. Segment routing uses about ten.
const MAX_MPLS_LABELS: usize = 16;

/// VLAN tags, SNAP, PPPoE and MPLS in one another, in one frame. They consume bytes, so this bounds time only.
const MAX_SHIMS: usize = 8;

/// What a link header carries: the EtherType, into which PPP protocols are translated, and the bytes.
type Payload<'a> = (u16, Wire<'a>);

/// The TCP segment of a frame that holds nothing but the usual: one link header of the usual kinds, one IP header, TCP. `None` is
/// no verdict, only a way to [`frame`], which decodes the same.
///
/// This exists for speed: everything here is inlined and stays in registers, which the general path, with its many ways to join,
/// does not. It shares all parsing with it.
#[inline(always)]
pub(super) fn plain_tcp<'a>(link: LinkType, data: Wire<'a>) -> Option<(Addresses<'a>, Wire<'a>)> {
    let (ether_type, data) = match link {
        LinkType::ETHERNET => ethernet_header(data).ok()?,
        LinkType::LINUX_SLL => linux_cooked(data).ok()?,
        LinkType::LINUX_SLL2 => linux_cooked_v2(data).ok()?,
        _ => return None,
    };
    match ether_type {
        ether_type::IPV4 => ip::v4(data).ok()?.plain_tcp(),
        ether_type::IPV6 => ip::v6(data).ok()?.plain_tcp(),
        _ => None,
    }
}

/// A frame of a capture, by its link type.
pub(super) fn frame<'a>(link: LinkType, data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    match link {
        LinkType::ETHERNET => ethernet(data),
        LinkType::LINUX_SLL => cooked(linux_cooked(data)?),
        LinkType::LINUX_SLL2 => cooked(linux_cooked_v2(data)?),
        LinkType::RAW | LinkType::RAW_OLD | LinkType::RAW_OPENBSD => {
            let (&[first], _) = data.split::<1>(Layer::Link)?;
            match first >> 4 {
                4 => ip::v4(data)?.step(),
                6 => ip::v6(data)?.step(),
                _ => Err(SkipReason::Malformed(Layer::Link)),
            }
        }
        LinkType::IPV4 => ip::v4(data)?.step(),
        LinkType::IPV6 => ip::v6(data)?.step(),
        LinkType::NULL => {
            let (family, rest) = data.split::<4>(Layer::Link)?;
            // The byte order is that of the capturing host, which the file does not state: families are small numbers.
            let little = u32::from_le_bytes(*family);
            bsd_loopback(if little > 0xffff { little.swap_bytes() } else { little }, rest)
        }
        LinkType::LOOP => {
            let (family, rest) = data.split::<4>(Layer::Link)?;
            bsd_loopback(u32::from_be_bytes(*family), rest)
        }
        LinkType::PPP | LinkType::PPP_HDLC => network(ppp(data)?),
        LinkType::PPP_WITH_DIR => network(ppp(data.skip(1, Layer::Link)?)?),
        LinkType::PPP_ETHER => network(pppoe(data)?),
        LinkType(other) => Err(SkipReason::UnknownLinkType(other)),
    }
}

/// An Ethernet frame: of the capture, or inside a tunnel.
pub(super) fn ethernet<'a>(data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    network(type_or_length(ethernet_header(data)?)?)
}

/// What an EtherType names, through tags and labels on to IP. Tunnels use it too, so values below 0x0600 are no lengths here.
pub(super) fn network<'a>((mut ether_type, mut data): Payload<'a>) -> Result<Step<'a>, SkipReason> {
    for _ in 0..=MAX_SHIMS {
        (ether_type, data) = match ether_type {
            ether_type::IPV4 => return ip::v4(data)?.step(),
            ether_type::IPV6 => return ip::v6(data)?.step(),
            ether_type::ARP => return Err(SkipReason::Arp),
            ether_type::TRANSPARENT_ETHERNET_BRIDGING => return Ok(Step::Inner(Inner::Ethernet(data))),
            ether_type::VLAN | ether_type::QINQ | ether_type::QINQ_OLD => vlan(data)?,
            ether_type::PPPOE_SESSION => pppoe(data)?,
            ether_type::MPLS | ether_type::MPLS_UPSTREAM => mpls(ether_type, data)?,
            other => return Err(SkipReason::NotIp(other)),
        };
    }
    Err(SkipReason::TunnelTooDeep)
}

/// Ethernet II or IEEE 802.3, from the destination address on. The type may be a length.
#[inline(always)]
fn ethernet_header<'a>(data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    const HEADER_LEN: usize = 14;
    let header = Ethernet2HeaderSlice::from_slice(data.captured).map_err(|_| data.short(HEADER_LEN, Layer::Link))?;
    Ok((header.ether_type().0, data.skip(HEADER_LEN, Layer::Link)?))
}

fn type_or_length<'a>((value, data): Payload<'a>) -> Result<Payload<'a>, SkipReason> {
    if value < MIN_ETHER_TYPE { llc(data.limit(usize::from(value))) } else { Ok((value, data)) }
}

/// One or more VLAN tags, from the tag control information on.
fn vlan<'a>(mut data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    const HEADER_LEN: usize = 4;
    for _ in 0..MAX_VLAN_TAGS {
        let tag = SingleVlanHeaderSlice::from_slice(data.captured).map_err(|_| data.short(HEADER_LEN, Layer::Link))?;
        data = data.skip(HEADER_LEN, Layer::Link)?;
        if !matches!(tag.ether_type().0, ether_type::VLAN | ether_type::QINQ | ether_type::QINQ_OLD) {
            return type_or_length((tag.ether_type().0, data));
        }
    }
    Err(SkipReason::TunnelTooDeep)
}

/// IEEE 802.2: IP stands in SNAP (RFC 1042), or, rarely, behind the service access point of IP itself.
fn llc<'a>(data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    /// Unnumbered information, the only control field that carries IP.
    const UI: u8 = 0x03;
    let (header, rest) = data.split::<3>(Layer::Link)?;
    match *header {
        [0xaa, 0xaa, UI] => {
            let (&[oui1, oui2, oui3, high, low], rest) = rest.split::<5>(Layer::Link)?;
            match [oui1, oui2, oui3] {
                // RFC 1042, and the bridge-tunnel encapsulation of IEEE 802.1H.
                [0, 0, 0] | [0, 0, 0xf8] => Ok((u16::from_be_bytes([high, low]), rest)),
                _ => Err(SkipReason::Llc),
            }
        }
        [0x06, 0x06, UI] => Ok((ether_type::IPV4, rest)),
        _ => Err(SkipReason::Llc),
    }
}

/// Linux cooked capture v1: 16 bytes, the protocol last. Not by `etherparse::LinuxSllHeaderSlice`, which refuses the hardware types
/// that it does not know.
#[inline(always)]
fn linux_cooked<'a>(data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    let (&[.., high, low], rest) = data.split::<16>(Layer::Link)?;
    Ok((u16::from_be_bytes([high, low]), rest))
}

/// Linux cooked capture v2: 20 bytes, the protocol first.
#[inline(always)]
fn linux_cooked_v2<'a>(data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    let (&[high, low, ..], rest) = data.split::<20>(Layer::Link)?;
    Ok((u16::from_be_bytes([high, low]), rest))
}

/// The protocol of a cooked capture is an EtherType, or one of Linux's own numbers, of which one leads on.
fn cooked<'a>((protocol, data): Payload<'a>) -> Result<Step<'a>, SkipReason> {
    /// `LINUX_SLL_P_802_2`: the frame begins with an 802.2 header.
    const P_802_2: u16 = 0x0004;
    network(if protocol == P_802_2 { llc(data)? } else { (protocol, data) })
}

/// What an address family of a loopback interface names. AF_INET6 differs between systems: 10 Linux, 23 Windows, 24 NetBSD and
/// OpenBSD, 28 FreeBSD, 30 macOS.
fn bsd_loopback<'a>(family: u32, data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    match family {
        2 => ip::v4(data)?.step(),
        10 | 23 | 24 | 28 | 30 => ip::v6(data)?.step(),
        other => Err(SkipReason::AddressFamily(other)),
    }
}

/// PPPoE session (RFC 2516, section 4): version and type 1, code 0. The length field is not needed, IP has its own.
fn pppoe<'a>(data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    let (&[version_and_type, code, ..], rest) = data.split::<6>(Layer::Link)?;
    match (version_and_type, code) {
        (0x11, 0) => ppp(rest),
        _ => Err(SkipReason::Malformed(Layer::Link)),
    }
}

/// PPP (RFC 1661), with or without address and control bytes (RFC 1662), and with compressed protocol field (RFC 1661, 6.5).
fn ppp<'a>(data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    // The address is always 0xff, which is no protocol number; the control byte follows.
    let data = if data.captured.starts_with(&[0xff]) { data.skip(2, Layer::Link)? } else { data };
    let (&[first], rest) = data.split::<1>(Layer::Link)?;
    // The last byte of a protocol number is odd and the others are even: an odd first byte stands alone.
    let (protocol, rest) = if first & 1 == 1 {
        (u16::from(first), rest)
    } else {
        let (&[second], rest) = rest.split::<1>(Layer::Link)?;
        (u16::from_be_bytes([first, second]), rest)
    };
    match protocol {
        0x0021 => Ok((ether_type::IPV4, rest)),
        0x0057 => Ok((ether_type::IPV6, rest)),
        0x0281 => Ok((ether_type::MPLS, rest)),
        0x0283 => Ok((ether_type::MPLS_UPSTREAM, rest)),
        other => Err(SkipReason::Ppp(other)),
    }
}

/// An MPLS label stack (RFC 3032). Nothing says what follows the bottom; as routers do, the first nibble decides (RFC 4928): an IP
/// version, or 0 for the control word of a pseudowire (RFC 4385), behind which Ethernet is assumed.
fn mpls<'a>(ether_type: u16, mut data: Wire<'a>) -> Result<Payload<'a>, SkipReason> {
    for _ in 0..MAX_MPLS_LABELS {
        let (entry, rest) = data.split::<4>(Layer::Link)?;
        data = rest;
        let bottom = entry[2] & 1 == 1;
        if bottom {
            let (&[first], _) = data.split::<1>(Layer::Link)?;
            return match first >> 4 {
                4 => Ok((ether_type::IPV4, data)),
                6 => Ok((ether_type::IPV6, data)),
                0 => Ok((ether_type::TRANSPARENT_ETHERNET_BRIDGING, data.skip(4, Layer::Link)?)),
                _ => Err(SkipReason::NotIp(ether_type)),
            };
        }
    }
    Err(SkipReason::TunnelTooDeep)
}
