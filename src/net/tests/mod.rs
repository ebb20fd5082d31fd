//! Frames built here, header by header, and what the decoder makes of them.

mod fragment;
mod hostile;
mod ip;
mod link;
mod tunnel;

use etherparse::PacketBuilder;
use hex_literal::hex;

use super::wire::Wire;
use super::{Decoder, Layer, Segment, SkipReason, TcpFlags};
use crate::frame::{Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// A PINGREQ and a PINGRESP: what the segments of most tests carry.
const PAYLOAD: [u8; 4] = hex!("c000 d000");

/// A segment that outlives its decoder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decoded {
    /// `source > destination`.
    route: String,
    payload: Vec<u8>,
    payload_len: u32,
}

impl From<Segment<'_>> for Decoded {
    fn from(segment: Segment<'_>) -> Self {
        Self {
            route: format!("{} > {}", segment.source, segment.destination),
            payload: segment.payload.to_vec(),
            payload_len: segment.payload_len,
        }
    }
}

fn frame(link: LinkType, data: &[u8], original_len: u32, time: Timestamp) -> Frame<'_> {
    Frame { id: FrameId::new(0, 1), time, link, offset: 0, data, original_len }
}

fn decode(link: LinkType, data: &[u8]) -> Result<Decoded, SkipReason> {
    decode_snapped(link, data, data.len())
}

fn decode_snapped(link: LinkType, data: &[u8], original_len: usize) -> Result<Decoded, SkipReason> {
    let original_len = u32::try_from(original_len).unwrap();
    Decoder::default().decode(&frame(link, data, original_len, Timestamp::default())).map(Decoded::from)
}

/// The segment of [`tcp4`], whole.
fn segment4() -> Result<Decoded, SkipReason> {
    Ok(Decoded { route: "10.0.0.7:51822 > 10.0.0.5:1883".into(), payload: PAYLOAD.to_vec(), payload_len: 4 })
}

/// The segment of [`tcp6`], whole.
fn segment6() -> Result<Decoded, SkipReason> {
    Ok(Decoded { route: "[fd00::7]:51822 > [fd00::5]:1883".into(), payload: PAYLOAD.to_vec(), payload_len: 4 })
}

const fn v6_address(last: u8) -> [u8; 16] {
    [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}

/// An IPv4 datagram with a TCP segment that carries `payload`.
fn tcp4_with(payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    let builder = PacketBuilder::ipv4([10, 0, 0, 7], [10, 0, 0, 5], 64).tcp(51822, 1883, 1000, 4096).ack(2000).psh();
    builder.write(&mut datagram, payload).unwrap();
    datagram
}

fn tcp4() -> Vec<u8> {
    tcp4_with(&PAYLOAD)
}

fn tcp6() -> Vec<u8> {
    let mut datagram = Vec::new();
    let builder = PacketBuilder::ipv6(v6_address(7), v6_address(5), 64).tcp(51822, 1883, 1000, 4096).ack(2000).psh();
    builder.write(&mut datagram, &PAYLOAD).unwrap();
    datagram
}

fn udp4(source_port: u16, destination_port: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    let builder = PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64).udp(source_port, destination_port);
    builder.write(&mut datagram, payload).unwrap();
    datagram
}

/// An IPv4 datagram of `protocol`, without options; identification, flags and offset 0.
fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let total = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let mut datagram = hex!("45 00 0000 0000 0000 40 00 0000 c0000201 c0000202").to_vec();
    datagram[2..4].copy_from_slice(&total);
    datagram[9] = protocol;
    datagram.extend_from_slice(payload);
    datagram
}

/// An IPv6 datagram whose first next header is `next`.
fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    join(&[&hex!("60000000"), &length, &[next, 64], &v6_address(7), &v6_address(5), payload])
}

fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&hex!("020000000002 020000000001"), &ether_type.to_be_bytes(), payload])
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// One good frame for each way that leads to TCP: for truncation and mutation.
fn samples() -> Vec<(&'static str, LinkType, Vec<u8>)> {
    let mut all = link::samples();
    all.extend(ip::samples());
    all.extend(tunnel::samples());
    all
}

#[test]
fn segment_has_all_fields_of_the_header() {
    let mut decoder = Decoder::default();
    let data = ethernet(0x0800, &tcp4());
    let segment = decoder.decode(&frame(LinkType::ETHERNET, &data, 58, Timestamp::default())).unwrap();
    assert_eq!((segment.seq, segment.ack, segment.window), (1000, Some(2000), 4096));
    assert_eq!(segment.flags, TcpFlags::PSH | TcpFlags::ACK);
    assert_eq!(segment.payload, PAYLOAD);
    assert_eq!(segment.payload.as_ptr(), data[54..].as_ptr(), "the payload is borrowed, not copied");
}

