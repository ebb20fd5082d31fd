//! All TCP connections of a capture: finds the one a segment belongs to, numbers them, and lets go of old ones.
//!
//! Memory follows the connections that are alive: a closed one is kept for [`LINGER`] (late retransmissions belong to it),
//! and above [`TableLimits::connections`] the closed ones go first, then those that were silent longest.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use hashbrown::{HashMap, HashTable};

use super::connection::{Connection, Side};
use crate::flow::Endpoint;
use crate::frame::Stamp;
use crate::net::Segment;
use crate::time::Timestamp;

/// How long a closed connection is remembered, in capture time: half of the usual TIME-WAIT of 60 s.
const LINGER: Duration = Duration::from_secs(30);

/// Alarms beyond two for each connection from which on stale ones are looked for: so few that looking is cheap.
const STALE: usize = 1024;

/// How many connections that were let go are known again by their numbers.
const FORMER: usize = 1 << 16;

/// Bounds on the table.
#[derive(Clone, Copy, Debug)]
pub struct TableLimits {
    /// TCP connections tracked at the same time.
    pub connections: usize,
}

impl Default for TableLimits {
    /// 262,144 connections.
    fn default() -> Self {
        Self { connections: 1 << 18 }
    }
}

/// The two ends, the smaller one first, so that both directions find the same entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FlowKey {
    addrs: [u128; 2],
    ports: u32,
}

impl FlowKey {
    /// The key of a segment and the side that sent it.
    fn new(source: Endpoint, destination: Endpoint) -> (Self, Side) {
        let (from, to) = ((address(source.addr), source.port), (address(destination.addr), destination.port));
        let (a, b, side) = if from <= to { (from, to, Side::A) } else { (to, from, Side::B) };
        (Self { addrs: [a.0, b.0], ports: u32::from(a.1) << 16 | u32::from(b.1) }, side)
    }
}

/// IPv4 addresses in the range of IPv6 that stands for them and that no packet carries (RFC 4291, section 2.5.5.2).
fn address(addr: IpAddr) -> u128 {
    match addr {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b] = self.addrs;
        state.write_u128(a);
        state.write_u128(b);
        state.write_u32(self.ports);
    }
}

/// A tracked connection with what its user keeps beside it.
#[derive(Debug)]
pub struct Entry<T> {
    /// 0-based number over all TCP connections of the capture, in the order of their first frame.
    pub number: u64,
    /// TCP state.
    pub connection: Connection,
    /// The user's own.
    pub user: T,
    /// When to look after it, if that was asked for ([`Table::wake`]).
    pub alarm: Option<Timestamp>,
    /// When it was last seen, by the clock of whoever lets go of idle ones.
    pub touched: Timestamp,
    key: FlowKey,
    hash: u64,
    slot: u32,
    closing: bool,
}

/// Names an entry for as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    slot: u32,
    number: u64,
}

impl<T> Entry<T> {
    /// Names it.
    pub fn handle(&self) -> Handle {
        Handle { slot: self.slot, number: self.number }
    }

    /// The two ends, by side.
    pub fn ends(&self) -> [Endpoint; 2] {
        let [a, b] = self.key.addrs.map(|bits| Ipv6Addr::from_bits(bits).to_canonical());
        let ports = self.key.ports;
        [Endpoint { addr: a, port: (ports >> 16) as u16 }, Endpoint { addr: b, port: ports as u16 }]
    }
}

/// Numbers of connections that were let go: what comes of one later has its number, as Wireshark numbers it. By the hashes of
/// their ends, which are small and as good as never alike.
#[derive(Debug, Default)]
struct Former {
    numbers: HashMap<u64, u64, foldhash::fast::RandomState>,
    /// The oldest first; some are stale.
    order: VecDeque<(u64, u64)>,
}

impl Former {
    fn put(&mut self, hash: u64, number: u64) {
        if self.order.len() >= FORMER
            && let Some((oldest, number)) = self.order.pop_front()
            && self.numbers.get(&oldest) == Some(&number)
        {
            self.numbers.remove(&oldest);
        }
        self.numbers.insert(hash, number);
        self.order.push_back((hash, number));
    }

