//! IP fragments of both versions: kept until their datagram is whole, within bounds that hostile captures cannot move.
//!
//! Where fragments overlap, the copy that came first wins, byte by byte. (RFC 5722 has hosts discard IPv6 datagrams with overlaps,
//! and hosts differ on IPv4; an analyzer that discards would let anyone hide traffic from it.) A fragment cut by the snap length
//! counts with its full length: the datagram becomes whole, and its captured bytes end at the first missing one.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::Inner;
use super::address::{Addresses, OwnedAddresses};
use super::skip::{Layer, SkipReason};
use super::wire::Wire;
use crate::time::Timestamp;

/// Most bytes that an IP payload can have: what the 16-bit length fields of both versions allow.
const MAX_DATAGRAM: usize = 65_535;

/// What a kept piece costs besides its bytes: tree node, allocation, bookkeeping. Counted, so that a flood of 8-byte fragments
/// meets [`FragmentLimits::bytes`] too.
const PIECE_COST: usize = 64;

/// Bounds on the fragments kept. When one is reached, the oldest datagram is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentLimits {
    /// Incomplete datagrams kept at a time.
    pub datagrams: usize,
    /// Bytes kept in all, each piece with 64 bytes of bookkeeping.
    pub bytes: usize,
    /// How long a datagram may take from the first fragment seen to the last, in capture time.
    pub age: Duration,
}

/// 1024 datagrams, 4 MiB, 30 seconds: the latter two as Linux has them (`ipfrag_high_thresh`, `ipfrag_time`).
impl Default for FragmentLimits {
    fn default() -> Self {
        Self { datagrams: 1024, bytes: 4 << 20, age: Duration::from_secs(30) }
    }
}

/// What all fragments of a datagram have in common (RFC 791, section 3.2; RFC 8200, section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct FragmentKey {
    addresses: OwnedAddresses,
    id: u32,
    /// IPv4 only, 0 in IPv6: there, addresses and identification are enough.
    protocol: u8,
}

/// One fragment, as its header describes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    pub addresses: Addresses<'a>,
    /// Identification; 16 bits in IPv4.
    pub id: u32,
    /// Protocol number of the payload; that of the fragment at offset 0 counts.
    pub protocol: u8,
    /// Where it belongs in the payload, in bytes.
    pub offset: usize,
    /// More fragments follow.
    pub more: bool,
    pub data: Wire<'a>,
}

impl Fragment<'_> {
    fn key(&self) -> FragmentKey {
        let protocol = if self.addresses.is_v6() { 0 } else { self.protocol };
        FragmentKey { addresses: self.addresses.to_owned(), id: self.id, protocol }
    }
}

/// The payload of a datagram of which every byte is accounted for.
#[derive(Debug, Default)]
pub(super) struct Whole {
    addresses: OwnedAddresses,
    protocol: u8,
    length: usize,
    /// The captured bytes, up to the first one that the snap length took.
    captured: Vec<u8>,
}

impl Whole {
    pub fn payload(&self) -> Inner<'_> {
        Inner::IpPayload(self.addresses.borrow(), self.protocol, Wire { captured: &self.captured, length: self.length })
    }
}

/// The fragments that wait.
#[derive(Debug)]
pub(super) struct Store {
    limits: FragmentLimits,
    waiting: HashMap<FragmentKey, Datagram>,
    /// The keys of `waiting` by age: exactly one entry for each.
    order: BTreeMap<u64, FragmentKey>,
    next_serial: u64,
    /// Sum of the costs in `waiting`.
    cost: usize,
    dropped: u64,
}

impl Store {
    pub fn new(limits: FragmentLimits) -> Self {
        Self { limits, waiting: HashMap::new(), order: BTreeMap::new(), next_serial: 0, cost: 0, dropped: 0 }
    }

    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub fn waiting(&self) -> u64 {
        self.waiting.values().map(|datagram| datagram.fragments).sum()
    }

    /// Datagrams, their cost as kept, and the same counted anew: for the test of the bounds.
    #[cfg(test)]
    pub fn accounts(&self) -> (usize, usize, usize) {
        let pieces = self.waiting.values().flat_map(|datagram| datagram.pieces.values());
        assert_eq!(self.waiting.len(), self.order.len());
        (self.waiting.len(), self.cost, pieces.map(|piece| piece.captured.len() + PIECE_COST).sum())
    }

