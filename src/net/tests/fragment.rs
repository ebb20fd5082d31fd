//! Fragments: order, overlap, bounds, age, and a random test against a plain byte map.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::net::FragmentLimits;

/// A fragment of an IPv4 datagram: `id`, byte range of `payload`, whether more follow.
fn v4_fragment(protocol: u8, id: u16, payload: &[u8], range: std::ops::Range<usize>, more: bool) -> Vec<u8> {
    let mut data = ipv4(protocol, &payload[range.clone()]);
    data[4..6].copy_from_slice(&id.to_be_bytes());
    let offset = u16::try_from(range.start / 8).unwrap() | if more { 0x2000 } else { 0 };
    data[6..8].copy_from_slice(&offset.to_be_bytes());
    data
}

fn v6_fragment(next: u8, id: u32, payload: &[u8], range: std::ops::Range<usize>, more: bool) -> Vec<u8> {
    let offset = u16::try_from(range.start).unwrap() | u16::from(more);
    let header = join(&[&[next, 0], &offset.to_be_bytes(), &id.to_be_bytes()]);
    ipv6(44, &join(&[&header, &payload[range]]))
}

/// A TCP segment with `len` bytes of payload, without the IP header.
fn segment(len: usize) -> Vec<u8> {
    let payload: Vec<u8> = (0..=255).cycle().take(len).collect();
    tcp4_with(&payload)[20..].to_vec()
}

fn push(decoder: &mut Decoder, data: &[u8], seconds: i64) -> Result<Decoded, SkipReason> {
    push_snapped(decoder, data, data.len(), seconds)
}

fn push_snapped(decoder: &mut Decoder, data: &[u8], original_len: usize, seconds: i64) -> Result<Decoded, SkipReason> {
    let time = Timestamp::from_nanos(seconds * 1_000_000_000);
    decoder.decode(&frame(LinkType::RAW, data, u32::try_from(original_len).unwrap(), time)).map(Decoded::from)
}

const KEPT: Result<Decoded, SkipReason> = Err(SkipReason::Fragment);
const DROPPED: Result<Decoded, SkipReason> = Err(SkipReason::FragmentDropped);

#[test]
fn fragments_in_any_order_become_the_segment() {
    let whole = segment(100);
    let ranges = [(0..48, true), (48..96, true), (96..120, false)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for v6 in [false, true] {
            let mut decoder = Decoder::default();
            let mut results = order.map(|index| {
                let (range, more) = ranges[index].clone();
                let data = if v6 { v6_fragment(6, 7, &whole, range, more) } else { v4_fragment(6, 7, &whole, range, more) };
                push(&mut decoder, &data, 0)
            });
            let last = std::mem::replace(&mut results[2], KEPT).unwrap();
            assert_eq!(results, [KEPT, KEPT, KEPT], "{order:?}");
            assert_eq!((last.payload.as_slice(), last.payload_len), (&whole[20..], 100), "{order:?}");
            assert_eq!((decoder.fragments_waiting(), decoder.fragments_dropped()), (0, 0));
        }
    }
}

#[test]
fn atomic_fragment_is_decoded_directly() {
    let whole = segment(4);
    let mut decoder = Decoder::default();
    assert!(push(&mut decoder, &v6_fragment(6, 7, &whole, 0..24, false), 0).is_ok());
    assert_eq!(decoder.fragments_waiting(), 0);
}

#[test]
fn first_copy_of_overlapping_bytes_wins() {
    let (first, second) = (segment(76), vec![0xee; 96]);
    let mut decoder = Decoder::default();
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &first, 24..48, true), 0), KEPT);
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &second, 24..64, true), 0), KEPT);
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &first, 0..56, true), 0), KEPT);
    let got = push(&mut decoder, &v4_fragment(6, 1, &first, 40..96, false), 0).unwrap();
    let expected = join(&[&first[20..48], &second[48..64], &first[64..96]]);
    assert_eq!(got.payload, expected);
}

#[test]
fn duplicates_cost_nothing() {
    let whole = segment(76);
    let limits = FragmentLimits { bytes: 48 + 64, ..FragmentLimits::default() };
    let mut decoder = Decoder::new(limits);
    for _ in 0..1000 {
        assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &whole, 0..48, true), 0), KEPT);
    }
    assert!(push(&mut decoder, &v4_fragment(6, 1, &whole, 48..96, false), 0).is_ok());
    assert_eq!(decoder.fragments_dropped(), 0);
}