    fn take(&mut self, hash: u64) -> Option<u64> {
        self.numbers.remove(&hash)
    }
}

/// The connections alive (or just closed).
#[derive(Debug)]
pub struct Table<T> {
    index: HashTable<u32>,
    slots: Vec<Option<Entry<T>>>,
    free: Vec<u32>,
    /// Times at which slots with these numbers are to be looked after; some are stale, no more than [`Table::wake`] lets be.
    alarms: BinaryHeap<Reverse<(Timestamp, u32, u64)>>,
    /// Slots of closed connections with their number, in the order of closing.
    closed: VecDeque<(Timestamp, u32, u64)>,
    former: Former,
    hasher: foldhash::fast::RandomState,
    limits: TableLimits,
    numbered: u64,
    followed: u64,
    evicted: u64,
    now: Timestamp,
}

impl<T: Default> Table<T> {
    /// An empty table.
    pub fn new(limits: TableLimits) -> Self {
        Self {
            index: HashTable::new(),
            slots: Vec::new(),
            free: Vec::new(),
            alarms: BinaryHeap::new(),
            closed: VecDeque::new(),
            former: Former::default(),
            hasher: foldhash::fast::RandomState::default(),
            limits,
            numbered: 0,
            followed: 0,
            evicted: 0,
            now: Timestamp::from_nanos(i64::MIN),
        }
    }

    /// The connection of `segment` (a new one if need be) and the side that sent it. Connections that end by this, replaced
    /// by a new SYN, too old or too many, are handed to `ended`.
    pub fn locate(&mut self, segment: &Segment<'_>, stamp: Stamp, ended: &mut impl FnMut(Entry<T>)) -> Option<(&mut Entry<T>, Side)> {
        self.now = self.now.max(stamp.time);
        self.forget_closed(ended);
        let (key, side) = FlowKey::new(segment.source, segment.destination);
        let hash = self.hasher.hash_one(key);
        let found = self.find(hash, &key);
        let reused = |slot: &u32| self.slot(*slot).is_some_and(|entry| entry.connection.is_reused_by(side, segment));
        let slot = match found {
            Some(slot) if !reused(&slot) => slot,
            other => {
                if let Some(slot) = other
                    && let Some(entry) = self.remove(slot)
                {
                    ended(entry);
                }
                self.make_room(ended);
                let opens = segment.flags.syn() && !segment.flags.ack();
                let number = self.former.take(hash).filter(|_| !opens).unwrap_or_else(|| {
                    self.numbered += 1;
                    self.numbered - 1
                });
                self.followed += 1;
                self.insert(Entry {
                    number,
                    connection: Connection::new(stamp),
                    user: T::default(),
                    alarm: None,
                    touched: Timestamp::default(),
                    key,
                    hash,
                    slot: 0,
                    closing: false,
                })
            }
        };
        self.slots.get_mut(slot as usize)?.as_mut().map(|entry| (entry, side))
    }

    /// The connection between two ends, given in any order.
    pub fn get(&self, ends: [Endpoint; 2]) -> Option<&Entry<T>> {
        let [source, destination] = ends;
        let (key, _) = FlowKey::new(source, destination);
        self.slot(self.find(self.hasher.hash_one(key), &key)?)
    }

    /// Time has come to `now`: lets go of closed connections that are old enough.
    pub fn advance(&mut self, now: Timestamp, ended: &mut impl FnMut(Entry<T>)) {
        self.now = self.now.max(now);
        self.forget_closed(ended);
    }

    /// Asks for a look at a connection at some time, unless one sooner was asked for.
    pub fn wake(&mut self, handle: Handle, at: Timestamp) {
        let Handle { slot, number } = handle;
        if let Some(Some(entry)) = self.slots.get_mut(slot as usize)
            && entry.number == number
            && entry.alarm.is_none_or(|alarm| at < alarm)
        {
            entry.alarm = Some(at);
            self.alarms.push(Reverse((at, slot, number)));
            if self.alarms.len() > 2 * self.index.len() + STALE {
                self.forget_stale();
            }
        }
    }

