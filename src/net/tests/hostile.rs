//! Any bytes at all: no panic, and never a segment that claims less than it shows.

use proptest::prelude::*;

use super::*;
use crate::net::wire::Wire;
use crate::net::{link, tcp};

const LINK_TYPES: [u16; 16] = [0, 1, 9, 12, 14, 50, 51, 101, 108, 113, 204, 228, 229, 276, 147, 65535];

fn decode_any(decoder: &mut Decoder, link: LinkType, data: &[u8], original_len: u32) {
    let frame = frame(link, data, original_len, Timestamp::default());
    if let Some((addresses, tcp)) = link::plain_tcp(link, Wire::new(data, original_len)) {
        assert_eq!(tcp::segment(addresses, tcp), decoder.decode_any(&frame), "both paths agree");
    }
    match decoder.decode(&frame) {
        Ok(segment) => assert!(usize::try_from(segment.payload_len).unwrap() >= segment.payload.len()),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes(data in prop::collection::vec(any::<u8>(), 0..200), original_len in any::<u32>()) {
        let mut decoder = Decoder::default();
        for link in LINK_TYPES {
            decode_any(&mut decoder, LinkType(link), &data, original_len);
        }
    }

    /// Random bytes behind headers that get past the first checks.
    #[test]
    fn random_payloads_of_ip(protocol in any::<u8>(), data in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut decoder = Decoder::default();
        for data in [ipv4(protocol, &data), ipv6(protocol, &data), udp4(1, 4789, &data), udp4(1, 6081, &data)] {
            decode_any(&mut decoder, LinkType::RAW, &data, 0);
        }
    }

    /// A few bytes of a good frame changed: most of it stays plausible.
    #[test]
    fn mutated_samples(
        index in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let samples = samples();
        let (_, link, mut data) = samples[index.index(samples.len())].clone();
        let original_len = u32::try_from(data.len()).unwrap();
        for (at, value) in changes {
            let at = at.index(data.len());
            data[at] = value;
        }
        let mut decoder = Decoder::default();
        decode_any(&mut decoder, link, &data, original_len);
        decode_any(&mut decoder, link, &data[..cut.index(data.len())], original_len);
    }
}
