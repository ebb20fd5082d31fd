//! Broken and hostile files: the whole frames come out, then one warning; nothing panics and nothing grows.

use proptest::prelude::*;

use super::*;
use crate::capture::Position;

/// A capture and the offsets at which its records end, the header's end first.
fn with_ends(header: Vec<u8>, records: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut ends) = (header, Vec::new());
    ends.push(bytes.len());
    for record in records {
        bytes.extend(record);
        ends.push(bytes.len());
    }
    (bytes, ends)
}

fn pcap_with_ends(order: Order) -> (Vec<u8>, Vec<usize>) {
    let records = [b"first".as_slice(), b"", b"third"].map(|data| pcap_record(order, 9, 1, data));
    with_ends(pcap_header(order, 0xa1b2_c3d4, 1), &records)
}

#[test]
fn pcap_cut_at_every_byte() {
    for order in Order::BOTH {
        let (bytes, ends) = pcap_with_ends(order);
        let whole = frames(&bytes);
        for cut in 0..bytes.len() {
            let result = read(&bytes[..cut]);
            match cut {
                0 => assert!(matches!(result, Err(CaptureError::Empty { .. }))),
                1..4 => assert!(matches!(result, Err(CaptureError::NotACapture { .. }))),
                4..24 => assert!(matches!(result, Err(CaptureError::HeaderCut { have, .. }) if have == cut)),
                _ => {
                    let count = ends.iter().filter(|&&end| end <= cut).count() - 1;
                    let (seen, warnings) = result.unwrap();
                    assert_eq!(seen, whole[..count], "cut at {cut}");
                    let at = Position { file: "test".to_owned(), offset: ends[count] as u64, decompressed: false, frame: count as u64 };
                    assert_eq!(warnings, if ends.contains(&cut) { vec![] } else { vec![Warning::CutShort { at }] });
                }
            }
        }
    }
}

#[test]
fn pcapng_cut_at_every_byte() {
    for order in Order::BOTH {
        let blocks = [
            interface(order, 1, 0, &[(9, &[9])]),
            enhanced(order, 0, 1, b"first"),
            block(order, 10, &[0; 100]),
            simple(order, 6, b"second"),
            section(order),
            interface(order, 1, 0, &[]),
            enhanced(order, 0, 3, b"third"),
        ];
        let (bytes, ends) = with_ends(section(order), &blocks);
        let whole = frames(&bytes);
        assert_eq!(whole.len(), 3);
        let frame_ends = [ends[2], ends[4], ends[7]];
        for cut in 28..bytes.len() {
            for step in [1, usize::MAX] {
                let (seen, warnings) = read_in_steps(&bytes[..cut], 64, step).unwrap();
                assert_eq!(seen, whole[..frame_ends.iter().filter(|&&end| end <= cut).count()]);
                assert_eq!(warnings.len(), usize::from(!ends.contains(&cut)), "cut at {cut}");
            }
        }
        for cut in 4..28 {
            assert!(matches!(read(&bytes[..cut]), Err(CaptureError::HeaderCut { .. })), "cut at {cut}");
        }
    }
}

#[test]
fn warnings_say_what_and_where() {
    let cut = &sample()[..50];
    assert_eq!(read(cut).unwrap().1[0].to_string(), "test: cut short inside a record at byte 45, after frame 1: analysed up to there");
    let cut = &sample()[..30];
    assert_eq!(
        read(cut).unwrap().1[0].to_string(),
        "test: cut short inside a record at byte 24, before its first frame: analysed up to there"
    );
    let mut garbage = sample();
    garbage.extend(b"this is not a record header");
    assert_eq!(
        read(&garbage).unwrap().1[0].to_string(),
        "test: damaged at byte 88, after frame 3 (no record can be 544501614 bytes long): analysed up to there"
    );
}

#[test]
fn zeros_behind_the_last_record_are_no_frames() {
    let mut bytes = sample();
    bytes.extend([0; 4096]);
    let (seen, warnings) = read(&bytes).unwrap();
    assert_eq!(seen, frames(&sample()));
    assert!(matches!(&warnings[..], [Warning::Damaged { at, .. }] if at.offset == 88 && at.frame == 3));
}

/// A valid start, then `tail`: the frame before it comes out, and a warning whose reason contains `why`.
fn damaged(order: Order, tail: &[u8], why: &str) {
    let mut bytes = section(order);
    bytes.extend(interface(order, 1, 0, &[]));
    bytes.extend(enhanced(order, 0, 1, b"good"));
    bytes.extend(tail);
    let (seen, warnings) = read(&bytes).unwrap();
    assert_eq!(seen.len(), 1);
    assert!(matches!(&warnings[..], [Warning::Damaged { why: found, .. }] if found.contains(why)), "{warnings:?}, not {why}");
}

