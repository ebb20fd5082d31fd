//! Classic pcap: one file header, then records. The file header is `pcap-parser`'s; the 16 bytes before each frame are
//! read here, because that is the hottest loop of the program and a nom parser per record halves its speed.

use pcap_parser::parse_pcap_header;

use super::buffer::{Buffer, Outcome, Record, Step, Stop};
use crate::frame::LinkType;
use crate::time::Timestamp;

/// Length of the file header in bytes.
pub(super) const FILE_HEADER: usize = 24;

/// Length of a record header in bytes.
const RECORD_HEADER: usize = 16;

/// Kuznetzov's patched libpcap (Linux 2.2) added interface index, protocol and packet type behind each record header.
const MODIFIED_EXTRA: usize = 8;

/// libpcap's `MAXIMUM_SNAPLEN`: it writes no longer record, whatever the file header says, and the header of many
/// writers says 65535 and lies. Above this and above the header's snap length, a record is garbage.
const MAXIMUM_SNAPLEN: usize = 262_144;

/// What the file header says about all records.
#[derive(Debug)]
pub(super) struct Pcap {
    big_endian: bool,
    nanos_per_tick: i64,
    link: LinkType,
    header: usize,
    limit: usize,
}

/// Whether a file that starts with these bytes is classic pcap.
pub(super) const fn is_magic(magic: [u8; 4]) -> bool {
    matches!(u32::from_le_bytes(magic), 0xa1b2_c3d4 | 0xd4c3_b2a1 | 0xa1b2_3c4d | 0x4d3c_b2a1 | 0xa1b2_cd34)
}

impl Pcap {
    /// Reads the file header; `None` if it is none.
    pub(super) fn parse(header: &[u8], record_limit: usize) -> Option<Self> {
        let (_, header) = parse_pcap_header(header).ok()?;
        // The upper bits hold the length of a frame check sequence and a class; LINKTYPE_ numbers are 16 bits.
        let [low, high, ..] = header.network.0.to_le_bytes();
        Some(Self {
            big_endian: header.is_bigendian(),
            nanos_per_tick: if header.is_nanosecond_precision() { 1 } else { 1_000 },
            link: LinkType(u16::from_le_bytes([low, high])),
            header: RECORD_HEADER + if header.is_modified_format() { MODIFIED_EXTRA } else { 0 },
            limit: (header.snaplen as usize).max(MAXIMUM_SNAPLEN).min(record_limit),
        })
    }

    /// The next record, into `record` if there is one.
    #[inline]
    pub(super) fn next(&self, buffer: &mut Buffer, record: &mut Record) -> Outcome {
        if !buffer.want(self.header)? {
            return buffer.ending();
        }
        let Some(header) = buffer.available().first_chunk::<RECORD_HEADER>() else { return buffer.ending() };
        let ([seconds, ticks, captured, original], _) = header.as_chunks::<4>() else { return buffer.ending() };
        let number = |bytes: &[u8; 4]| if self.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) };
        let captured = number(captured);
        if captured as usize > self.limit {
            return Stop::damaged(format!("no record can be {captured} bytes long"));
        }
        // A file system that lost its last blocks leaves zeros, which would read as endless empty frames of 1970.
        if captured == 0 && *header == [0; RECORD_HEADER] {
            return Stop::damaged("zeros where a record should start");
        }
        record.time = Timestamp::from_nanos(i64::from(number(seconds)) * 1_000_000_000 + i64::from(number(ticks)) * self.nanos_per_tick);
        record.link = self.link;
        record.original_len = number(original).max(captured);
        let size = self.header + captured as usize;
        if !buffer.want(size)? {
            return Stop::cut();
        }
        record.bytes = buffer.consume(size, self.header, captured as usize);
        Ok(Step::Frame)
    }
}
