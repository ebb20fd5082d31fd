//! The state machine that cuts packets; see the module above for what it promises.

use super::resync::{Found, Plausibility, Search, plausibility};
use super::utf8::Utf8;
use super::{Completeness, Framed, PassedPayload, Position, Reader, Unit, is_text};
use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::{Body, FixedHeader, HeaderStatus, PacketType, Version, decode, fixed_header, publish_head_len};

/// How many well-formed packets in a row make a boundary certain that was found by looking for one.
const CONFIDENCE: u8 = 8;

/// How many bytes are searched for a boundary at a time.
const SEARCHED: usize = 2048;

/// Bounds on what one direction keeps.
#[derive(Clone, Copy, Debug)]
pub struct FramerLimits {
    /// Bytes of one packet kept while it is incomplete (of a PUBLISH: of the part before the payload). Longer packets are
    /// counted and named, not decoded.
    pub packet: usize,
}

impl Default for FramerLimits {
    /// 1 MiB.
    fn default() -> Self {
        Self { packet: 1 << 20 }
    }
}

/// Cuts the stream that `role` sends.
#[derive(Debug)]
pub struct Framer {
    role: Role,
    state: State,
    /// Well-formed packets since the boundary was found; `None` if the stream was read from its start.
    resumed: Option<u8>,
    limits: FramerLimits,
}

#[derive(Debug)]
enum State {
    /// At a packet boundary.
    Boundary,
    /// Inside a packet whose bytes are kept.
    Open(Box<Open>),
    /// Looking for a boundary.
    Lost(Box<Search>),
}

/// A packet that is not complete yet.
#[derive(Debug)]
struct Open {
    begin: Position,
    /// The bytes kept, from the first byte of the packet.
    kept: Vec<u8>,
    header: Option<FixedHeader>,
    /// Body bytes before the payload of a PUBLISH, once known.
    head: Option<usize>,
    /// Set once the rest of the body is not kept: how many bytes are still to come.
    passing: Option<u64>,
    digest: crc32fast::Hasher,
    /// Set if the payload is said to be UTF-8.
    text: Option<Utf8>,
    completeness: Completeness,
    delayed: bool,
}

impl Framer {
    /// A framer for what `role` sends, reading from the start of the stream or from somewhere in it.
    pub fn new(role: Role, from_start: bool, limits: FramerLimits) -> Self {
        let state = if from_start { State::Boundary } else { State::Lost(Box::new(Search::aligned())) };
        Self { role, state, resumed: (!from_start).then_some(0), limits }
    }

    /// Bytes kept at present.
    pub fn kept_bytes(&self) -> usize {
        match &self.state {
            State::Boundary => 0,
            State::Open(open) => open.kept.len(),
            State::Lost(search) => search.kept_bytes(),
        }
    }

    /// Where a packet began whose end has not come.
    pub fn unfinished(&self) -> Option<Stamp> {
        match &self.state {
            State::Open(open) => Some(open.begin.stamp),
            State::Boundary | State::Lost(_) => None,
        }
    }

    /// From which offset on bytes were taken that may yet turn out to be other packets than it seems, or packets at all: a
    /// boundary is looked for, or was guessed. `None` if there are none.
    pub fn unsettled(&self) -> Option<u64> {
        match &self.state {
            State::Lost(search) => search.begin(),
            State::Open(open) if !self.is_certain() => Some(open.begin.offset),
            State::Open(_) | State::Boundary => None,
        }
    }

    /// Drops what is kept of an incomplete packet, to save memory: it will be told as oversize.
    pub fn drop_kept(&mut self) {
        if let State::Open(open) = &mut self.state {
            open.drop_kept();
        }
    }

    /// Takes the next bytes of the stream.
    pub fn bytes(&mut self, mut data: &[u8], mut at: Position, reader: &mut impl Reader) {
        while !data.is_empty() {
            let (used, found) = self.step(data, at, reader);
            data = data.get(used..).unwrap_or(&[]);
            at.offset += used as u64;
            if let Some(found) = found {
                self.read_again(found, reader);
            }
        }
    }

    /// Takes some of the bytes; returns how many, and what is to be read before the others.
    #[inline]
    fn step(&mut self, data: &[u8], at: Position, reader: &mut impl Reader) -> (usize, Option<Found>) {
        match &self.state {
            State::Boundary => (self.at_boundary(data, at, reader), None),
            State::Open(_) => (self.inside(data, at, reader), None),
            State::Lost(_) => self.search(data, at, reader),
        }
    }