    /// The first time at which there may be a connection to look after.
    #[inline]
    pub fn next_alarm(&self) -> Option<Timestamp> {
        self.alarms.peek().map(|Reverse((at, _, _))| *at)
    }

    /// A connection whose time has come; each once for each time that was asked for.
    pub fn due(&mut self, now: Timestamp) -> Option<Handle> {
        while let Some(Reverse((at, slot, number))) = self.alarms.peek().copied()
            && at <= now
        {
            self.alarms.pop();
            if let Some(Some(entry)) = self.slots.get_mut(slot as usize)
                && entry.number == number
                && entry.alarm == Some(at)
            {
                entry.alarm = None;
                return Some(Handle { slot, number });
            }
        }
        None
    }

    /// A connection by its handle, if it is still there.
    pub fn entry(&mut self, handle: Handle) -> Option<&mut Entry<T>> {
        self.slots.get_mut(handle.slot as usize)?.as_mut().filter(|entry| entry.number == handle.number)
    }

    /// All connections, in no order.
    pub fn entries(&mut self) -> impl Iterator<Item = &mut Entry<T>> {
        self.slots.iter_mut().flatten()
    }

    /// Lets go of a connection.
    pub fn take(&mut self, handle: Handle) -> Option<Entry<T>> {
        self.entry(handle)?;
        self.remove(handle.slot)
    }

    /// Notes that the connection of `segment` has closed; it is forgotten after a while.
    pub fn closed(&mut self, segment: &Segment<'_>) {
        let (key, _) = FlowKey::new(segment.source, segment.destination);
        let Some(slot) = self.find(self.hasher.hash_one(key), &key) else { return };
        if let Some(Some(entry)) = self.slots.get_mut(slot as usize)
            && !entry.closing
        {
            entry.closing = true;
            self.closed.push_back((self.now, slot, entry.number));
        }
    }

    /// Ends all connections, in the order of their numbers.
    pub fn finish(&mut self, ended: &mut impl FnMut(Entry<T>)) {
        let mut all = std::mem::take(&mut self.slots);
        all.sort_unstable_by_key(|entry| entry.as_ref().map(|entry| entry.number));
        self.index.clear();
        self.free.clear();
        self.closed.clear();
        all.into_iter().flatten().for_each(ended);
    }

    /// How many connections there have been; one that was let go and came back counts again.
    pub fn followed(&self) -> u64 {
        self.followed
    }

    /// How many were let go while open, because there were too many.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Each connection has one alarm that counts; those of connections that have ended, and those that came before, are as many as
    /// all others at most when this is done again.
    #[cold]
    fn forget_stale(&mut self) {
        let Self { alarms, slots, .. } = self;
        alarms.retain(|Reverse((at, slot, number))| {
            let entry = slots.get(*slot as usize).and_then(Option::as_ref);
            entry.is_some_and(|entry| entry.number == *number && entry.alarm == Some(*at))
        });
    }

    fn slot(&self, slot: u32) -> Option<&Entry<T>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    fn find(&self, hash: u64, key: &FlowKey) -> Option<u32> {
        self.index.find(hash, |slot| self.slot(*slot).is_some_and(|entry| entry.key == *key)).copied()
    }

