//! IPv4 (RFC 791) and IPv6 (RFC 8200): from an IP header, over extension headers, to TCP, to a tunnel, or to a fragment.

use etherparse::err::{ip_auth, ipv4, ipv6};
use etherparse::{IpAuthHeaderSlice, Ipv4HeaderSlice, Ipv6FragmentHeaderSlice, Ipv6HeaderSlice, Ipv6RawExtHeaderSlice};

use super::address::Addresses;
use super::fragment::Fragment;
use super::link::ether_type;
use super::skip::{Layer, SkipReason};
use super::wire::Wire;
use super::{Inner, Step, tunnel};

/// IANA protocol numbers that lead on to TCP.
mod protocol {
    pub const HOP_BY_HOP: u8 = 0;
    pub const ICMP: u8 = 1;
    pub const IPV4: u8 = 4;
    pub const TCP: u8 = 6;
    pub const UDP: u8 = 17;
    pub const IPV6: u8 = 41;
    pub const ROUTING: u8 = 43;
    pub const FRAGMENT: u8 = 44;
    pub const GRE: u8 = 47;
    pub const AUTHENTICATION: u8 = 51;
    pub const ICMPV6: u8 = 58;
    pub const DESTINATION: u8 = 60;
}

/// Extension headers followed in one datagram. RFC 8200, section 4.1 knows an order of at most seven.
const MAX_EXTENSIONS: usize = 16;

/// An IP header read, and what follows it.
pub(super) struct Datagram<'a> {
    addresses: Addresses<'a>,
    /// IPv6: the next header.
    protocol: u8,
    /// Up to where the length field says.
    payload: Wire<'a>,
    /// IPv4 only: identification, byte offset and whether more follow. IPv6 has an extension header for this.
    fragment: Option<(u16, u16, bool)>,
}

impl<'a> Datagram<'a> {
    /// The TCP segment that directly follows the header, if one does.
    #[inline(always)]
    pub fn plain_tcp(self) -> Option<(Addresses<'a>, Wire<'a>)> {
        (self.protocol == protocol::TCP && self.fragment.is_none()).then_some((self.addresses, self.payload))
    }

    /// Whatever follows the header.
    pub fn step(self) -> Result<Step<'a>, SkipReason> {
        let Self { addresses, protocol, payload: data, fragment } = self;
        match fragment {
            None => payload(addresses, protocol, data),
            Some((id, offset, more)) => keep(Fragment { addresses, id: u32::from(id), protocol, offset: usize::from(offset), more, data }),
        }
    }
}

/// An IPv4 datagram (RFC 791, section 3.1).
#[inline(always)]
pub(super) fn v4<'a>(data: Wire<'a>) -> Result<Datagram<'a>, SkipReason> {
    let header = Ipv4HeaderSlice::from_slice(data.captured).map_err(|error| match error {
        ipv4::HeaderSliceError::Len(error) => data.short(error.required_len, Layer::Ipv4),
        ipv4::HeaderSliceError::Content(_) => SkipReason::Malformed(Layer::Ipv4),
    })?;
    let header_len = header.slice().len();
    let data = match usize::from(header.total_len()) {
        // The sending host captured it before its network card cut it into segments (TSO): larger than the field can say.
        0 => data,
        total if total < header_len => return Err(SkipReason::Malformed(Layer::Ipv4)),
        total => data.limit(total),
    };
    let Some(addresses) = header.slice().get(12..).and_then(|from| from.first_chunk()).map(Addresses::V4) else {
        return Err(SkipReason::Malformed(Layer::Ipv4));
    };
    let (offset, more) = (header.fragments_offset().byte_offset(), header.more_fragments());
    Ok(Datagram {
        addresses,
        protocol: header.protocol().0,
        payload: data.skip(header_len, Layer::Ipv4)?,
        fragment: (more || offset != 0).then(|| (header.identification(), offset, more)),
    })
}

