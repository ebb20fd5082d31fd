//! IP headers, extension headers, lengths that lie.

use super::*;
use crate::net::MAX_ENCAPSULATIONS;

/// The TCP segment of [`tcp4`] or [`tcp6`] without the IP header.
fn bare_tcp() -> Vec<u8> {
    tcp6()[40..].to_vec()
}

/// Hop-by-hop, routing of an experimental type (8 bytes each), destination options (16), AH (16, length in units of four bytes), atomic fragment.
fn all_extensions() -> Vec<u8> {
    join(&[
        &hex!("2b 00 0104 00000000"),
        &hex!("3c 00 fd00 00000000"),
        &hex!("33 01 010c 000000000000000000000000"),
        &hex!("2c 02 0000 00000001 00000001 00000000"),
        &hex!("06 00 0000 00000007"),
        &bare_tcp(),
    ])
}

fn with_options() -> Vec<u8> {
    let plain = tcp4();
    let mut data = join(&[&plain[..20], &hex!("94040000 01010100"), &plain[20..]]);
    data[0] = 0x47;
    data[3] += 8;
    data
}

pub(super) fn samples() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let authenticated = join(&[&hex!("06 04 0000 00000001 00000001 000000000000000000000000"), &bare_tcp()]);
    vec![
        ("IPv4 options", LinkType::RAW, with_options()),
        ("IPv6 extensions", LinkType::RAW, ipv6(0, &all_extensions())),
        ("AH", LinkType::RAW, ipv4(51, &authenticated)),
        ("4 in 4", LinkType::RAW, ipv4(4, &tcp4())),
        ("6 in 4", LinkType::RAW, ipv4(41, &tcp6())),
        ("4 in 6", LinkType::RAW, ipv6(4, &tcp4())),
        ("6 in 6", LinkType::RAW, ipv6(41, &tcp6())),
    ]
}

#[test]
fn extension_headers_and_tunnels_lead_to_the_segment() {
    assert_eq!(decode(LinkType::RAW, &with_options()), segment4());
    assert_eq!(decode(LinkType::RAW, &ipv6(0, &all_extensions())), segment6());
    assert_eq!(decode(LinkType::RAW, &ipv4(4, &tcp4())), segment4());
    assert_eq!(decode(LinkType::RAW, &ipv4(41, &tcp6())), segment6());
    assert_eq!(decode(LinkType::RAW, &ipv6(4, &tcp4())), segment4());
    assert_eq!(decode(LinkType::RAW, &ipv6(41, &tcp6())), segment6());
}

#[test]
fn other_protocols_are_named() {
    let v4 = |protocol| decode(LinkType::RAW, &ipv4(protocol, &[0; 40])).unwrap_err();
    let v6 = |protocol| decode(LinkType::RAW, &ipv6(protocol, &[0; 40])).unwrap_err();
    assert_eq!(v4(1), SkipReason::Icmp);
    assert_eq!(v4(17), SkipReason::Udp);
    assert_eq!(v4(132), SkipReason::OtherIpProtocol(132));
    assert_eq!(v6(17), SkipReason::Udp);
    assert_eq!(v6(58), SkipReason::Icmpv6);
    assert_eq!(v6(135), SkipReason::OtherIpProtocol(135), "mobility is not followed");
    assert_eq!(v6(50), SkipReason::OtherIpProtocol(50), "ESP is encrypted");
}

#[test]
fn ipv6_extension_headers_mean_nothing_in_ipv4() {
    for protocol in [0, 43, 44, 60] {
        let data = ipv4(protocol, &join(&[&hex!("06 00 0000 00000000"), &bare_tcp()]));
        assert_eq!(decode(LinkType::RAW, &data), Err(SkipReason::OtherIpProtocol(protocol)));
    }
}

#[test]
fn extension_headers_without_end_are_malformed() {
    let chain = |count: usize| {
        let mut body = hex!("3c 00 0104 00000000").repeat(count - 1);
        body.extend_from_slice(&hex!("06 00 0104 00000000"));
        ipv6(60, &join(&[&body, &bare_tcp()]))
    };
    assert_eq!(decode(LinkType::RAW, &chain(16)), segment6());
    assert_eq!(decode(LinkType::RAW, &chain(17)), Err(SkipReason::Malformed(Layer::Extension)));
    assert_eq!(
        decode(LinkType::RAW, &ipv6(0, &hex!("06 ff 0104 00000000"))),
        Err(SkipReason::Malformed(Layer::Extension)),
        "longer than the datagram"
    );
    assert_eq!(decode(LinkType::RAW, &ipv4(51, &[6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])), Err(SkipReason::Malformed(Layer::Extension)));
}

#[test]
fn length_zero_is_segmentation_offload() {
    let mut v4 = tcp4();
    v4[2..4].fill(0);
    assert_eq!(decode(LinkType::ETHERNET, &ethernet(0x0800, &v4)), segment4());
    let mut v6 = tcp6();
    v6[4..6].fill(0);
    assert_eq!(decode(LinkType::ETHERNET, &ethernet(0x86dd, &v6)), segment6());

    let snapped = decode_snapped(LinkType::ETHERNET, &ethernet(0x0800, &v4), 100_054).unwrap();
    assert_eq!((snapped.payload.as_slice(), snapped.payload_len), (&PAYLOAD[..], 100_000));
}

#[test]
fn ipv4_header_that_contradicts_itself_is_malformed() {
    let broken = |at: usize, value: u8| {
        let mut data = tcp4();
        data[at] = value;
        decode(LinkType::ETHERNET, &ethernet(0x0800, &data))
    };
    let malformed = Err(SkipReason::Malformed(Layer::Ipv4));
    assert_eq!(broken(0, 0x44), malformed, "header length below 20");
    assert_eq!(broken(0, 0x4f), malformed, "header longer than the frame");
    assert_eq!(broken(0, 0x65), malformed, "version 6");
    assert_eq!(broken(3, 19), malformed, "total length below the header's");
    assert_eq!(broken(3, 39), Err(SkipReason::Malformed(Layer::Tcp)), "no room for a TCP header");
}

#[test]
fn total_length_beyond_the_frame_is_believed() {
    let mut data = tcp4();
    data[2..4].copy_from_slice(&1500_u16.to_be_bytes());
    let got = decode(LinkType::ETHERNET, &ethernet(0x0800, &data)).unwrap();
    assert_eq!((got.payload.as_slice(), got.payload_len), (&PAYLOAD[..], 1460));
}

#[test]
fn checksums_are_not_verified() {
    let mut data = tcp4();
    data[10] ^= 0xff;
    data[20 + 16] ^= 0xff;
    assert_eq!(decode(LinkType::RAW, &data), segment4());
}

#[test]
fn tunnels_are_opened_up_to_the_bound() {
    let nested = |count: u8| (0..count).fold(tcp4(), |inner, _| ipv4(4, &inner));
    assert_eq!(decode(LinkType::RAW, &nested(MAX_ENCAPSULATIONS)), segment4());
    assert_eq!(decode(LinkType::RAW, &nested(MAX_ENCAPSULATIONS + 1)), Err(SkipReason::TunnelTooDeep));
}