    fn insert(&mut self, entry: Entry<T>) -> u32 {
        let hash = entry.hash;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            // `make_room` keeps the slots below `limits.connections`, and that below 2^32.
            (self.slots.len() - 1) as u32
        });
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(Entry { slot, ..entry });
        }
        let slots = &self.slots;
        self.index.insert_unique(hash, slot, |slot| slots.get(*slot as usize).and_then(Option::as_ref).map_or(0, |entry| entry.hash));
        slot
    }

    fn remove(&mut self, slot: u32) -> Option<Entry<T>> {
        let entry = self.slots.get_mut(slot as usize)?.take()?;
        if let Ok(occupied) = self.index.find_entry(entry.hash, |other| *other == slot) {
            occupied.remove();
        }
        self.former.put(entry.hash, entry.number);
        self.free.push(slot);
        Some(entry)
    }

    fn forget_closed(&mut self, ended: &mut impl FnMut(Entry<T>)) {
        while let Some((since, _, _)) = self.closed.front()
            && self.now.since(*since) > LINGER
        {
            self.forget_oldest_closed(ended);
        }
    }

    fn forget_oldest_closed(&mut self, ended: &mut impl FnMut(Entry<T>)) {
        if let Some((_, slot, number)) = self.closed.pop_front()
            && self.slot(slot).is_some_and(|entry| entry.number == number)
            && let Some(entry) = self.remove(slot)
        {
            ended(entry);
        }
    }

    /// Makes sure that one more connection fits: closed ones go first, then the sixteenth that was silent longest, so that
    /// the search for them is rare.
    fn make_room(&mut self, ended: &mut impl FnMut(Entry<T>)) {
        let limit = self.limits.connections.clamp(1, u32::MAX as usize);
        while self.index.len() >= limit && !self.closed.is_empty() {
            self.forget_oldest_closed(ended);
        }
        if self.index.len() < limit {
            return;
        }
        let mut idle: Vec<(Timestamp, u64, u32)> = (0u32..)
            .zip(&self.slots)
            .filter_map(|(slot, entry)| entry.as_ref().map(|entry| (entry.connection.last().time, entry.number, slot)))
            .collect();
        idle.sort_unstable();
        for (_, _, slot) in idle.into_iter().take(limit.div_ceil(16)) {
            if let Some(entry) = self.remove(slot) {
                self.evicted += 1;
                ended(entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::TcpFlags;

    /// A segment from a port to port 0.
    fn segment(port: u16, seq: u32, flags: TcpFlags) -> Segment<'static> {
        let end = |port: u16| Endpoint { addr: IpAddr::V4([10, 0, 0, 1].into()), port };
        Segment { source: end(port), destination: end(0), seq, ack: None, flags, window: 0, payload: &[], payload_len: 0 }
    }

    fn locate(table: &mut Table<()>, segment: &Segment<'_>) -> Handle {
        table.locate(segment, Stamp::default(), &mut |_| {}).expect("a connection").0.handle()
    }

    #[test]
    fn connection_that_was_let_go_keeps_its_number() {
        let mut table = Table::<()>::new(TableLimits::default());
        let handles = [1, 2, 3].map(|port| locate(&mut table, &segment(port, 7, TcpFlags::SYN)));
        assert_eq!(handles.map(|handle| handle.number), [0, 1, 2]);
        table.take(handles[0]);
        table.take(handles[1]);
        assert_eq!(locate(&mut table, &segment(2, 8, TcpFlags::ACK)).number, 1, "it goes on");
        assert_eq!(locate(&mut table, &segment(1, 99, TcpFlags::SYN)).number, 3, "another one between the same ends");
        assert_eq!(locate(&mut table, &segment(4, 7, TcpFlags::SYN)).number, 4);
        assert_eq!((table.numbered, table.followed()), (5, 6));
        // Not more are remembered than there is room for.
        for port in 0..70_000u32 {
            let handle = locate(&mut table, &segment((port % 60_000) as u16 + 5, port, TcpFlags::SYN));
            table.take(handle);
        }
        assert!(table.former.numbers.len() <= FORMER && table.former.order.len() <= FORMER);
    }

    #[test]
    fn alarms_follow_the_connections_that_are_alive() {
        let mut table = Table::<()>::new(TableLimits::default());
        let later = Timestamp::from_nanos(i64::MAX);
        for port in (1..=10_000).cycle().take(50_000) {
            let handle = locate(&mut table, &segment(port, 0, TcpFlags::ACK));
            table.wake(handle, later);
            if !port.is_multiple_of(10) {
                assert!(table.alarms.len() <= 2 * table.index.len() + STALE, "{} alarms", table.alarms.len());
                table.take(handle);
            }
        }
        let alarms = std::iter::from_fn(|| table.due(later)).count();
        assert_eq!((alarms, table.index.len()), (1000, 1000));
    }
}