/// An IPv6 datagram (RFC 8200, section 3).
#[inline(always)]
pub(super) fn v6<'a>(data: Wire<'a>) -> Result<Datagram<'a>, SkipReason> {
    let header = Ipv6HeaderSlice::from_slice(data.captured).map_err(|error| match error {
        ipv6::HeaderSliceError::Len(error) => data.short(error.required_len, Layer::Ipv6),
        ipv6::HeaderSliceError::Content(_) => SkipReason::Malformed(Layer::Ipv6),
    })?;
    let data = data.skip(header.header_len(), Layer::Ipv6)?;
    let payload = match usize::from(header.payload_length()) {
        // Segmentation offload, as in IPv4; or a jumbogram (RFC 2675), whose length only the frame tells here.
        0 => data,
        length => data.limit(length),
    };
    let Some(addresses) = header.slice().get(8..).and_then(|from| from.first_chunk()).map(Addresses::V6) else {
        return Err(SkipReason::Malformed(Layer::Ipv6));
    };
    Ok(Datagram { addresses, protocol: header.next_header().0, payload, fragment: None })
}

/// The payload of an IP datagram, by its protocol number (IPv6: the first next header). IPv6 extension headers count only
/// between IPv6 addresses; the authentication header stands in both (RFC 4302).
pub(super) fn payload<'a>(addresses: Addresses<'a>, mut protocol: u8, mut data: Wire<'a>) -> Result<Step<'a>, SkipReason> {
    let v6 = addresses.is_v6();
    for _ in 0..=MAX_EXTENSIONS {
        match protocol {
            protocol::TCP => return Ok(Step::Tcp(addresses, data)),
            protocol::UDP => return tunnel::udp(data),
            protocol::GRE => return tunnel::gre(data),
            protocol::IPV4 => return Ok(Step::Inner(Inner::EtherType(ether_type::IPV4, data))),
            protocol::IPV6 => return Ok(Step::Inner(Inner::EtherType(ether_type::IPV6, data))),
            protocol::AUTHENTICATION => {
                let header = IpAuthHeaderSlice::from_slice(data.captured).map_err(|error| match error {
                    ip_auth::HeaderSliceError::Len(error) => data.short(error.required_len, Layer::Extension),
                    ip_auth::HeaderSliceError::Content(_) => SkipReason::Malformed(Layer::Extension),
                })?;
                protocol = header.next_header().0;
                data = data.skip(header.slice().len(), Layer::Extension)?;
            }
            protocol::HOP_BY_HOP | protocol::ROUTING | protocol::DESTINATION if v6 => {
                let header =
                    Ipv6RawExtHeaderSlice::from_slice(data.captured).map_err(|error| data.short(error.required_len, Layer::Extension))?;
                protocol = header.next_header().0;
                data = data.skip(header.slice().len(), Layer::Extension)?;
            }
            protocol::FRAGMENT if v6 => {
                let header =
                    Ipv6FragmentHeaderSlice::from_slice(data.captured).map_err(|error| data.short(error.required_len, Layer::Extension))?;
                protocol = header.next_header().0;
                data = data.skip(header.slice().len(), Layer::Extension)?;
                // Else an atomic fragment, whole in itself (RFC 6946).
                if header.is_fragmenting_payload() {
                    return keep(Fragment {
                        addresses,
                        id: header.identification(),
                        protocol,
                        offset: usize::from(header.fragment_offset().byte_offset()),
                        more: header.more_fragments(),
                        data,
                    });
                }
            }
            other => return Err(not_tcp(other)),
        }
    }
    Err(SkipReason::Malformed(Layer::Extension))
}

/// A fragment, unless its datagram cannot lead to TCP: then there is nothing to keep it for.
fn keep<'a>(fragment: Fragment<'a>) -> Result<Step<'a>, SkipReason> {
    use protocol::{AUTHENTICATION, DESTINATION, FRAGMENT, GRE, HOP_BY_HOP, IPV4, IPV6, ROUTING, TCP, UDP};
    let v6 = fragment.addresses.is_v6();
    match fragment.protocol {
        TCP | UDP | GRE | IPV4 | IPV6 | AUTHENTICATION => Ok(Step::Fragment(fragment)),
        HOP_BY_HOP | ROUTING | DESTINATION | FRAGMENT if v6 => Ok(Step::Fragment(fragment)),
        other => Err(not_tcp(other)),
    }
}

const fn not_tcp(protocol: u8) -> SkipReason {
    match protocol {
        protocol::ICMP => SkipReason::Icmp,
        protocol::ICMPV6 => SkipReason::Icmpv6,
        other => SkipReason::OtherIpProtocol(other),
    }
}
