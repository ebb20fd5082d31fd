//! What [`PcapngWriter`] hands on, block by block.

use super::*;
use crate::capture::{InterfaceDescription, InterfaceStatistics, PcapngWriter, Section};
use crate::frame::{Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// What was written, call by call.
#[derive(Default)]
struct Calls(Vec<Vec<u8>>);

impl io::Write for Calls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn frame(input: u32, link: LinkType, data: &[u8]) -> Frame<'_> {
    Frame {
        id: FrameId::new(input, 1),
        time: Timestamp::from_nanos(0x0102_0304_0506),
        link,
        offset: 0,
        data,
        original_len: data.len() as u32,
    }
}

#[test]
fn declared_interfaces_are_used_and_others_are_added() {
    let mut writer = PcapngWriter::new(Calls::default(), "").unwrap();
    writer.interface(0, &InterfaceDescription::new("eth0", LinkType::ETHERNET)).unwrap();
    writer.interface(1, &InterfaceDescription::new("tun0", LinkType::RAW)).unwrap();
    writer.frame(&frame(1, LinkType::RAW, b"to the second"), "unused").unwrap();
    writer.frame(&frame(0, LinkType::RAW, b"to a new one"), "new").unwrap();
    writer.frame(&frame(0, LinkType::ETHERNET, b"to the first"), "unused").unwrap();
    let calls = writer.finish().unwrap().0;
    let order = Order::Little;
    let options = |name: &'static [u8]| [(2, name), (9, &[9][..]), (0, &[])];
    let time = 0x0102_0304_0506;
    assert_eq!(calls[1..3], [interface(order, 1, 0, &options(b"eth0")), interface(order, 101, 0, &options(b"tun0"))]);
    assert_eq!(calls[3], enhanced(order, 1, time, b"to the second"));
    // The interface and its first frame.
    assert_eq!(calls[4], [interface(order, 101, 0, &options(b"new")), enhanced(order, 2, time, b"to a new one")].concat());
    assert_eq!(calls[5], enhanced(order, 0, time, b"to the first"));
    assert_eq!(calls.len(), 6);
    assert_eq!(read(&calls.concat()).unwrap().0.len(), 3);
}

#[test]
fn statistics_hold_what_is_known() {
    let mut writer = PcapngWriter::new(Calls::default(), "").unwrap();
    writer.interface(3, &InterfaceDescription::new("eth0", LinkType::ETHERNET)).unwrap();
    let at = |nanos| Timestamp::from_nanos(nanos);
    let statistics = InterfaceStatistics {
        time: at(0x0001_0000_0002),
        end: Some(at(0x0003_0000_0004)),
        accepted: Some(5),
        comment: "six".to_owned(),
        ..InterfaceStatistics::default()
    };
    writer.statistics(3, &statistics).unwrap();
    writer.statistics(4, &statistics).unwrap();
    let calls = writer.finish().unwrap().0;
    let body = [
        [0, 1, 2].map(u32::to_le_bytes).concat(),
        b"\x01\x00\x03\x00six\x00".to_vec(),
        b"\x03\x00\x08\x00\x03\x00\x00\x00\x04\x00\x00\x00".to_vec(),
        b"\x06\x00\x08\x00\x05\x00\x00\x00\x00\x00\x00\x00".to_vec(),
        vec![0; 4],
    ];
    assert_eq!(calls[2..], [block(Order::Little, 5, &body.concat())]);
}

#[test]
fn long_texts_are_cut_between_characters() {
    let long = "ü".repeat(40_000);
    let section = Section { comment: format!("x{long}"), hardware: long.clone(), os: String::new() };
    let mut writer = PcapngWriter::with_section(Calls::default(), &section).unwrap();
    let described = InterfaceDescription { filter: long, ..InterfaceDescription::new("eth0", LinkType::ETHERNET) };
    writer.interface(0, &described).unwrap();
    writer.frame(&frame(0, LinkType::ETHERNET, b"behind it"), "").unwrap();
    let calls = writer.finish().unwrap().0;
    // Comment: 65 535 bytes; hardware: one less.
    let hardware = 24 + 4 + 65_536;
    assert_eq!(calls[0][24..28], [1, 0, 0xff, 0xff]);
    assert_eq!(calls[0][hardware..hardware + 4], [2, 0, 0xfe, 0xff]);
    // The kind of filter takes one.
    assert_eq!(calls[1][24..28], [11, 0, 0xff, 0xff]);
    assert_eq!(read(&calls.concat()).unwrap().0.len(), 1);
}
