//! What is in a file comes out, whatever its format, byte order, resolution or compression.

use std::io::Write;

use hex_literal::hex;

use super::*;

#[test]
fn pcap_in_both_orders_and_resolutions() {
    for order in Order::BOTH {
        for (magic, nanos) in [(0xa1b2_c3d4, 1000), (0xa1b2_3c4d, 1)] {
            let mut bytes = pcap_header(order, magic, 113);
            bytes.extend(pcap_record(order, 4_000_000_000, 999_999, b"abc"));
            let time = 4_000_000_000 * 1_000_000_000 + 999_999 * nanos;
            assert_eq!(frames(&bytes), [Seen { number: 1, time, link: 113, data: b"abc".to_vec(), original: 3 }]);
        }
    }
}

#[test]
fn pcap_modified_by_kuznetzov() {
    let mut bytes = pcap_header(Order::Little, 0xa1b2_cd34, 1);
    for data in [b"one", b"two"] {
        bytes.extend([1, 2, 3, 3].map(u32::to_le_bytes).concat());
        bytes.extend(hex!("05000000 0800 00 00"));
        bytes.extend(data);
    }
    let seen = frames(&bytes);
    assert_eq!(seen.iter().map(|seen| seen.data.as_slice()).collect::<Vec<_>>(), [b"one", b"two"]);
}

#[test]
fn pcap_with_fcs_bits_in_the_link_type() {
    let mut bytes = pcap_header(Order::Little, 0xa1b2_c3d4, 0x2400_0001);
    bytes.extend(pcap_record(Order::Little, 1, 0, b"x"));
    assert_eq!(frames(&bytes)[0].link, 1);
}

#[test]
fn pcap_header_alone_is_an_empty_capture() {
    assert_eq!(frames(&pcap_header(Order::Big, 0xa1b2_c3d4, 1)), []);
}

#[test]
fn snapped_frame_keeps_its_original_length() {
    let mut bytes = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
    bytes.extend([1, 0, 2, 1500].map(u32::to_le_bytes).concat());
    bytes.extend(b"ab");
    // And a writer that fills in only the captured length.
    bytes.extend([1, 0, 2, 0].map(u32::to_le_bytes).concat());
    bytes.extend(b"cd");
    assert_eq!(frames(&bytes).iter().map(|seen| seen.original).collect::<Vec<_>>(), [1500, 2]);
}

#[test]
fn record_of_250_kb_though_the_header_says_65535() {
    let long = vec![7; 250_000];
    let bytes = pcap_from(1, &[b"a", &long, b"b"]);
    let seen = read_in_steps(&bytes, 64, usize::MAX).unwrap().0;
    assert_eq!(seen.iter().map(|seen| seen.data.len()).collect::<Vec<_>>(), [1, 250_000, 1]);
}

#[test]
fn pcapng_with_interfaces_of_different_links_and_clocks() {
    for order in Order::BOTH {
        let offset = if order == Order::Little { 100_i64.to_le_bytes() } else { 100_i64.to_be_bytes() };
        let mut bytes = section(order);
        bytes.extend(interface(order, 1, 0, &[]));
        bytes.extend(interface(order, 101, 0, &[(2, b"eth1"), (9, &[9]), (0, b"")]));
        bytes.extend(interface(order, 276, 0, &[(9, &[0x80 | 10])]));
        bytes.extend(interface(order, 113, 0, &[(9, &[12]), (14, &offset)]));
        bytes.extend(interface(order, 0, 0, &[(9, &[0])]));
        bytes.extend(enhanced(order, 0, 5_000_001, b"micro"));
        bytes.extend(enhanced(order, 1, 5_000_000_001, b"nano"));
        bytes.extend(enhanced(order, 2, 5 * 1024 + 512, b"binary"));
        bytes.extend(enhanced(order, 3, 5_000_000_001_999, b"pico, offset"));
        bytes.extend(enhanced(order, 4, 5, b"seconds"));
        let seen = frames(&bytes);
        let times: Vec<_> = seen.iter().map(|seen| (seen.number, seen.time, seen.link)).collect();
        assert_eq!(
            times,
            [(1, 5_000_001_000, 1), (2, 5_000_000_001, 101), (3, 5_500_000_000, 276), (4, 105_000_000_001, 113), (5, 5_000_000_000, 0)]
        );
        assert_eq!(seen[3].data, b"pico, offset");
    }
}

