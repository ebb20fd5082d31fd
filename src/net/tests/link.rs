//! Link types, and what stands between them and IP.

use super::*;

fn sll(protocol: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&hex!("0000 0001 0006 0200000000010000"), &protocol.to_be_bytes(), payload])
}

fn sll2(protocol: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&protocol.to_be_bytes(), &hex!("0000 00000002 0001 00 06 0200000000010000"), payload])
}

fn pppoe(payload: &[u8]) -> Vec<u8> {
    join(&[&hex!("11 00 0001"), &u16::try_from(payload.len()).unwrap().to_be_bytes(), payload])
}

fn snap(oui: [u8; 3], ether_type: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&hex!("aa aa 03"), &oui, &ether_type.to_be_bytes(), payload])
}

fn ieee_802_3(payload: &[u8]) -> Vec<u8> {
    ethernet(u16::try_from(payload.len()).unwrap(), payload)
}

pub(super) fn samples() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let (v4, v6) = (tcp4(), tcp6());
    vec![
        ("Ethernet IPv4", LinkType::ETHERNET, ethernet(0x0800, &v4)),
        ("Ethernet IPv6", LinkType::ETHERNET, ethernet(0x86dd, &v6)),
        ("VLAN", LinkType::ETHERNET, ethernet(0x8100, &join(&[&hex!("0064 0800"), &v4]))),
        ("802.1ad", LinkType::ETHERNET, ethernet(0x88a8, &join(&[&hex!("0064 8100 00c8 86dd"), &v6]))),
        ("0x9100", LinkType::ETHERNET, ethernet(0x9100, &join(&[&hex!("0064 8100 00c8 0800"), &v4]))),
        ("SNAP", LinkType::ETHERNET, ieee_802_3(&snap([0; 3], 0x0800, &v4))),
        ("802.1H", LinkType::ETHERNET, ieee_802_3(&snap([0, 0, 0xf8], 0x86dd, &v6))),
        ("LLC IP", LinkType::ETHERNET, ieee_802_3(&join(&[&hex!("06 06 03"), &v4]))),
        ("SLL", LinkType::LINUX_SLL, sll(0x0800, &v4)),
        ("SLL VLAN", LinkType::LINUX_SLL, sll(0x8100, &join(&[&hex!("0064 86dd"), &v6]))),
        ("SLL 802.2", LinkType::LINUX_SLL, sll(0x0004, &snap([0; 3], 0x0800, &v4))),
        ("SLL2", LinkType::LINUX_SLL2, sll2(0x86dd, &v6)),
        ("SLL2 QinQ", LinkType::LINUX_SLL2, sll2(0x88a8, &join(&[&hex!("0064 8100 00c8 0800"), &v4]))),
        ("NULL", LinkType::NULL, join(&[&hex!("02000000"), &v4])),
        ("LOOP", LinkType::LOOP, join(&[&hex!("0000001e"), &v6])),
        ("raw", LinkType::RAW, v4.clone()),
        ("raw v6", LinkType::IPV6, v6.clone()),
        ("PPP", LinkType::PPP, join(&[&hex!("ff03 0021"), &v4])),
        ("PPP bare", LinkType::PPP_HDLC, join(&[&hex!("57"), &v6])),
        ("PPP with direction", LinkType::PPP_WITH_DIR, join(&[&hex!("01 ff03 0057"), &v6])),
        ("PPPoE", LinkType::ETHERNET, ethernet(0x8864, &pppoe(&join(&[&hex!("0021"), &v4])))),
        ("PPPoE link", LinkType::PPP_ETHER, pppoe(&join(&[&hex!("0057"), &v6]))),
        ("MPLS", LinkType::ETHERNET, ethernet(0x8847, &join(&[&hex!("00064 1 40"), &v4]))),
        ("MPLS stack", LinkType::ETHERNET, ethernet(0x8848, &join(&[&hex!("00064 0 40 000c8 1 3f"), &v6]))),
        ("PPP MPLS", LinkType::PPP, join(&[&hex!("0281 00064 1 40"), &v4])),
        ("pseudowire", LinkType::ETHERNET, ethernet(0x8847, &join(&[&hex!("00064 1 40 00000000"), &ethernet(0x0800, &v4)]))),
    ]
}

#[test]
fn every_link_type_leads_to_the_same_segment() {
    for (name, link, data) in samples() {
        let got = decode(link, &data);
        assert!(got == segment4() || got == segment6(), "{name}: {got:?}");
    }
}

#[test]
fn ethernet_padding_is_not_payload() {
    let mut bare_ack = ethernet(0x0800, &tcp4_with(&[]));
    assert_eq!(bare_ack.len(), 54);
    bare_ack.resize(60, 0xee);
    let got = decode(LinkType::ETHERNET, &bare_ack).unwrap();
    assert_eq!((got.payload.as_slice(), got.payload_len), (&[][..], 0));

    let mut v6 = ethernet(0x86dd, &tcp6());
    v6.extend_from_slice(b"frame check sequence");
    assert_eq!(decode(LinkType::ETHERNET, &v6), segment6());
}

#[test]
fn vlan_tags_are_followed_up_to_eight() {
    let tagged = |count: usize| {
        let mut tags = hex!("0001 8100").repeat(count - 1);
        tags.extend_from_slice(&hex!("0001 0800"));
        ethernet(0x8100, &join(&[&tags, &tcp4()]))
    };
    assert_eq!(decode(LinkType::ETHERNET, &tagged(8)), segment4());
    assert_eq!(decode(LinkType::ETHERNET, &tagged(9)), Err(SkipReason::TunnelTooDeep));
}

