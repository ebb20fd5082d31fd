//! GRE, ERSPAN, VXLAN, Geneve, and what only looks like them.

use super::*;

fn gre(flags: u16, protocol: u16, body: &[&[u8]]) -> Vec<u8> {
    ipv4(47, &join(&[&flags.to_be_bytes(), &protocol.to_be_bytes(), &join(body)]))
}

fn vxlan(flags: u8, destination_port: u16) -> Vec<u8> {
    udp4(54321, destination_port, &join(&[&[flags], &hex!("000000 00002a 00"), &ethernet(0x0800, &tcp4())]))
}

fn geneve(header: [u8; 2], protocol: u16, body: &[&[u8]]) -> Vec<u8> {
    udp4(54321, 6081, &join(&[&header, &protocol.to_be_bytes(), &hex!("00002a 00"), &join(body)]))
}

/// ERSPAN type III with the last two bytes of its header: frame type and O bit.
fn erspan_iii(tail: [u8; 2], body: &[&[u8]]) -> Vec<u8> {
    gre(0x1000, 0x22eb, &[&hex!("00000001"), &hex!("2064 0001 00000000 0000"), &tail, &join(body)])
}

pub(super) fn samples() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let (v4, v6) = (tcp4(), tcp6());
    let (frame4, frame6) = (ethernet(0x0800, &v4), ethernet(0x86dd, &v6));
    let raw = |name, data| (name, LinkType::RAW, data);
    vec![
        raw("GRE", gre(0, 0x0800, &[&v4])),
        raw("GRE IPv6", gre(0, 0x86dd, &[&v6])),
        raw("GRE checksum", gre(0x8000, 0x0800, &[&hex!("1234 0000"), &v4])),
        raw("GRE key", gre(0x2000, 0x0800, &[&hex!("00000001"), &v4])),
        raw("GRE sequence", gre(0x1000, 0x0800, &[&hex!("00000001"), &v4])),
        raw("GRE all", gre(0xb000, 0x6558, &[&hex!("1234 0000 00000001 00000001"), &frame6])),
        raw("GRE MPLS", gre(0, 0x8847, &[&hex!("00064 1 40"), &v4])),
        raw("GRE in IPv6", ipv6(47, &join(&[&hex!("0000 0800"), &v4]))),
        raw("ERSPAN I", gre(0, 0x88be, &[&frame4])),
        raw("ERSPAN II", gre(0x1000, 0x88be, &[&hex!("00000001"), &hex!("1064 0001 00000000"), &frame4])),
        raw("ERSPAN II key", gre(0x3000, 0x88be, &[&hex!("00000009 00000001"), &hex!("1064 0001 00000000"), &frame6])),
        raw("ERSPAN III", erspan_iii([0, 0], &[&frame4])),
        raw("ERSPAN III subheader", erspan_iii([0, 1], &[&[0xff; 8], &frame4])),
        raw("ERSPAN III IP", erspan_iii([2 << 2, 0], &[&v6])),
        raw("VXLAN", vxlan(0x08, 4789)),
        raw("VXLAN group policy", vxlan(0x88, 4789)),
        raw("VXLAN Linux", vxlan(0x08, 8472)),
        raw("Geneve", geneve([0, 0], 0x6558, &[&frame4])),
        raw("Geneve options", geneve([2, 0x40], 0x6558, &[&[0xff; 8], &frame6])),
        raw("Geneve IP", geneve([0, 0], 0x86dd, &[&v6])),
    ]
}

#[test]
fn every_tunnel_leads_to_the_same_segment() {
    for (name, link, data) in samples() {
        let got = decode(link, &data);
        assert!(got == segment4() || got == segment6(), "{name}: {got:?}");
    }
}

#[test]
fn gre_that_is_not_followed_is_named() {
    let v4 = tcp4();
    assert_eq!(decode(LinkType::RAW, &gre(0x3001, 0x880b, &[&[0; 8], &v4])), Err(SkipReason::OtherIpProtocol(47)), "PPTP");
    assert_eq!(decode(LinkType::RAW, &gre(0x4000, 0x0800, &[&[0; 8], &v4])), Err(SkipReason::OtherIpProtocol(47)), "routing");
    assert_eq!(decode(LinkType::RAW, &gre(0, 0, &[])), Err(SkipReason::NotIp(0)), "Cisco keep-alive");
    assert_eq!(decode(LinkType::RAW, &gre(0xb000, 0x0800, &[&[0; 11]])), Err(SkipReason::Malformed(Layer::Tunnel)));
    assert_eq!(decode(LinkType::RAW, &erspan_iii([1 << 2, 0], &[&v4])), Err(SkipReason::NotIp(0x22eb)));
}

#[test]
fn udp_that_is_no_tunnel_is_udp() {
    let frame = ethernet(0x0800, &tcp4());
    let cases = [
        ("VXLAN without a valid identifier", vxlan(0x00, 4789)),
        ("VXLAN to another port", vxlan(0x08, 4788)),
        ("VXLAN's port as source", udp4(4789, 1024, &join(&[&hex!("08000000 00002a 00"), &frame]))),
        ("too short for VXLAN", udp4(1024, 4789, &hex!("08000000 0000"))),
        ("Geneve control packet", geneve([0, 0x80], 0x6558, &[&frame])),
        ("Geneve version 1", geneve([0x40, 0], 0x6558, &[&frame])),
        ("Geneve with more options than bytes", geneve([0x3f, 0], 0x6558, &[&frame])),
        ("too short for Geneve", udp4(1024, 6081, &[])),
    ];
    for (name, data) in cases {
        assert_eq!(decode(LinkType::RAW, &data), Err(SkipReason::Udp), "{name}");
    }
}

#[test]
fn udp_length_limits_what_the_tunnel_carries() {
    let mut data = vxlan(0x08, 4789);
    data[20 + 5] = 7;
    assert_eq!(decode(LinkType::RAW, &data), Err(SkipReason::Malformed(Layer::Udp)));
    data[20 + 5] = 8 + 8 + 14;
    assert_eq!(decode(LinkType::RAW, &data), Err(SkipReason::Malformed(Layer::Ipv4)), "no room for the inner IP header");
    data[20 + 5] = 0;
    assert_eq!(decode(LinkType::RAW, &data), segment4(), "0: not stated");
}

#[test]
fn snapped_tunnel_keeps_the_inner_length() {
    let inner = ethernet(0x0800, &tcp4_with(&[0x5a; 1000]));
    let data = gre(0x1000, 0x88be, &[&hex!("00000001"), &hex!("1064 0001 00000000"), &inner]);
    let got = decode_snapped(LinkType::RAW, &data[..200], data.len()).unwrap();
    assert_eq!(got.payload_len, 1000);
    assert_eq!(got.payload.len(), 200 - (20 + 8 + 8 + 54));
}

#[test]
fn frame_cut_by_the_mirroring_switch_keeps_the_inner_length() {
    let inner = ethernet(0x0800, &tcp4_with(&[0x5a; 1000]));
    let got = decode(LinkType::RAW, &gre(0, 0x88be, &[&inner[..128]])).unwrap();
    assert_eq!((got.payload.len(), got.payload_len), (128 - 54, 1000));
}