    /// Reads from a boundary on what a search has kept. In it the boundary may be lost and found again, any number of times: hence
    /// a stack, and not a call within a call.
    fn read_again(&mut self, found: Found, reader: &mut impl Reader) {
        let mut stack = vec![found];
        while let Some(Found { kept, spans, .. }) = stack.last_mut() {
            let Some((range, at)) = spans.last_mut().filter(|(range, _)| !range.is_empty()) else {
                spans.pop();
                if spans.is_empty() {
                    stack.pop();
                }
                continue;
            };
            let (used, found) = self.step(kept.get(range.clone()).unwrap_or(&[]), *at, reader);
            range.start += used;
            at.offset += used as u64;
            if let Some(found) = found {
                if spans.iter().all(|(range, _)| range.is_empty()) {
                    stack.pop();
                }
                stack.push(found);
            }
        }
    }

    /// Takes note that `len` bytes of the stream are missing at `at`.
    pub fn gap(&mut self, len: u64, at: Position, reader: &mut impl Reader) {
        self.end_search(reader);
        if let State::Open(open) = &mut self.state
            && let Some(header) = open.header
        {
            open.miss(header);
            let left = open.left(header);
            open.passing = Some(left.saturating_sub(len));
            if left >= len {
                if left == len {
                    self.complete(at.stamp, reader);
                }
                return;
            }
            self.complete(at.stamp, reader);
        }
        self.lose(at, reader, Search::aligned());
    }

    /// The stream has ended: what could still be a packet is told.
    pub fn finish(&mut self, reader: &mut impl Reader) {
        self.end_search(reader);
    }

    fn at_boundary(&mut self, data: &[u8], at: Position, reader: &mut impl Reader) -> usize {
        if let HeaderStatus::Complete(header) = fixed_header(data)
            && let Some(packet) = data.get(..header.packet_len())
        {
            let body = packet.get(header.len()..).unwrap_or(&[]);
            if self.is_implausible(header, body) {
                self.lose(at, reader, Search::unaligned());
                return 0;
            }
            let framed = Framed {
                header,
                body,
                begin: at,
                end: at.stamp,
                delayed: at.delayed,
                completeness: Completeness::Whole,
                certain: self.is_certain(),
                passed_payload: None,
            };
            reader.take(Unit::Packet(framed));
            self.confirm();
            return packet.len();
        }
        self.state = State::Open(Box::new(Open::new(at)));
        0
    }

    /// Gives bytes to the open packet; returns how many it took.
    fn inside(&mut self, data: &[u8], at: Position, reader: &mut impl Reader) -> usize {
        let State::Open(open) = &mut self.state else { return 0 };
        open.delayed |= at.delayed;
        let Some(header) = open.header else {
            let Some((first, _)) = data.split_first() else { return 0 };
            open.kept.push(*first);
            match fixed_header(&open.kept) {
                HeaderStatus::Incomplete => {}
                HeaderStatus::Complete(header) => {
                    open.header = Some(header);
                    self.look_ahead(header, at, reader);
                }
                HeaderStatus::LengthTooLong => {
                    let (bytes, begin) = (std::mem::take(&mut open.kept), open.begin);
                    reader.take(Unit::BadLength { bytes: &bytes, begin, certain: self.is_certain() });
                    self.lose(at, reader, Search::unaligned());
                }
            }
            return 1;
        };
        if let Some(left) = open.passing {
            let used = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
            if open.completeness == Completeness::Whole {
                let payload = data.get(..used).unwrap_or(&[]);
                open.digest.update(payload);
                if let Some(text) = &mut open.text {
                    text.add(payload);
                }
            }
            open.passing = Some(left - used as u64);
            if left == used as u64 {
                self.complete(at.stamp, reader);
            }
            return used;
        }
        // Never more than belongs to the front of a PUBLISH: its payload is not kept. How long the front is shows byte by
        // byte until its lengths are known.
        let wanted = match (header.packet_type(), open.head) {
            (PacketType::Publish, None) => 1,
            (PacketType::Publish, Some(head)) => (header.len() + head).saturating_sub(open.kept.len()),
            _ => usize::try_from(open.left(header)).unwrap_or(usize::MAX),
        };
        let used = wanted.min(data.len());
        open.kept.extend_from_slice(data.get(..used).unwrap_or(&[]));
        self.look_ahead(header, at, reader);
        used
    }

    /// Decides how an open packet goes on, now that more of it is known: keep, pass, complete or give up.
    fn look_ahead(&mut self, header: FixedHeader, at: Position, reader: &mut impl Reader) {
        let State::Open(open) = &mut self.state else { return };
        let body = open.kept.get(header.len()..).unwrap_or(&[]);
        if header.packet_type() == PacketType::Publish && open.head.is_none() {
            open.head = publish_head_len(header, reader.version(), body);
        }
        if self.resumed.is_some_and(|count| count < CONFIDENCE) && plausibility(header, body, self.role) == Plausibility::No {
            let begin = open.begin;
            let search = Search::resume(std::mem::take(&mut open.kept), begin);
            self.lose(begin, reader, search);
            return;
        }
        let State::Open(open) = &mut self.state else { return };
        let publish = header.packet_type() == PacketType::Publish;
        if open.head.is_some_and(|head| open.kept.len() >= header.len() + head) {
            open.passing = Some(open.left(header));
            open.text = (reader.version() == Version::V5_0).then(|| open.as_text(header)).flatten();
        } else if open.kept.len() > self.limits.packet || (!publish && header.packet_len() > self.limits.packet) {
            open.drop_kept();
        }
        if open.left(header) == 0 {
            self.complete(at.stamp, reader);
        }
    }