#[test]
fn vlan_tag_may_be_followed_by_a_length() {
    let tagged = |body: &[u8]| ethernet(0x8100, &join(&[&hex!("0001"), &u16::try_from(body.len()).unwrap().to_be_bytes(), body]));
    assert_eq!(decode(LinkType::ETHERNET, &tagged(&snap([0; 3], 0x0800, &tcp4()))), segment4());
    assert_eq!(decode(LinkType::ETHERNET, &tagged(&hex!("42 42 03 0000"))), Err(SkipReason::Llc));
}

#[test]
fn llc_without_ip_is_named() {
    let spanning_tree = ieee_802_3(&hex!("42 42 03 0000 00 00 00"));
    assert_eq!(decode(LinkType::ETHERNET, &spanning_tree), Err(SkipReason::Llc));
    let cisco_discovery = ieee_802_3(&snap([0, 0, 0x0c], 0x2000, &tcp4()));
    assert_eq!(decode(LinkType::ETHERNET, &cisco_discovery), Err(SkipReason::Llc));
}

#[test]
fn other_ethertypes_are_named() {
    let with_type = |ether_type| decode(LinkType::ETHERNET, &ethernet(ether_type, &tcp4()));
    assert_eq!(with_type(0x0806), Err(SkipReason::Arp));
    assert_eq!(with_type(0x88cc), Err(SkipReason::NotIp(0x88cc)));
    assert_eq!(with_type(0x8863), Err(SkipReason::NotIp(0x8863)), "PPPoE discovery is not a session");
    assert_eq!(with_type(0x86dd), Err(SkipReason::Malformed(Layer::Ipv6)), "IPv4 under IPv6's type");
    assert_eq!(decode(LinkType::LINUX_SLL, &sll(0x0806, &[0; 28])), Err(SkipReason::Arp));
    assert_eq!(decode(LinkType::LINUX_SLL2, &sll2(0x0003, &[0; 28])), Err(SkipReason::NotIp(3)));
}

#[test]
fn cooked_capture_of_an_unknown_hardware_type_is_decoded() {
    let mut data = sll(0x0800, &tcp4());
    data[2..4].copy_from_slice(&0xfffe_u16.to_be_bytes());
    assert_eq!(decode(LinkType::LINUX_SLL, &data), segment4());
}

#[test]
fn loopback_families_in_both_byte_orders() {
    for family in [2_u32, 10, 23, 24, 28, 30] {
        let (body, expected) = if family == 2 { (tcp4(), segment4()) } else { (tcp6(), segment6()) };
        assert_eq!(decode(LinkType::NULL, &join(&[&family.to_le_bytes(), &body])), expected, "{family}");
        assert_eq!(decode(LinkType::NULL, &join(&[&family.to_be_bytes(), &body])), expected, "{family}");
        assert_eq!(decode(LinkType::LOOP, &join(&[&family.to_be_bytes(), &body])), expected, "{family}");
    }
    assert_eq!(decode(LinkType::NULL, &hex!("07000000 00")), Err(SkipReason::AddressFamily(7)));
    assert_eq!(decode(LinkType::LOOP, &hex!("02000000 00")), Err(SkipReason::AddressFamily(0x0200_0000)));
}

#[test]
fn raw_ip_under_all_its_numbers() {
    for link in [12, 14, 101, 228] {
        assert_eq!(decode(LinkType(link), &tcp4()), segment4(), "{link}");
    }
    for link in [12, 14, 101, 229] {
        assert_eq!(decode(LinkType(link), &tcp6()), segment6(), "{link}");
    }
    assert_eq!(decode(LinkType::IPV4, &tcp6()), Err(SkipReason::Malformed(Layer::Ipv4)));
    assert_eq!(decode(LinkType::IPV6, &tcp4()), Err(SkipReason::Malformed(Layer::Ipv6)));
    assert_eq!(decode(LinkType::RAW, &[0x50; 60]), Err(SkipReason::Malformed(Layer::Link)));
    assert_eq!(decode(LinkType::RAW, &[]), Err(SkipReason::Malformed(Layer::Link)));
}

#[test]
fn unknown_link_type_is_named() {
    assert_eq!(decode(LinkType(147), &tcp4()), Err(SkipReason::UnknownLinkType(147)));
}

#[test]
fn ppp_beside_ip_is_named() {
    assert_eq!(decode(LinkType::PPP, &hex!("ff03 c021 01 01 0004")), Err(SkipReason::Ppp(0xc021)));
    assert_eq!(decode(LinkType::PPP, &hex!("00fd 01 01 0004")), Err(SkipReason::Ppp(0x00fd)));
    let session_of_code_9 = ethernet(0x8864, &hex!("11 09 0001 0000 0021"));
    assert_eq!(decode(LinkType::ETHERNET, &session_of_code_9), Err(SkipReason::Malformed(Layer::Link)));
}

#[test]
fn mpls_stack_without_ip_or_bottom() {
    let mpls = |body: &[u8]| decode(LinkType::ETHERNET, &ethernet(0x8847, body));
    assert_eq!(mpls(&hex!("00064 0 40").repeat(17)), Err(SkipReason::TunnelTooDeep));
    assert_eq!(mpls(&hex!("00064 0 40")), Err(SkipReason::Malformed(Layer::Link)), "no bottom");
    assert_eq!(mpls(&hex!("00064 1 40")), Err(SkipReason::Malformed(Layer::Link)), "nothing below the bottom");
    assert_eq!(mpls(&hex!("00064 1 40 10000021")), Err(SkipReason::NotIp(0x8847)), "associated channel (RFC 5586)");
}