#[test]
fn acknowledgment_number_without_the_flag_is_none() {
    let mut data = tcp4();
    data[20 + 13] = 0x02;
    let mut decoder = Decoder::default();
    let segment = decoder.decode(&frame(LinkType::RAW, &data, 44, Timestamp::default())).unwrap();
    assert_eq!((segment.ack, segment.flags.syn(), segment.flags.ack()), (None, true, false));
}

#[test]
fn flags_are_listed_as_wireshark_does() {
    assert_eq!((TcpFlags::SYN | TcpFlags::ACK).to_string(), "SYN, ACK");
    assert_eq!(TcpFlags(0).to_string(), "none");
    assert_eq!(TcpFlags(0xff).to_string(), "FIN, SYN, RST, PSH, ACK, URG, ECE, CWR");
    let all = TcpFlags(0x3f);
    assert!(all.fin() && all.syn() && all.rst() && all.psh() && all.ack() && all.urg());
}

#[test]
fn data_offset_below_the_header_or_beyond_the_segment_is_malformed() {
    for (offset, expected) in [(0x40, false), (0x50, true), (0x60, true), (0x70, false), (0xf0, false)] {
        let mut data = tcp4();
        data[20 + 12] = offset;
        let got = decode(LinkType::RAW, &data);
        if expected {
            assert!(got.is_ok(), "{offset:02x}");
        } else {
            assert_eq!(got, Err(SkipReason::Malformed(Layer::Tcp)), "{offset:02x}");
        }
    }
}

#[test]
fn options_cut_by_the_snap_length_lose_only_payload() {
    let mut segment = tcp4_with(&[0; 12]);
    segment[20 + 12] = 0x80; // 12 of the bytes are options now
    segment.extend_from_slice(&PAYLOAD);
    segment[3] += 4;
    let got = decode_snapped(LinkType::RAW, &segment[..20 + 22], segment.len()).unwrap();
    assert_eq!((got.payload.len(), got.payload_len), (0, 4));
    assert_eq!(decode_snapped(LinkType::RAW, &segment[..20 + 19], segment.len()), Err(SkipReason::Truncated));
    segment[20 + 12] = 0xf0; // 60 bytes of header in a segment of 36
    assert_eq!(decode_snapped(LinkType::RAW, &segment[..20 + 22], segment.len()), Err(SkipReason::Malformed(Layer::Tcp)));
}

/// The short path takes what it should, and nothing else.
#[test]
fn usual_frames_take_the_short_path() {
    let short = |link: LinkType, data: &[u8]| super::link::plain_tcp(link, Wire::new(data, 0)).is_some();
    let usual = ["Ethernet IPv4", "Ethernet IPv6", "SLL", "SLL2"];
    for (name, link, data) in samples() {
        assert_eq!(short(link, &data), usual.contains(&name), "{name}");
    }
    assert!(!short(LinkType::ETHERNET, &ethernet(0x0800, &udp4(1, 2, &[]))));
}

#[test]
fn snapped_at_every_byte_is_truncated_or_keeps_the_stated_length() {
    for (name, link, data) in samples() {
        let whole = decode(link, &data).unwrap_or_else(|why| panic!("{name}: {why}"));
        for cut in 0..data.len() {
            match decode_snapped(link, &data[..cut], data.len()) {
                Ok(got) => {
                    assert_eq!((&got.route, got.payload_len), (&whole.route, whole.payload_len), "{name} at {cut}");
                    assert!(whole.payload.starts_with(&got.payload), "{name} at {cut}");
                }
                Err(why) => assert_eq!(why, SkipReason::Truncated, "{name} at {cut}"),
            }
        }
    }
}

#[test]
fn cut_without_saying_so_never_gives_other_bytes() {
    for (name, link, data) in samples() {
        let whole = decode(link, &data).unwrap();
        for cut in 0..data.len() {
            if let Ok(got) = decode(link, &data[..cut]) {
                assert_eq!((&got.route, got.payload_len), (&whole.route, whole.payload_len), "{name} at {cut}");
                assert!(whole.payload.starts_with(&got.payload), "{name} at {cut}");
            }
        }
    }
}
