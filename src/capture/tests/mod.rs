//! Captures built in memory, and what comes out of them.

mod again;
mod broken;
mod formats;
mod inputs;
mod write;

#[cfg(feature = "live")]
mod filter;

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::reader::{Copies, Limits, Reader};
use super::{CaptureError, Options, Source, Warning};

/// A frame that owns its bytes: number, nanoseconds, link type, data, original length.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    number: u64,
    time: i64,
    link: u16,
    data: Vec<u8>,
    original: u32,
}

/// Byte order of a file under construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    const BOTH: [Self; 2] = [Self::Little, Self::Big];

    fn n16(self, value: u16) -> [u8; 2] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn n32(self, value: u32) -> [u8; 4] {
        if self == Self::Little { value.to_le_bytes() } else { value.to_be_bytes() }
    }
}

fn pcap_header(order: Order, magic: u32, network: u32) -> Vec<u8> {
    let mut bytes = order.n32(magic).to_vec();
    bytes.extend([order.n16(2), order.n16(4)].concat());
    bytes.extend([0, 0, 65_535, network].map(|value| order.n32(value)).concat());
    bytes
}

fn pcap_record(order: Order, seconds: u32, ticks: u32, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let mut bytes = [seconds, ticks, length, length].map(|value| order.n32(value)).concat();
    bytes.extend(data);
    bytes
}

/// One frame per data, a second apart, from 1000 s on.
fn pcap_from(start: u32, datas: &[&[u8]]) -> Vec<u8> {
    let mut bytes = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
    for (seconds, data) in (start..).zip(datas) {
        bytes.extend(pcap_record(Order::Little, seconds, 0, data));
    }
    bytes
}

fn sample() -> Vec<u8> {
    pcap_from(1000, &[b"first", b"", b"third frame"])
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = order.n32(padded as u32 + 12);
    let mut bytes = [order.n32(kind), length].concat();
    bytes.extend(body);
    bytes.resize(8 + padded, 0);
    bytes.extend(length);
    bytes
}

fn section(order: Order) -> Vec<u8> {
    let mut body = order.n32(0x1a2b_3c4d).to_vec();
    body.extend([order.n16(1), order.n16(0)].concat());
    body.extend([0xff; 8]);
    block(order, 0x0a0d_0d0a, &body)
}

/// Code and value of each, behind what the body of a block begins with.
fn with_options(order: Order, mut body: Vec<u8>, options: &[(u16, &[u8])]) -> Vec<u8> {
    for (code, value) in options {
        body.extend([order.n16(*code), order.n16(value.len() as u16)].concat());
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    body
}

/// An interface; options as code and value.
fn interface(order: Order, link: u16, snaplen: u32, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = [order.n16(link), order.n16(0)].concat();
    body.extend(order.n32(snaplen));
    block(order, 1, &with_options(order, body, options))
}

/// Statistics of an interface: dropped by the interface, by the system.
fn statistics(order: Order, interface: u32, dropped: [u64; 2]) -> Vec<u8> {
    let values = dropped.map(|count| if matches!(order, Order::Big) { count.to_be_bytes() } else { count.to_le_bytes() });
    let body = [interface, 0, 0].map(|value| order.n32(value)).concat();
    block(order, 5, &with_options(order, body, &[(4, &[1; 8]), (5, &values[0]), (7, &values[1]), (0, &[])]))
}

fn enhanced(order: Order, interface: u32, ticks: u64, data: &[u8]) -> Vec<u8> {
    let length = data.len() as u32;
    let mut body = [interface, (ticks >> 32) as u32, ticks as u32, length, length].map(|value| order.n32(value)).concat();
    body.extend(data);
    block(order, 6, &body)
}

fn simple(order: Order, original: u32, data: &[u8]) -> Vec<u8> {
    let mut body = order.n32(original).to_vec();
    body.extend(data);
    block(order, 3, &body)
}

/// Gives out at most `step` bytes at a time.
struct Dribble<R> {
    source: R,
    step: usize,
}

impl<R: Read> Read for Dribble<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let step = self.step.min(out.len());
        self.source.read(&mut out[..step])
    }
}

/// All frames and warnings of a capture, with a buffer that starts at `buffer` bytes and `step` bytes per read.
fn read_in_steps(bytes: &[u8], buffer: usize, step: usize) -> Result<(Vec<Seen>, Vec<Warning>), CaptureError> {
    let raw = Dribble { source: Cursor::new(bytes.to_vec()), step };
    let limits = Limits { buffer, record: Options::default().record_limit };
    let mut reader = Reader::open("test", 0, Box::new(raw), &Arc::default(), Copies::None, limits)?;
    let mut seen = Vec::new();
    while reader.advance()? {
        let frame = reader.frame();
        seen.push(Seen {
            number: frame.id.number(),
            time: frame.time.as_nanos(),
            link: frame.link.0,
            data: frame.data.to_vec(),
            original: frame.original_len,
        });
    }
    assert!(!reader.advance()?, "the end is the end");
    Ok((seen, reader.take_warning().into_iter().collect()))
}

fn read(bytes: &[u8]) -> Result<(Vec<Seen>, Vec<Warning>), CaptureError> {
    read_in_steps(bytes, 64 * 1024, usize::MAX)
}

/// All frames of a capture that is in order.
fn frames(bytes: &[u8]) -> Vec<Seen> {
    let (seen, warnings) = read(bytes).unwrap();
    assert_eq!(warnings, []);
    seen
}

/// Input index, number and data of all frames of a source.
fn drain(source: &mut Source) -> Vec<(u32, u64, String)> {
    let mut seen = Vec::new();
    while let Some(frame) = source.next().unwrap() {
        seen.push((frame.id.input(), frame.id.number(), String::from_utf8_lossy(frame.data).into_owned()));
    }
    seen
}
