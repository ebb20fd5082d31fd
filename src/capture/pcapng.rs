//! pcapng: sections of blocks. Section and interface headers are `pcap-parser`'s; the fixed fields of packet blocks are
//! read here, because its packet blocks collect options into a vector per frame. Everything else is skipped unread.

use pcap_parser::pcapng::{
    BOM_MAGIC, CB_MAGIC, DCB_MAGIC, EPB_MAGIC, IDB_MAGIC, ISB_MAGIC, SHB_MAGIC, SJE_MAGIC, SPB_MAGIC, parse_interfacedescriptionblock_be,
    parse_interfacedescriptionblock_le, parse_interfacestatisticsblock_be, parse_interfacestatisticsblock_le, parse_sectionheaderblock,
};
use pcap_parser::{InterfaceDescriptionBlock, OptionCode};

use super::buffer::{Buffer, Outcome, Record, Step, Stop};
use crate::frame::LinkType;
use crate::time::Timestamp;

/// Obsolete Packet Block, which `pcap-parser` does not know.
const PB_MAGIC: u32 = 2;

/// Blocks that are no packets and that Wireshark numbers nevertheless (tried with tshark 4.0): systemd journal entries,
/// custom blocks, and three kinds of sysdig events.
const NUMBERED: [u32; 6] = [SJE_MAGIC, CB_MAGIC, DCB_MAGIC, 0x204, 0x216, 0x221];

/// Type and length before the body of a block, and the length again behind it.
const BLOCK_OVERHEAD: u32 = 12;

/// An Enhanced Packet Block without packet and options; the obsolete Packet Block has the same size.
const PACKET_OVERHEAD: u32 = BLOCK_OVERHEAD + 20;

/// A Simple Packet Block without packet.
const SIMPLE_OVERHEAD: u32 = BLOCK_OVERHEAD + 4;

/// Interfaces in a section. The obsolete block has 16 bits for them, no capture has more, and each costs memory.
const MAX_INTERFACES: usize = 65_536;

/// Longest statistics that are read, in bytes: those of all programs are far shorter, and nothing depends on them.
const MAX_STATISTICS: u32 = 4096;

/// Whether a file that starts with these bytes is pcapng.
pub(super) const fn is_magic(magic: [u8; 4]) -> bool {
    u32::from_le_bytes(magic) == SHB_MAGIC
}

/// The section that is being read.
#[derive(Debug)]
pub(super) struct Pcapng {
    big_endian: bool,
    interfaces: Vec<Interface>,
    /// Frames that the sections before dropped.
    dropped: u64,
    /// For Simple Packet Blocks, which have no time.
    last: Timestamp,
    limit: u32,
}

/// What an Interface Description Block says about its frames.
#[derive(Debug)]
struct Interface {
    link: LinkType,
    /// 0: no limit.
    snaplen: u32,
    unit: Unit,
    offset_nanos: i64,
    /// Frames dropped by the interface and by the system since the capture began.
    dropped: u64,
}

/// How long a tick of the clock is (`if_tsresol`).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    /// So many nanoseconds.
    Nanos(u64),
    /// A nanosecond has so many ticks.
    PerNano(u64),
    /// A second has 2 to the power of so many ticks.
    Binary(u8),
}

impl Unit {
    /// From the value of the option: a power of ten, or of two if the top bit is set.
    fn new(tsresol: u8) -> Self {
        match tsresol {
            exponent @ 0..=9 => Self::Nanos(10_u64.pow(u32::from(9 - exponent))),
            // Finer than any clock, down to 2^-64 ns: all times are zero then.
            exponent @ 10..=127 => Self::PerNano(10_u64.checked_pow(u32::from(exponent - 9)).unwrap_or(u64::MAX)),
            exponent => Self::Binary(exponent & 0x7f),
        }
    }

    /// Nanoseconds, saturating in the year 2262.
    fn nanos(self, ticks: u64) -> i64 {
        match self {
            Self::Nanos(factor) => i64::try_from(ticks.saturating_mul(factor)).unwrap_or(i64::MAX),
            Self::PerNano(divisor) => i64::try_from(ticks / divisor).unwrap_or(i64::MAX),
            Self::Binary(exponent) => i64::try_from((u128::from(ticks) * 1_000_000_000) >> exponent).unwrap_or(i64::MAX),
        }
    }
}