#[test]
fn datagrams_are_told_apart_by_address_id_and_protocol() {
    let whole = segment(76);
    let mut decoder = Decoder::default();
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &whole, 0..48, true), 0), KEPT);
    assert_eq!(push(&mut decoder, &v4_fragment(6, 2, &whole, 48..96, false), 0), KEPT);
    assert_eq!(push(&mut decoder, &v4_fragment(17, 1, &whole, 48..96, false), 0), KEPT);
    let mut other_source = v4_fragment(6, 1, &whole, 48..96, false);
    other_source[15] ^= 1;
    assert_eq!(push(&mut decoder, &other_source, 0), KEPT);
    assert_eq!(decoder.fragments_waiting(), 4);
    assert!(push(&mut decoder, &v4_fragment(6, 1, &whole, 48..96, false), 0).is_ok());
}

#[test]
fn fragments_of_other_protocols_are_not_kept() {
    let mut decoder = Decoder::default();
    let body = vec![0; 96];
    assert_eq!(push(&mut decoder, &v4_fragment(1, 1, &body, 0..48, true), 0), Err(SkipReason::Icmp));
    assert_eq!(push(&mut decoder, &v6_fragment(58, 1, &body, 48..96, false), 0), Err(SkipReason::Icmpv6));
    assert_eq!(decoder.fragments_waiting(), 0);
}

#[test]
fn impossible_fragments_are_malformed() {
    let body = vec![0; 70_000];
    let malformed = Err(SkipReason::Malformed(Layer::Fragment));
    let mut decoder = Decoder::default();
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 0..47, true), 0), malformed, "not a multiple of eight");
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 8..8, false), 0), malformed, "empty");
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 65_528..65_544, false), 0), malformed, "ends beyond 65 535");
    assert_eq!(decoder.fragments_waiting(), 0);
}

#[test]
fn contradicting_ends_are_dropped() {
    let body = segment(76);
    let mut decoder = Decoder::default();
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 48..96, false), 0), KEPT);
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 48..72, false), 0), DROPPED, "another end");
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &[0; 200], 96..104, true), 0), DROPPED, "beyond the end");
    assert_eq!(decoder.fragments_dropped(), 2);
    let got = push(&mut decoder, &v4_fragment(6, 1, &body, 0..48, true), 0).unwrap();
    assert_eq!(got.payload, body[20..]);

    assert_eq!(push(&mut decoder, &v4_fragment(6, 2, &body, 48..96, true), 0), KEPT);
    assert_eq!(push(&mut decoder, &v4_fragment(6, 2, &body, 24..48, false), 0), DROPPED, "an end before bytes already there");
}

#[test]
fn age_is_capture_time_in_both_directions() {
    let body = segment(76);
    for (later, whole) in [(30, true), (31, false), (-30, true), (-31, false)] {
        let mut decoder = Decoder::default();
        assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 0..48, true), 100), KEPT);
        let got = push(&mut decoder, &v4_fragment(6, 1, &body, 48..96, false), 100 + later);
        assert_eq!(got.is_ok(), whole, "{later} s");
        assert_eq!(decoder.fragments_dropped(), u64::from(!whole), "{later} s");
    }
}

#[test]
fn oldest_datagram_is_given_up_at_the_bound() {
    let body = segment(76);
    let mut decoder = Decoder::new(FragmentLimits { datagrams: 2, ..FragmentLimits::default() });
    for id in 1..=3 {
        assert_eq!(push(&mut decoder, &v4_fragment(6, id, &body, 0..48, true), 0), KEPT);
    }
    assert_eq!((decoder.fragments_waiting(), decoder.fragments_dropped()), (2, 1));
    assert!(push(&mut decoder, &v4_fragment(6, 2, &body, 48..96, false), 0).is_ok());
    assert!(push(&mut decoder, &v4_fragment(6, 3, &body, 48..96, false), 0).is_ok());
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 48..96, false), 0), KEPT, "its first half is gone");

    let mut decoder = Decoder::new(FragmentLimits { datagrams: 0, ..FragmentLimits::default() });
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 0..48, true), 0), DROPPED);
    let mut decoder = Decoder::new(FragmentLimits { bytes: 40, ..FragmentLimits::default() });
    assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &body, 0..48, true), 0), DROPPED);
    assert_eq!((decoder.fragments_waiting(), decoder.fragments_dropped()), (0, 1));
}

#[test]
fn snapped_fragment_keeps_the_stated_length() {
    let body = segment(76);
    let mut decoder = Decoder::default();
    let first = v4_fragment(6, 1, &body, 0..48, true);
    assert_eq!(push_snapped(&mut decoder, &first[..20 + 30], first.len(), 0), KEPT);
    let got = push(&mut decoder, &v4_fragment(6, 1, &body, 48..96, false), 0).unwrap();
    assert_eq!((got.payload.as_slice(), got.payload_len), (&body[20..30], 76), "the captured bytes end at the hole");
}

