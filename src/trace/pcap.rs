//! A [`Recording`] as a file of classic pcap, for other tools to read.

use super::Recording;
use crate::frame::LinkType;

/// What a time stamp of the file counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Microseconds, which every tool reads.
    Micros,
    /// Nanoseconds.
    Nanos,
}

/// Longest frame, as every writer of libpcap states it.
const SNAP_LENGTH: u32 = 262_144;

impl Recording {
    /// The bytes of a pcap file, little-endian.
    pub fn pcap(&self, resolution: Resolution) -> Vec<u8> {
        let (magic, nanos_per_tick): (u32, i64) = match resolution {
            Resolution::Micros => (0xa1b2_c3d4, 1_000),
            Resolution::Nanos => (0xa1b2_3c4d, 1),
        };
        let version = 2 | 4 << 16;
        let mut out = Vec::new();
        let words = |out: &mut Vec<u8>, words: &[u32]| out.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        words(&mut out, &[magic, version, 0, 0, SNAP_LENGTH, u32::from(LinkType::ETHERNET.0)]);
        for frame in self.frames() {
            let nanos = frame.time.as_nanos();
            let seconds = u32::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(u32::MAX);
            let ticks = nanos.rem_euclid(1_000_000_000) / nanos_per_tick;
            words(&mut out, &[seconds, u32::try_from(ticks).unwrap_or(0), frame.original_len, frame.original_len]);
            out.extend_from_slice(frame.data);
        }
        out
    }
}
