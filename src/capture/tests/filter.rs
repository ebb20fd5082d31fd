//! Filters against libpcap's own interpreter, and what is asked for where they make no sense.

use hex_literal::hex;
use proptest::prelude::*;

use super::*;
use crate::capture::libpcap::compile;
use crate::frame::LinkType;

/// Ethernet, IPv4, TCP from 10.0.0.1:49374 to 10.0.0.2:1883.
const TCP: &[u8] = &hex!(
    "000000000001 000000000002 0800  45 00 0028 0000 0000 40 06 0000 0a000001 0a000002"
    "c0de 075b 00000001 00000001 50 18 ffff 0000 0000"
);

fn open(bytes: Vec<u8>, filter: &str) -> Result<Source, CaptureError> {
    Source::from_reader("test", Cursor::new(bytes), &Options { filter: Some(filter.to_owned()), ..Options::default() })
}

#[test]
fn filtered_frames_keep_their_numbers() {
    let bytes = pcap_from(1, &[b"not an IP packet", TCP, b"nor this", TCP]);
    let mut source = open(bytes.clone(), "tcp port 1883").unwrap();
    assert_eq!(drain(&mut source).into_iter().map(|(_, number, _)| number).collect::<Vec<_>>(), [2, 4]);
    let mut source = Source::from_reader("test", Cursor::new(bytes), &Options::default()).unwrap();
    source.next().unwrap();
    source.next().unwrap();
    source.set_filter("src port 49374").unwrap();
    assert_eq!(drain(&mut source).into_iter().map(|(_, number, _)| number).collect::<Vec<_>>(), [4]);
}

#[test]
fn each_link_type_has_its_own_program() {
    let mut bytes = section(Order::Little);
    bytes.extend(interface(Order::Little, 1, 0, &[]));
    bytes.extend(interface(Order::Little, 101, 0, &[]));
    bytes.extend(enhanced(Order::Little, 0, 1, TCP));
    bytes.extend(enhanced(Order::Little, 1, 2, &TCP[14..]));
    bytes.extend(enhanced(Order::Little, 0, 3, &TCP[14..]));
    let mut source = open(bytes, "host 10.0.0.2 and tcp").unwrap();
    assert_eq!(drain(&mut source).into_iter().map(|(_, number, _)| number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(source.take_warnings(), []);
}

#[test]
fn length_is_the_length_on_the_wire() {
    let mut bytes = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
    for original in [60, 1500] {
        bytes.extend([1, 0, TCP.len() as u32, original].map(u32::to_le_bytes).concat());
        bytes.extend(TCP);
    }
    assert_eq!(drain(&mut open(bytes, "greater 1000").unwrap()).len(), 1);
}

#[test]
fn link_type_that_cannot_be_filtered_is_left_out_with_a_warning() {
    let mut bytes = section(Order::Little);
    bytes.extend(interface(Order::Little, 147, 0, &[]));
    bytes.extend(interface(Order::Little, 1, 0, &[]));
    bytes.extend(enhanced(Order::Little, 0, 1, TCP));
    bytes.extend(enhanced(Order::Little, 0, 2, TCP));
    bytes.extend(enhanced(Order::Little, 1, 3, TCP));
    let mut source = open(bytes, "tcp").unwrap();
    assert_eq!(drain(&mut source).into_iter().map(|(_, number, _)| number).collect::<Vec<_>>(), [3]);
    let warnings = source.take_warnings();
    assert!(matches!(&warnings[..], [Warning::NotFilterable { link: LinkType(147), .. }]), "{warnings:?}");
}

#[test]
fn bad_expression_fails_with_the_words_of_libpcap() {
    for expression in ["tcp prot 1883", "port", "tcp\0"] {
        let error = open(sample(), expression).map(|_| ()).unwrap_err();
        assert!(matches!(&error, CaptureError::Filter { .. }), "{error}");
    }
    let error = open(sample(), "tcp prot 1883").map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("syntax error"), "{error}");
    assert!(open(sample(), "wlan type mgt").is_ok(), "meaningful for Wi-Fi");
    assert_eq!(drain(&mut open(sample(), "").unwrap()).len(), 3, "empty: everything");
}

#[test]
fn interfaces_can_be_listed() {
    match crate::capture::interfaces() {
        Ok(interfaces) => assert!(interfaces.iter().all(|interface| !interface.name.is_empty())),
        Err(error) => eprintln!("skipped: {error}"),
    }
}

const EXPRESSIONS: [&str; 14] = [
    "tcp port 1883",
    "host 10.0.0.2 and not udp",
    "net 10.0.0.0/8",
    "ip6 or vlan 7 and ip",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "ip[2:2] - ((ip[0]&0xf)<<2) - ((tcp[12]&0xf0)>>2) != 0",
    "greater 60",
    "less 30",
    "len % 3 == 1",
    "ether[0] & 1 = 0 and ether[6] ^ ether[7] > 1",
    "ip[8] * 2 / ip[9] > 3",
    "portrange 1-1024 or icmp",
    "mpls or pppoes or arp",
    "ip proto 6 and -ip[9] < 0",
];

proptest! {
    /// Frames near to TCP: the packet with some bytes changed, at any length.
    #[test]
    fn agrees_with_libpcap(
        changes in proptest::collection::vec((0..TCP.len(), any::<u8>()), 0..6),
        length in 0..=TCP.len(),
    ) {
        let mut data = TCP.to_vec();
        for (at, byte) in changes {
            data[at] = byte;
        }
        data.truncate(length);
        for link in [LinkType::ETHERNET, LinkType::RAW, LinkType::LINUX_SLL, LinkType::NULL] {
            for expression in EXPRESSIONS {
                let number = if link == LinkType::RAW { 12 } else { i32::from(link.0) };
                let dead = pcap::Capture::dead(pcap::Linktype(number)).unwrap();
                let Ok(theirs) = dead.compile(expression, true) else { continue };
                let ours = compile(expression, link).unwrap();
                prop_assert_eq!(ours.accepts(&data, data.len() as u32), theirs.filter(&data), "{} on {:?}", expression, link);
            }
        }
    }
}