#[test]
fn pcapng_times_beyond_the_range_saturate() {
    let mut bytes = section(Order::Little);
    bytes.extend(interface(Order::Little, 1, 0, &[(9, &[0])]));
    bytes.extend(interface(Order::Little, 1, 0, &[(9, &[127]), (14, &i64::MIN.to_le_bytes())]));
    bytes.extend(interface(Order::Little, 1, 0, &[(9, &[255])]));
    for number in 0..3 {
        bytes.extend(enhanced(Order::Little, number, u64::MAX, b""));
    }
    assert_eq!(frames(&bytes).iter().map(|seen| seen.time).collect::<Vec<_>>(), [i64::MAX, i64::MIN + 1, 0]);
}

#[test]
fn pcapng_sections_start_anew_in_either_order() {
    let mut bytes = section(Order::Little);
    bytes.extend(interface(Order::Little, 1, 0, &[]));
    bytes.extend(enhanced(Order::Little, 0, 1, b"little"));
    bytes.extend(section(Order::Big));
    bytes.extend(interface(Order::Big, 101, 0, &[]));
    bytes.extend(enhanced(Order::Big, 0, 2, b"big"));
    let seen: Vec<_> = frames(&bytes).iter().map(|seen| (seen.number, seen.time, seen.link)).collect();
    assert_eq!(seen, [(1, 1000, 1), (2, 2000, 101)]);
}

#[test]
fn simple_packets_have_the_time_before_and_the_snap_length_of_the_first_interface() {
    for order in Order::BOTH {
        let mut bytes = section(order);
        bytes.extend(interface(order, 1, 6, &[]));
        bytes.extend(simple(order, 5, b"first"));
        bytes.extend(enhanced(order, 0, 7, b"timed"));
        bytes.extend(simple(order, 100, b"snappe"));
        let seen: Vec<_> = frames(&bytes).into_iter().map(|seen| (seen.time, seen.data, seen.original)).collect();
        assert_eq!(seen, [(0, b"first".to_vec(), 5), (7000, b"timed".to_vec(), 5), (7000, b"snappe".to_vec(), 100)]);
    }
}

#[test]
fn obsolete_packet_block() {
    for order in Order::BOTH {
        let mut bytes = section(order);
        bytes.extend(interface(order, 1, 0, &[]));
        bytes.extend(interface(order, 101, 0, &[]));
        let mut body = [order.n16(1), order.n16(9)].concat();
        body.extend([0, 3, 2, 60].map(|value| order.n32(value)).concat());
        body.extend(b"pb");
        bytes.extend(block(order, 2, &body));
        assert_eq!(frames(&bytes), [Seen { number: 1, time: 3000, link: 101, data: b"pb".to_vec(), original: 60 }]);
    }
}

/// As tshark 4.0 numbers them, tried block by block.
#[test]
fn blocks_that_are_no_frames_are_skipped_and_some_are_numbered() {
    for (kind, numbered) in [(4, false), (5, false), (10, false), (0x1234, false), (0x8000_0001, false), (9, true), (0xbad, true)] {
        let mut bytes = section(Order::Little);
        bytes.extend(interface(Order::Little, 1, 0, &[]));
        bytes.extend(enhanced(Order::Little, 0, 1, b"before"));
        bytes.extend(block(Order::Little, kind, &[1; 300]));
        bytes.extend(enhanced(Order::Little, 0, 2, b"after"));
        let (seen, warnings) = read_in_steps(&bytes, 64, 7).unwrap();
        assert_eq!(warnings, []);
        assert_eq!(seen.last().unwrap().number, if numbered { 3 } else { 2 }, "block {kind:#x}");
    }
}

#[test]
fn options_behind_a_packet_are_not_data() {
    let mut body = [0, 0, 1, 3, 3].map(u32::to_le_bytes).concat();
    body.extend(b"abc\0");
    body.extend(hex!("0100 0400 74657874 0000 0000"));
    let mut bytes = section(Order::Little);
    bytes.extend(interface(Order::Little, 1, 0, &[]));
    bytes.extend(block(Order::Little, 6, &body));
    assert_eq!(frames(&bytes)[0].data, b"abc");
}