#[test]
fn pcapng_blocks_that_cannot_be() {
    for order in Order::BOTH {
        let with_length = |kind: u32, length: u32| [kind, length, 0, 0, 0, 0, 0, 0].map(|value| order.n32(value)).concat();
        for kind in [1, 2, 3, 6, 10, 0x1234] {
            for length in [0, 4, 8, 11, 13] {
                damaged(order, &with_length(kind, length), "no block can be");
            }
        }
        damaged(order, &with_length(6, u32::MAX - 3), "above the limit");
        damaged(order, &with_length(0x0a0d_0d0a, 28), "byte-order magic");
        damaged(order, &enhanced(order, 7, 1, b"whose?"), "interface 7");
        let mut wrong = enhanced(order, 0, 1, b"data");
        let last = wrong.len() - 4;
        wrong[last..].copy_from_slice(&order.n32(99));
        damaged(order, &wrong, "ends with length 99");
        let mut overlong = enhanced(order, 0, 1, b"data");
        overlong[20..24].copy_from_slice(&order.n32(1000));
        damaged(order, &overlong, "a packet of 1000 bytes");
        // Shorter than their fixed fields, yet with the length repeated at the end.
        damaged(order, &block(order, 6, &[0; 4]), "no packet block");
        damaged(order, &block(order, 3, b""), "no packet block");
        damaged(order, &block(order, 1, b""), "interface description");
    }
}

#[test]
fn a_claimed_length_allocates_nothing() {
    // 4 GB of a block that is skipped, and 63 MB of one that is not: both end after 8 bytes.
    for (kind, length) in [(10_u32, u32::MAX - 3), (6, 63 * 1024 * 1024)] {
        let mut bytes = section(Order::Little);
        bytes.extend([kind, length].map(u32::to_le_bytes).concat());
        let (seen, warnings) = read(&bytes).unwrap();
        assert_eq!(seen, []);
        assert!(matches!(&warnings[..], [Warning::CutShort { at }] if at.offset == 28));
    }
}

#[test]
fn interfaces_are_bounded() {
    let mut bytes = section(Order::Little);
    bytes.extend(interface(Order::Little, 1, 0, &[]).repeat(65_537));
    assert!(matches!(&read(&bytes).unwrap().1[..], [Warning::Damaged { why, .. }] if why.contains("65536 interfaces")));
}

#[test]
fn record_limit_is_an_option() {
    let options = Options { record_limit: 8, ..Options::default() };
    let mut source = Source::from_reader("test", Cursor::new(sample()), &options).unwrap();
    assert_eq!(drain(&mut source).len(), 2);
    assert_eq!(source.take_warnings().len(), 1);
    assert_eq!(source.take_warnings(), []);
}

#[test]
fn a_medium_that_fails_is_an_error() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            match self.0.read(out)? {
                0 => Err(io::Error::other("bad sector")),
                read => Ok(read),
            }
        }
    }
    let mut source = Source::from_reader("disk", Failing(Cursor::new(sample()[..50].to_vec())), &Options::default()).unwrap();
    assert!(source.next().unwrap().is_some());
    let error = source.next().unwrap_err().to_string();
    assert_eq!(error, "disk: at byte 45, after frame 1: reading failed: bad sector: copy the file to a sound disk and try again");
    assert!(source.next().unwrap().is_none());
}

#[test]
fn what_is_no_capture_is_named() {
    let found = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert_eq!(
        found(b"Hello, world\nsecond line"),
        "test: not a capture: text that begins `Hello, world`: give a pcap or pcapng file, plain or compressed with gzip, zstd or lz4"
    );
    assert!(found(&[0x7f, b'E', b'L', b'F', 2]).contains("begins with 7f 45 4c 46: give a pcap"));
    assert!(found(b"\x1b[31mred").contains("begins with 1b 5b 33 31"));
    assert!(found(b"\xfd7zXZ\0rest").contains("compressed with xz"));
    assert!(found(&[0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9]).contains("gzip data that cannot be decompressed"));
    let mut next = section(Order::Little);
    next[12] = 2;
    assert_eq!(found(&next), "test: not a capture: pcapng magic, but pcapng version 2, only 1 is known");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), start in 0..9_usize) {
        let starts: [&[u8]; 9] = [
            b"", &pcap_header(Order::Little, 0xa1b2_c3d4, 1), &pcap_header(Order::Big, 0xa1b2_3c4d, 1), &section(Order::Little),
            &section(Order::Big), &[0x1f, 0x8b, 8, 0], &[0x28, 0xb5, 0x2f, 0xfd], &[0x04, 0x22, 0x4d, 0x18], &[0x50, 0x2a, 0x4d, 0x18],
        ];
        let bytes = [starts[start], &bytes].concat();
        let whole = read(&bytes).map_err(|error| error.to_string());
        let steps = read_in_steps(&bytes, 64, 1).map_err(|error| error.to_string());
        // Compressed data may be decoded by other steps when they come in other steps, up to the damage.
        if start < 5 {
            prop_assert_eq!(whole, steps);
        }
    }

    #[test]
    fn blocks_with_random_fields_never_panic(
        kinds in proptest::collection::vec((0..12_u32, proptest::collection::vec(any::<u8>(), 0..60), any::<Option<u8>>()), 0..8),
        big in any::<bool>(),
    ) {
        let order = if big { Order::Big } else { Order::Little };
        let mut bytes = section(order);
        bytes.extend(interface(order, 1, 0, &[]));
        for (kind, body, flip) in kinds {
            let mut block = block(order, kind, &body);
            if let Some(flip) = flip {
                let at = usize::from(flip) % block.len();
                block[at] ^= flip;
            }
            bytes.extend(block);
        }
        prop_assert_eq!(read(&bytes).unwrap(), read_in_steps(&bytes, 64, 5).unwrap());
    }
}