    /// Tells the open packet and goes to the boundary behind it.
    fn complete(&mut self, end: Stamp, reader: &mut impl Reader) {
        let certain = self.is_certain();
        let State::Open(open) = std::mem::replace(&mut self.state, State::Boundary) else { return };
        let Some(header) = open.header else { return };
        let publish = header.packet_type() == PacketType::Publish;
        reader.take(Unit::Packet(Framed {
            header,
            body: open.kept.get(header.len()..).unwrap_or(&[]),
            begin: open.begin,
            end,
            delayed: open.delayed,
            completeness: open.completeness,
            certain,
            passed_payload: publish.then(|| PassedPayload {
                digest: open.digest.clone().finalize(),
                ill_formed: open.text.and_then(|text| text.ill_formed()),
            }),
        }));
        self.confirm();
    }

    fn search(&mut self, data: &[u8], at: Position, reader: &mut impl Reader) -> (usize, Option<Found>) {
        let State::Lost(search) = &mut self.state else { return (0, None) };
        // Not all at once: what is kept here is read again when a boundary was found.
        let some = data.get(..SEARCHED).unwrap_or(data);
        search.add(some, at);
        let found = search.find(self.role, false).then(|| self.resume(reader));
        (some.len(), found.flatten())
    }

    /// No more bytes will come that could settle a search: decide with what is there.
    fn end_search(&mut self, reader: &mut impl Reader) {
        // What was found may itself end in a part that looks like no packet.
        while let State::Lost(search) = &mut self.state {
            if search.find(self.role, true)
                && let Some(found) = self.resume(reader)
            {
                self.read_again(found, reader);
            } else if let State::Lost(search) = &mut self.state {
                let bytes = search.clear();
                reader.take(Unit::Skipped { bytes });
                return;
            }
        }
    }

    /// A boundary was found: what the search has kept from it on.
    fn resume(&mut self, reader: &mut impl Reader) -> Option<Found> {
        let State::Lost(search) = std::mem::replace(&mut self.state, State::Boundary) else { return None };
        self.resumed = Some(0);
        let found = search.found();
        if found.skipped > 0 {
            reader.take(Unit::Skipped { bytes: found.skipped });
        }
        Some(found)
    }

    fn lose(&mut self, at: Position, reader: &mut impl Reader, search: Search) {
        self.resumed = Some(0);
        if !matches!(self.state, State::Lost(_)) {
            reader.take(Unit::Lost { at });
        }
        self.state = State::Lost(Box::new(search));
    }

    fn is_implausible(&self, header: FixedHeader, body: &[u8]) -> bool {
        self.resumed.is_some_and(|count| count < CONFIDENCE) && plausibility(header, body, self.role) == Plausibility::No
    }

    fn is_certain(&self) -> bool {
        self.resumed.is_none_or(|count| count >= CONFIDENCE)
    }

    fn confirm(&mut self) {
        if let Some(count) = &mut self.resumed {
            *count = count.saturating_add(1);
        }
    }
}

impl Open {
    fn new(begin: Position) -> Self {
        Self {
            begin,
            kept: Vec::new(),
            header: None,
            head: None,
            passing: None,
            digest: crc32fast::Hasher::new(),
            text: None,
            completeness: Completeness::Whole,
            delayed: begin.delayed,
        }
    }

    /// Bytes of the packet that have not come yet.
    fn left(&self, header: FixedHeader) -> u64 {
        self.passing.unwrap_or_else(|| header.packet_len().saturating_sub(self.kept.len()) as u64)
    }

    /// A fresh look at UTF-8, if that is what the front of this PUBLISH of 5.0 says of its payload.
    fn as_text(&self, header: FixedHeader) -> Option<Utf8> {
        let front = self.kept.get(header.len()..)?;
        match decode(header, front, Version::V5_0).body {
            Body::Publish(publish) if is_text(&publish) => Some(Utf8::default()),
            _ => None,
        }
    }

    /// Bytes are missing from here on: what was kept is of use only if it is the whole front of a PUBLISH.
    fn miss(&mut self, header: FixedHeader) {
        if self.completeness == Completeness::Whole {
            self.completeness = Completeness::Damaged;
        }
        if self.passing.is_none() {
            self.passing = Some(self.left(header));
            self.kept.truncate(header.len());
        }
    }

    fn drop_kept(&mut self) {
        if let Some(header) = self.header {
            self.passing = Some(self.left(header));
            self.kept = Vec::new();
            self.completeness = Completeness::Oversize;
        }
    }
}