#[test]
fn fragmented_tunnel_packet_is_opened() {
    let vxlan = join(&[&hex!("08000000 00002a 00"), &ethernet(0x0800, &tcp4())]);
    let udp = udp4(54321, 4789, &vxlan)[20..].to_vec();
    let mut decoder = Decoder::default();
    assert_eq!(push(&mut decoder, &v4_fragment(17, 1, &udp, 0..40, true), 0), KEPT);
    assert_eq!(push(&mut decoder, &v4_fragment(17, 1, &udp, 40..udp.len(), false), 0), segment4());
}

#[test]
fn fragment_inside_a_fragmented_datagram() {
    let body = segment(76);
    let halves = [v4_fragment(6, 9, &body, 0..48, true), v4_fragment(6, 9, &body, 48..96, false)];
    let mut decoder = Decoder::default();
    let mut last = KEPT;
    for (id, half) in (1..).zip(&halves) {
        assert_eq!(last, KEPT);
        assert_eq!(push(&mut decoder, &v4_fragment(4, id, half, 0..40, true), 0), KEPT);
        last = push(&mut decoder, &v4_fragment(4, id, half, 40..half.len(), false), 0);
    }
    assert_eq!(last.unwrap().payload, body[20..]);
    assert_eq!((decoder.fragments_waiting(), decoder.fragments_dropped()), (0, 0));
}

/// Offset and length in units of eight bytes, and a fill value that tells the fragments apart.
fn any_pieces() -> impl Strategy<Value = Vec<(usize, usize, u8)>> {
    prop::collection::vec((0_usize..12, 1_usize..6, any::<u8>()), 1..20)
}

proptest! {
    /// Against a map from offset to the first byte seen there. A fixed first fragment holds the TCP header, so that any fill value
    /// decodes.
    #[test]
    fn reassembly_agrees_with_a_byte_map(pieces in any_pieces()) {
        const TOTAL: usize = 160;
        let header = segment(TOTAL - 20)[..24].to_vec();
        let mut decoder = Decoder::default();
        let mut model: BTreeMap<usize, u8> = header.iter().copied().enumerate().collect();
        prop_assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &header, 0..24, true), 0), KEPT);
        for (offset, length, fill) in pieces {
            let (from, to) = (offset * 8, ((offset + length) * 8).min(TOTAL - 8));
            prop_assume!(from < to);
            prop_assert_eq!(push(&mut decoder, &v4_fragment(6, 1, &[fill; TOTAL], from..to, true), 0), KEPT);
            (from..to).for_each(|at| { model.entry(at).or_insert(fill); });
        }
        (TOTAL - 8..TOTAL).for_each(|at| { model.insert(at, 0xaa); });
        let mut got = push(&mut decoder, &v4_fragment(6, 1, &[0xaa; TOTAL], TOTAL - 8..TOTAL, false), 0);
        for at in (0..TOTAL).step_by(8) {
            if !model.contains_key(&at) {
                prop_assert_eq!(&got, &KEPT);
                got = push(&mut decoder, &v4_fragment(6, 1, &[0xbb; TOTAL], at..at + 8, true), 0);
                (at..at + 8).for_each(|at| { model.insert(at, 0xbb); });
            }
        }
        let expected: Vec<u8> = model.into_values().skip(20).collect();
        prop_assert_eq!(got.unwrap().payload, expected);
    }

    /// Whatever arrives: the bounds hold, and every fragment is waiting, dropped or part of a whole.
    #[test]
    fn bounds_hold_under_any_fragments(
        fragments in prop::collection::vec((0_u16..20, 0_usize..100, 1_usize..20, any::<bool>(), 0_i64..100), 1..200),
    ) {
        let limits = FragmentLimits { datagrams: 5, bytes: 2000, age: Duration::from_secs(30) };
        let mut decoder = Decoder::new(limits);
        let body = vec![0; 2000];
        for (id, offset, length, more, seconds) in fragments {
            let _ = push(&mut decoder, &v4_fragment(6, id, &body, offset * 8..(offset + length) * 8, more), seconds);
            let (datagrams, cost, recount) = decoder.fragments.accounts();
            prop_assert!(datagrams <= limits.datagrams);
            prop_assert!(cost <= limits.bytes);
            prop_assert_eq!(cost, recount);
        }
    }
}
