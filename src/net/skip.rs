//! Why a frame gave no segment: the words that a report counts.

use std::fmt;

/// The header at which decoding stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Link layer: Ethernet, VLAN, LLC, MPLS, PPP, Linux cooked, BSD loopback.
    Link,
    /// IPv4 header (RFC 791).
    Ipv4,
    /// IPv6 header (RFC 8200).
    Ipv6,
    /// Extension header (RFC 8200, section 4) or authentication header (RFC 4302).
    Extension,
    /// Fragment whose offset and length no sender may produce.
    Fragment,
    /// TCP header (RFC 9293).
    Tcp,
    /// UDP header (RFC 768).
    Udp,
    /// Tunnel header: GRE, ERSPAN, VXLAN, Geneve.
    Tunnel,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "link header",
            Self::Ipv4 => "IPv4 header",
            Self::Ipv6 => "IPv6 header",
            Self::Extension => "IP extension header",
            Self::Fragment => "IP fragment",
            Self::Tcp => "TCP header",
            Self::Udp => "UDP header",
            Self::Tunnel => "tunnel header",
        })
    }
}

/// Why a frame holds no TCP segment. None of these is an error: captures hold other traffic. Where tunnels are nested, the reason
/// is about the innermost header reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// Address resolution (RFC 826).
    Arp,
    /// UDP, and not one of the tunnels that run over it.
    Udp,
    /// ICMP for IPv4 (RFC 792).
    Icmp,
    /// ICMP for IPv6 (RFC 4443).
    Icmpv6,
    /// Another IP protocol, by its IANA number.
    OtherIpProtocol(u8),
    /// Not IP: another EtherType.
    NotIp(u16),
    /// Not IP: an IEEE 802.2 frame without an EtherType, as spanning tree sends.
    Llc,
    /// Not IP: another PPP protocol (RFC 1661), such as link control.
    Ppp(u16),
    /// Not IP: another address family of a BSD loopback interface.
    AddressFamily(u32),
    /// A link type that is not decoded, by its `LINKTYPE_` number.
    UnknownLinkType(u16),
    /// The snap length cut a header that is needed.
    Truncated,
    /// A header contradicts itself or the lengths around it.
    Malformed(Layer),
    /// An IP fragment, kept until the rest of its datagram arrives.
    Fragment,
    /// An IP fragment that was not kept: a bound was reached, or it contradicts an earlier one.
    FragmentDropped,
    /// More tunnels, VLAN tags or MPLS labels in one another than are followed.
    TunnelTooDeep,
}

/// Fits after a count: `300 UDP`, `12 ARP`, `2 cut inside the headers (snap length)`.
impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Arp => f.write_str("ARP"),
            Self::Udp => f.write_str("UDP"),
            Self::Icmp => f.write_str("ICMP"),
            Self::Icmpv6 => f.write_str("ICMPv6"),
            Self::OtherIpProtocol(number) => named(f, format_args!("IP protocol {number}"), ip_protocol_name(number)),
            Self::NotIp(ether_type) => named(f, format_args!("EtherType 0x{ether_type:04x}"), ether_type_name(ether_type)),
            Self::Llc => f.write_str("IEEE 802.2 LLC"),
            Self::Ppp(protocol) => named(f, format_args!("PPP protocol 0x{protocol:04x}"), ppp_name(protocol)),
            Self::AddressFamily(family) => write!(f, "address family {family}"),
            Self::UnknownLinkType(link) => write!(f, "unknown link type {link}"),
            Self::Truncated => f.write_str("cut inside the headers (snap length)"),
            Self::Malformed(layer) => write!(f, "malformed at {layer}"),
            Self::Fragment => f.write_str("IP fragment (kept for the rest)"),
            Self::FragmentDropped => f.write_str("IP fragment (not kept)"),
            Self::TunnelTooDeep => f.write_str("nested too deep"),
        }
    }
}

fn named(f: &mut fmt::Formatter<'_>, number: fmt::Arguments<'_>, name: Option<&str>) -> fmt::Result {
    match name {
        Some(name) => write!(f, "{number} ({name})"),
        None => f.write_fmt(number),
    }
}

/// Names of the IANA registry of protocol numbers, for those that stand beside MQTT in captures.
const fn ip_protocol_name(number: u8) -> Option<&'static str> {
    Some(match number {
        2 => "IGMP",
        47 => "GRE",
        50 => "ESP",
        59 => "no next header",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        115 => "L2TP",
        132 => "SCTP",
        135 => "Mobility",
        _ => return None,
    })
}

/// Names of the IEEE registry of EtherTypes, likewise.
const fn ether_type_name(ether_type: u16) -> Option<&'static str> {
    Some(match ether_type {
        0x8035 => "RARP",
        0x8809 => "LACP",
        0x8847 | 0x8848 => "MPLS",
        0x8863 => "PPPoE discovery",
        0x888e => "EAPOL",
        0x8892 => "PROFINET",
        0x88a4 => "EtherCAT",
        0x88cc => "LLDP",
        0x88e5 => "MACsec",
        0x88f7 => "PTP",
        0x9000 => "loopback test",
        _ => return None,
    })
}

/// Names of the IANA registry of PPP protocols, likewise.
const fn ppp_name(protocol: u16) -> Option<&'static str> {
    Some(match protocol {
        0x003d => "multilink",
        0x00fd => "compressed",
        0x8021 => "IPCP",
        0x8057 => "IPv6CP",
        0xc021 => "LCP",
        0xc023 => "PAP",
        0xc223 => "CHAP",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_well_after_a_count() {
        let line = |count: u64, why: SkipReason| format!("{count} {why}");
        assert_eq!(line(300, SkipReason::Udp), "300 UDP");
        assert_eq!(line(1, SkipReason::OtherIpProtocol(132)), "1 IP protocol 132 (SCTP)");
        assert_eq!(line(1, SkipReason::OtherIpProtocol(253)), "1 IP protocol 253");
        assert_eq!(line(4, SkipReason::NotIp(0x88cc)), "4 EtherType 0x88cc (LLDP)");
        assert_eq!(line(2, SkipReason::Ppp(0xc021)), "2 PPP protocol 0xc021 (LCP)");
        assert_eq!(line(2, SkipReason::Truncated), "2 cut inside the headers (snap length)");
        assert_eq!(line(9, SkipReason::Malformed(Layer::Tcp)), "9 malformed at TCP header");
        assert_eq!(line(7, SkipReason::UnknownLinkType(147)), "7 unknown link type 147");
    }
}