    /// Keeps a copy of `fragment`; gives the datagram if it is whole now.
    pub fn add(&mut self, fragment: &Fragment<'_>, time: Timestamp) -> Result<Whole, SkipReason> {
        let length = fragment.data.length;
        let end = fragment.offset.saturating_add(length);
        // All but the last are multiples of eight bytes (RFC 791, section 2.3; RFC 8200, section 4.5).
        if length == 0 || end > MAX_DATAGRAM || (fragment.more && !length.is_multiple_of(8)) {
            return Err(SkipReason::Malformed(Layer::Fragment));
        }
        let key = fragment.key();
        self.give_up_expired(&key, time);

        let datagram = self.waiting.entry(key).or_insert_with(|| {
            let serial = self.next_serial;
            self.next_serial += 1;
            self.order.insert(serial, key);
            Datagram::new(serial, time)
        });
        if !datagram.agrees_with(end, fragment.more) {
            self.dropped += 1;
            return Err(SkipReason::FragmentDropped);
        }
        self.cost += datagram.insert(fragment, end);
        if datagram.is_whole() {
            return self.remove(&key).map(|datagram| datagram.finish(key.addresses)).ok_or(SkipReason::FragmentDropped);
        }

        while self.waiting.len() > self.limits.datagrams || self.cost > self.limits.bytes {
            let Some((_, &oldest)) = self.order.first_key_value() else { break };
            self.give_up(&oldest);
        }
        Err(if self.waiting.contains_key(&key) { SkipReason::Fragment } else { SkipReason::FragmentDropped })
    }

    /// Gives up the datagrams at the old end that are past their age, and that under `key`: a new one may use the same key.
    fn give_up_expired(&mut self, key: &FragmentKey, time: Timestamp) {
        while let Some((_, &oldest)) = self.order.first_key_value()
            && self.waiting.get(&oldest).is_none_or(|datagram| datagram.is_expired(time, self.limits.age))
        {
            self.give_up(&oldest);
        }
        if self.waiting.get(key).is_some_and(|datagram| datagram.is_expired(time, self.limits.age)) {
            self.give_up(key);
        }
    }

    fn give_up(&mut self, key: &FragmentKey) {
        if let Some(datagram) = self.remove(key) {
            self.dropped += datagram.fragments;
        }
    }

    fn remove(&mut self, key: &FragmentKey) -> Option<Datagram> {
        let datagram = self.waiting.remove(key)?;
        self.order.remove(&datagram.serial);
        self.cost -= datagram.cost;
        Some(datagram)
    }
}

/// A datagram under construction. Invariant: pieces do not overlap, none ends beyond `total`, `covered` is the sum of their lengths.
#[derive(Debug)]
struct Datagram {
    serial: u64,
    /// When its first fragment was seen.
    since: Timestamp,
    protocol: u8,
    pieces: BTreeMap<usize, Piece>,
    covered: usize,
    /// Length of the whole payload, known from the last fragment on.
    total: Option<usize>,
    fragments: u64,
    cost: usize,
}

/// Bytes in a row, under their offset.
#[derive(Debug)]
struct Piece {
    length: usize,
    /// The first bytes of it; fewer than `length` where the snap length cut.
    captured: Vec<u8>,
}

impl Datagram {
    fn new(serial: u64, since: Timestamp) -> Self {
        Self { serial, since, protocol: 0, pieces: BTreeMap::new(), covered: 0, total: None, fragments: 0, cost: 0 }
    }

    /// Captures may go backwards in time: far away in either direction is another datagram.
    fn is_expired(&self, now: Timestamp, age: Duration) -> bool {
        now.since(self.since) > age || self.since.since(now) > age
    }

    /// Whether a fragment that ends at `end` fits the length known so far.
    fn agrees_with(&self, end: usize, more: bool) -> bool {
        let highest = self.pieces.last_key_value().map_or(0, |(start, piece)| start + piece.length);
        match self.total {
            Some(total) if more => end <= total,
            Some(total) => end == total,
            None => more || highest <= end,
        }
    }

    /// Fills with `fragment` what no earlier one covers; gives what that costs.
    fn insert(&mut self, fragment: &Fragment<'_>, end: usize) -> usize {
        let start = fragment.offset;
        if start == 0 && !self.pieces.contains_key(&0) {
            self.protocol = fragment.protocol;
        }
        if !fragment.more {
            self.total = Some(end);
        }
        self.fragments += 1;

        let before = self.pieces.range(..=start).next_back();
        let mut at = before.map_or(start, |(&from, piece)| start.max(from + piece.length));
        let mut cost = 0;
        while at < end {
            let next = self.pieces.range(at..).next().map(|(&from, piece)| (from, from + piece.length));
            let gap_end = next.map_or(end, |(from, _)| from.min(end));
            if at < gap_end {
                let from_here = fragment.data.captured.get(at - start..).unwrap_or_default();
                let captured = from_here.get(..gap_end - at).unwrap_or(from_here).to_vec();
                cost += captured.len() + PIECE_COST;
                self.covered += gap_end - at;
                self.pieces.insert(at, Piece { length: gap_end - at, captured });
            }
            at = next.map_or(end, |(_, to)| to);
        }
        self.cost += cost;
        cost
    }

    fn is_whole(&self) -> bool {
        self.total == Some(self.covered)
    }

    fn finish(self, addresses: OwnedAddresses) -> Whole {
        let mut captured = Vec::with_capacity(self.covered);
        for piece in self.pieces.values() {
            captured.extend_from_slice(&piece.captured);
            if piece.captured.len() < piece.length {
                break;
            }
        }
        Whole { addresses, protocol: self.protocol, length: self.covered, captured }
    }
}