#[test]
fn any_chunking_gives_the_same_frames() {
    let mut pcapng = section(Order::Big);
    pcapng.extend(interface(Order::Big, 1, 0, &[(9, &[9])]));
    for number in 0..20 {
        pcapng.extend(enhanced(Order::Big, 0, number, &vec![3; number as usize * 17]));
        pcapng.extend(block(Order::Big, 10, &[0; 100]));
    }
    let datas: Vec<Vec<u8>> = (0..50).map(|number| vec![number as u8; number * 13]).collect();
    let pcap = pcap_from(1, &datas.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for bytes in [pcap, pcapng] {
        let whole = frames(&bytes);
        for (buffer, step) in [(1, 1), (64, 1), (64, usize::MAX), (100, 3), (1000, 1000)] {
            assert_eq!(read_in_steps(&bytes, buffer, step).unwrap(), (whole.clone(), vec![]), "buffer {buffer}, step {step}");
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// [`sample`] by the zstd tool 1.5.4, in two frames cut at byte 40, with a skippable frame between.
fn zstd() -> Vec<u8> {
    ZSTD.to_vec()
}

const ZSTD: &[u8] = &hex!(
    "28b52ffd04581d0100d8d4c3b2a102000400ffff000001000000e8030005000000050000000200407802700123d6ec58532a4d180500000068656c6c
     6f28b52ffd0458fd0000a86669727374e90300ea0b7468697264206672616d650300bb2c33b37b002e0095c866"
);

/// [`sample`], compressed each way in two members.
fn compressed() -> [Vec<u8>; 3] {
    let sample = sample();
    let (head, tail) = sample.split_at(40);
    [[gzip(head), gzip(tail)].concat(), zstd(), [lz4(head), lz4(tail)].concat()]
}

#[test]
fn compression_is_known_by_content_and_members_are_joined() {
    for bytes in compressed() {
        assert_eq!(frames(&bytes), frames(&sample()));
        assert_eq!(read_in_steps(&bytes, 64, 1).unwrap(), (frames(&sample()), vec![]));
    }
}

#[test]
fn compressed_data_cut_at_every_byte_give_what_was_whole() {
    let whole = frames(&sample());
    for bytes in compressed() {
        for cut in 0..bytes.len() {
            match read(&bytes[..cut]) {
                Ok((seen, warnings)) => {
                    assert!(whole.starts_with(&seen));
                    assert!(seen.len() == whole.len() || warnings.len() == 1, "cut at {cut} of {}", bytes.len());
                }
                Err(CaptureError::NotACapture { .. } | CaptureError::HeaderCut { .. } | CaptureError::Empty { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[test]
fn compressed_data_with_any_byte_wrong_do_no_harm() {
    let whole = frames(&sample());
    for bytes in compressed() {
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x5a;
            if let Ok((seen, warnings)) = read(&bytes) {
                assert!(seen == whole || !warnings.is_empty() || seen.len() <= whole.len());
            }
        }
    }
}

#[test]
fn damaged_gzip_says_so() {
    let mut bytes = gzip(&sample());
    let checksum = bytes.len() - 6;
    bytes[checksum] ^= 1;
    let (seen, warnings) = read(&bytes).unwrap();
    assert_eq!(seen, frames(&sample()));
    assert_eq!(
        warnings[0].to_string(),
        "test: damaged at byte 88 (decompressed), after frame 3 (gzip: corrupt gzip stream does not have a matching checksum): \
         analysed up to there"
    );
}

#[test]
fn what_was_dropped_while_recording_is_told() {
    for order in Order::BOTH {
        let half = |drops: &[(u32, [u64; 2])]| {
            let mut bytes =
                [section(order), interface(order, 1, 0, &[]), interface(order, 1, 0, &[]), enhanced(order, 0, 1, b"x")].concat();
            drops.iter().for_each(|(of, dropped)| bytes.extend(statistics(order, *of, *dropped)));
            bytes
        };
        let told = |bytes: &[u8]| read(bytes).unwrap().1.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told(&half(&[(0, [0, 0]), (1, [0, 0]), (9, [7, 7])])), [] as [&str; 0]);
        // The latest of an interface counts for it; sections are recordings of their own.
        let both = [half(&[(0, [1, 2]), (0, [3, 4]), (1, [10, 0])]), half(&[(1, [100, 0])])].concat();
        let [warning] = &told(&both)[..] else { panic!("{:?}", told(&both)) };
        assert!(
            warning.ends_with(": its recorder had dropped 117 frames by its end: what is missing may have been on the wire"),
            "{warning}"
        );
    }
}