impl Interface {
    fn new(block: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Self {
        // `pcap-parser` reads `if_tsoffset` as little endian in either kind of section.
        let offset = block.options.iter().find(|option| option.code == OptionCode::IfTsoffset);
        let offset = offset
            .and_then(|option| option.value.first_chunk::<8>())
            .map_or(0, |bytes| if big_endian { i64::from_be_bytes(*bytes) } else { i64::from_le_bytes(*bytes) });
        let [low, high, ..] = block.linktype.0.to_le_bytes();
        Self {
            link: LinkType(u16::from_le_bytes([low, high])),
            snaplen: block.snaplen,
            unit: Unit::new(block.if_tsresol),
            offset_nanos: offset.saturating_mul(1_000_000_000),
            dropped: 0,
        }
    }

    fn time(&self, high: u32, low: u32) -> Timestamp {
        let nanos = self.unit.nanos(u64::from(high) << 32 | u64::from(low));
        Timestamp::from_nanos(nanos.saturating_add(self.offset_nanos))
    }
}

impl Pcapng {
    /// Before the first section header, which [`Pcapng::section`] reads.
    pub(super) fn new(record_limit: usize) -> Self {
        let limit = u32::try_from(record_limit).unwrap_or(u32::MAX);
        Self { big_endian: false, interfaces: Vec::new(), dropped: 0, last: Timestamp::default(), limit }
    }

    /// The next block, into `record` if it is a packet.
    #[inline]
    pub(super) fn next(&mut self, buffer: &mut Buffer, record: &mut Record) -> Outcome {
        if !buffer.want(8)? {
            return buffer.ending();
        }
        let [kind, length] = self.numbers(buffer.available(), 0);
        if kind == SHB_MAGIC {
            return self.section(buffer);
        }
        if length < BLOCK_OVERHEAD || length % 4 != 0 {
            return Stop::damaged(format!("no block can be {length} bytes long"));
        }
        match kind {
            EPB_MAGIC | PB_MAGIC | SPB_MAGIC | IDB_MAGIC | ISB_MAGIC if kind != ISB_MAGIC || length <= MAX_STATISTICS => {
                if length > self.limit {
                    return Stop::damaged(format!("a block of {length} bytes is above the limit of {}", self.limit));
                }
                if !buffer.want(length as usize)? {
                    return Stop::cut();
                }
                let [trailer] = self.numbers(buffer.available(), length as usize - 4);
                if trailer != length {
                    return mismatch(length, trailer);
                }
                match kind {
                    IDB_MAGIC => self.interface(buffer, length),
                    ISB_MAGIC => self.statistics(buffer, length),
                    SPB_MAGIC => self.simple(buffer, length, record),
                    _ => self.packet(buffer, kind, length, record),
                }
            }
            _ => {
                // Of any length: never held in memory.
                if !buffer.skip(u64::from(length) - 4)? || !buffer.want(4)? {
                    return Stop::cut();
                }
                let [trailer] = self.numbers(buffer.available(), 0);
                if trailer != length {
                    return mismatch(length, trailer);
                }
                buffer.consume(4, 0, 0);
                Ok(if NUMBERED.contains(&kind) { Step::Counted } else { Step::Skipped })
            }
        }
    }

    /// Enhanced Packet Block and the obsolete Packet Block: they differ in the width of the interface number.
    #[inline]
    fn packet(&mut self, buffer: &mut Buffer, kind: u32, length: u32, record: &mut Record) -> Outcome {
        let Some(space) = length.checked_sub(PACKET_OVERHEAD) else { return too_short(length) };
        let [id, high, low, captured, original] = self.numbers(buffer.available(), 8);
        // Packet Block: 16 bits of interface and 16 bits of dropped packets, in this order.
        let id = if kind == EPB_MAGIC {
            id
        } else if self.big_endian {
            id >> 16
        } else {
            id & 0xffff
        };
        if captured > space {
            return Stop::damaged(format!("a packet of {captured} bytes in a block of {length}"));
        }
        let Some(interface) = self.interfaces.get(id as usize) else { return undescribed(id) };
        self.last = interface.time(high, low);
        let bytes = buffer.consume(length as usize, 28, captured as usize);
        *record = Record { time: self.last, link: interface.link, bytes, original_len: original.max(captured) };
        Ok(Step::Frame)
    }

    /// Simple Packet Block: first interface, no time, and the captured length follows from the others.
    fn simple(&self, buffer: &mut Buffer, length: u32, record: &mut Record) -> Outcome {
        let Some(space) = length.checked_sub(SIMPLE_OVERHEAD) else { return too_short(length) };
        let [original] = self.numbers(buffer.available(), 8);
        let Some(interface) = self.interfaces.first() else { return undescribed(0) };
        let captured = if interface.snaplen == 0 { original } else { original.min(interface.snaplen) }.min(space);
        let bytes = buffer.consume(length as usize, 12, captured as usize);
        *record = Record { time: self.last, link: interface.link, bytes, original_len: original };
        Ok(Step::Frame)
    }

