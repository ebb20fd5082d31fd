//! Captures whose segments are cut into smaller ones.

use std::net::IpAddr;

use etherparse::{IpNumber, Ipv4Header, Ipv6Header, TcpHeader};
use mqttscope::frame::{Frame, LinkType};
use mqttscope::net::{Decoder, Segment};

use super::OwnedFrame;

/// Numbers that look random and are always the same (Knuth's MMIX generator; the upper bits are the good ones).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `limit`.
    pub fn up_to(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// Cuts the payload of each frame; `next` says how long the next piece is, given how much is left.
pub fn recut(frames: &[OwnedFrame], mut next: impl FnMut(usize) -> usize) -> Vec<OwnedFrame> {
    let mut decoder = Decoder::new(Default::default());
    let mut out = Vec::new();
    for frame in frames {
        match decoder.decode(&frame.frame()) {
            // A payload that is cut by the snap length goes on in its last piece.
            Ok(segment) if segment.payload.len() > 1 => {
                let mut at = 0;
                while at < segment.payload.len() {
                    let len = next(segment.payload.len() - at);
                    out.push(piece(&frame.head, &segment, at, at + len));
                    at += len;
                }
            }
            _ => out.push(frame.clone()),
        }
    }
    out
}

/// The frame that carries a part of a segment.
fn piece(head: &Frame<'static>, segment: &Segment<'_>, from: usize, to: usize) -> OwnedFrame {
    let last = to == segment.payload.len();
    // What was not captured belongs to the last piece.
    let missing = if last { segment.payload_len as usize - to } else { 0 };
    let syn = segment.flags.syn();
    let tcp = TcpHeader {
        syn: syn && from == 0,
        fin: segment.flags.fin() && last,
        rst: segment.flags.rst(),
        psh: segment.flags.psh(),
        urg: segment.flags.urg(),
        ack: segment.ack.is_some(),
        acknowledgment_number: segment.ack.unwrap_or(0),
        ..TcpHeader::new(
            segment.source.port,
            segment.destination.port,
            segment.seq.wrapping_add(from as u32).wrapping_add(u32::from(syn && from > 0)),
            segment.window,
        )
    };
    let body = tcp.header_len() + (to - from) + missing;
    let mut data = Vec::new();
    match (segment.source.addr, segment.destination.addr) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let ip = Ipv4Header::new(body.try_into().unwrap(), 64, IpNumber::TCP, source.octets(), destination.octets()).unwrap();
            ip.write(&mut data).unwrap();
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let ip = Ipv6Header {
                payload_length: body.try_into().unwrap(),
                next_header: IpNumber::TCP,
                hop_limit: 64,
                source: source.octets(),
                destination: destination.octets(),
                ..Ipv6Header::default()
            };
            ip.write(&mut data).unwrap();
        }
        mixed => panic!("one segment, two IP versions: {mixed:?}"),
    }
    tcp.write(&mut data).unwrap();
    data.extend_from_slice(&segment.payload[from..to]);
    let original_len = (data.len() + missing) as u32;
    OwnedFrame { head: Frame { link: LinkType::RAW, original_len, ..*head }, data }
}