    fn interface(&mut self, buffer: &mut Buffer, length: u32) -> Outcome {
        let block = buffer.available().get(..length as usize).unwrap_or_default();
        let parse = if self.big_endian { parse_interfacedescriptionblock_be } else { parse_interfacedescriptionblock_le };
        let Ok((_, block)) = parse(block) else { return Stop::damaged("an interface description that cannot be read") };
        if self.interfaces.len() == MAX_INTERFACES {
            return Stop::damaged(format!("more than {MAX_INTERFACES} interfaces"));
        }
        self.interfaces.push(Interface::new(&block, self.big_endian));
        buffer.consume(length as usize, 0, 0);
        Ok(Step::Skipped)
    }

    /// Interface Statistics Block: counts since the capture began.
    fn statistics(&mut self, buffer: &mut Buffer, length: u32) -> Outcome {
        let block = buffer.available().get(..length as usize).unwrap_or_default();
        let parse = if self.big_endian { parse_interfacestatisticsblock_be } else { parse_interfacestatisticsblock_le };
        // Nothing depends on one that cannot be read.
        if let Ok((_, block)) = parse(block)
            && let Some(interface) = self.interfaces.get_mut(block.if_id as usize)
        {
            let drops = block.options.iter().filter(|option| matches!(option.code, OptionCode::IsbIfDrop | OptionCode::IsbOsDrop));
            let counts = drops.filter_map(|option| option.value.first_chunk::<8>());
            let counts = counts.map(|bytes| if self.big_endian { u64::from_be_bytes(*bytes) } else { u64::from_le_bytes(*bytes) });
            // Of several, some may leave it out.
            interface.dropped = interface.dropped.max(counts.fold(0, u64::saturating_add));
        }
        buffer.consume(length as usize, 0, 0);
        Ok(Step::Skipped)
    }

    /// Frames that were dropped while the file was recorded, as far as it says so.
    pub(super) fn dropped(&self) -> u64 {
        self.interfaces.iter().fold(self.dropped, |sum, interface| sum.saturating_add(interface.dropped))
    }

    /// Section Header Block: it alone says which byte order it and its section have.
    pub(super) fn section(&mut self, buffer: &mut Buffer) -> Outcome {
        if !buffer.want(12)? {
            return Stop::cut();
        }
        match buffer.available().get(8..12).and_then(<[_]>::first_chunk) {
            Some(magic) if u32::from_le_bytes(*magic) == BOM_MAGIC => self.big_endian = false,
            Some(magic) if u32::from_be_bytes(*magic) == BOM_MAGIC => self.big_endian = true,
            _ => return Stop::damaged("a section header without byte-order magic"),
        }
        let [length] = self.numbers(buffer.available(), 4);
        if length < 28 || length % 4 != 0 || length > self.limit {
            return Stop::damaged(format!("no section header can be {length} bytes long"));
        }
        if !buffer.want(length as usize)? {
            return Stop::cut();
        }
        let [trailer] = self.numbers(buffer.available(), length as usize - 4);
        if trailer != length {
            return mismatch(length, trailer);
        }
        match parse_sectionheaderblock(buffer.available()) {
            Ok((_, header)) if header.major_version == 1 => {}
            Ok((_, header)) => return Stop::damaged(format!("pcapng version {}, only 1 is known", header.major_version)),
            Err(_) => return Stop::damaged("a section header that cannot be read"),
        }
        buffer.consume(length as usize, 0, 0);
        self.dropped = self.dropped();
        self.interfaces.clear();
        Ok(Step::Skipped)
    }

    /// `N` numbers of 32 bits from `at` on, which the caller has made available; zeros if not.
    #[inline]
    fn numbers<const N: usize>(&self, bytes: &[u8], at: usize) -> [u32; N] {
        let (words, _) = bytes.get(at..).unwrap_or_default().as_chunks::<4>();
        let words = words.first_chunk::<N>().copied().unwrap_or([[0; 4]; N]);
        words.map(|word| if self.big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) })
    }
}

#[cold]
fn mismatch(first: u32, last: u32) -> Outcome {
    Stop::damaged(format!("a block that starts with length {first} and ends with length {last}"))
}

#[cold]
fn too_short(length: u32) -> Outcome {
    Stop::damaged(format!("no packet block can be {length} bytes long"))
}

#[cold]
fn undescribed(id: u32) -> Outcome {
    Stop::damaged(format!("a packet of interface {id}, which is not described"))
}
