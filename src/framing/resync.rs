//! Finding a packet boundary in the middle of a stream: after a gap, or where the capture began too late.
//!
//! Bytes behind a gap usually begin with a packet, because senders write whole packets into segments: if the first bytes
//! look like one, that is accepted. At any other place two plausible packets have to follow each other. The decision
//! depends on the bytes alone, never on how they were cut into segments.

use std::ops::Range;

use super::Position;
use crate::flow::Role;
use crate::mqtt::{Body, FixedHeader, HeaderStatus, PacketType, Version, decode, fixed_header, publish_head_len};

/// Longest body (of a PUBLISH: part before the payload) that is believed while looking for a boundary.
const BODY_LIMIT: usize = 1024;

/// Does it look like a packet that this role sends?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plausibility {
    No,
    /// So far; more bytes could still refute it.
    NeedMore,
    Yes,
}

/// Whether a fixed header and the body bytes at hand look like a well-formed packet of either layout (3.1.1, 5.0).
pub(super) fn plausibility(header: FixedHeader, body: &[u8], role: Role) -> Plausibility {
    use PacketType as T;
    let kind = header.packet_type();
    let sent_by = |who: Role| role == who;
    let direction = match kind {
        T::Reserved => false,
        T::Connect | T::Subscribe | T::Unsubscribe | T::Pingreq => sent_by(Role::Client),
        T::Connack | T::Suback | T::Unsuback | T::Pingresp => sent_by(Role::Server),
        T::Publish | T::Puback | T::Pubrec | T::Pubrel | T::Pubcomp | T::Disconnect | T::Auth => true,
    };
    let flags = match kind {
        T::Publish => header.qos_bits() != 3 && !(header.dup() && header.qos_bits() == 0),
        T::Pubrel | T::Subscribe | T::Unsubscribe => header.flags() == 2,
        _ => header.flags() == 0,
    };
    if !direction || !flags {
        return Plausibility::No;
    }
    let remaining = header.remaining_length.value as usize;
    if kind == T::Publish {
        return publish(header, body, remaining);
    }
    if remaining > BODY_LIMIT {
        return Plausibility::No;
    }
    if body.len() < remaining {
        return Plausibility::NeedMore;
    }
    let fits = [Version::V3_1_1, Version::V5_0].into_iter().any(|version| well_formed(header, body, version));
    if fits { Plausibility::Yes } else { Plausibility::No }
}

fn publish(header: FixedHeader, body: &[u8], remaining: usize) -> Plausibility {
    // Layouts differ behind the identifier only, so the shorter one tells.
    let Some(head) = publish_head_len(header, Version::V3_1_1, body) else { return Plausibility::NeedMore };
    if head > BODY_LIMIT || head > remaining {
        return Plausibility::No;
    }
    if body.len() < head {
        return Plausibility::NeedMore;
    }
    let packet = decode(header, body.get(..head).unwrap_or(body), Version::V3_1_1);
    let Body::Publish(publish) = packet.body else { return Plausibility::No };
    let topic = publish
        .topic
        .is_some_and(|topic| topic.is_well_formed() && !topic.has_nul() && !topic.has_wildcard() && !topic.has_control_or_noncharacter());
    // A topic of length 0 stands with an alias in 5.0: too weak a sign to start from.
    let named = publish.topic.is_some_and(|topic| !topic.is_empty());
    if packet.malformed.is_none() && topic && named && publish.packet_id != Some(0) { Plausibility::Yes } else { Plausibility::No }
}

fn well_formed(header: FixedHeader, body: &[u8], version: Version) -> bool {
    let packet = decode(header, body, version);
    if packet.malformed.is_some() || !packet.trailing.is_empty() {
        return false;
    }
    match packet.body {
        // A CONNECT with a wrong name is still one if everything else fits to the last byte.
        Body::Connect(connect) => {
            connect.version().is_some()
                && connect.protocol_name.is_some_and(|name| !name.is_empty() && name.bytes.iter().all(u8::is_ascii_graphic))
        }
        Body::Connack(connack) => connack.flags.is_some_and(|flags| flags <= 1),
        Body::Publish(_) | Body::Pingreq | Body::Pingresp => true,
        Body::Ack(ack) => ack.packet_id.is_some_and(|id| id != 0),
        Body::Subscribe(subscribe) => {
            subscribe.packet_id.is_some_and(|id| id != 0)
                && subscribe.filters.iter().next().is_some()
                && subscribe.filters.iter().all(|entry| entry.filter.is_well_formed() && !entry.filter.is_empty())
        }
        Body::Unsubscribe(unsubscribe) => {
            unsubscribe.packet_id.is_some_and(|id| id != 0)
                && unsubscribe.filters.iter().next().is_some()
                && unsubscribe.filters.iter().all(|filter| filter.is_well_formed() && !filter.is_empty())
        }
        Body::Suback(suback) => {
            suback.packet_id.is_some_and(|id| id != 0)
                && !suback.codes.is_empty()
                && suback.codes.iter().all(|code| *code <= 2 || *code >= 0x80)
        }
        Body::Unsuback(unsuback) => unsuback.packet_id.is_some_and(|id| id != 0),
        Body::Disconnect(_) => version == Version::V5_0 || header.remaining_length.value == 0,
        Body::Auth(_) => version == Version::V5_0,
        Body::Reserved => false,
    }
}

/// A boundary that was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Bytes skipped before it.
    pub skipped: u64,
    /// The bytes from it on.
    pub kept: Vec<u8>,
    /// Which of them came together, and where they stand; the last first.
    pub spans: Vec<(Range<usize>, Position)>,
}

/// Bytes kept while looking for a boundary.
#[derive(Debug)]
pub(super) struct Search {
    kept: Vec<u8>,
    /// Where in `kept` each stretch begins, and its place.
    spans: Vec<(usize, Position)>,
    /// The place in `kept` under examination; everything before it is no boundary.
    candidate: usize,
    /// The first byte kept may be a boundary by itself: it stands behind a gap or at the start of the capture.
    aligned: bool,
    skipped: u64,
}

impl Search {
    /// What comes next stands behind a gap, or begins the capture.
    pub fn aligned() -> Self {
        Self { kept: Vec::new(), spans: Vec::new(), candidate: 0, aligned: true, skipped: 0 }
    }

    /// What comes next stands behind bytes that made no sense.
    pub fn unaligned() -> Self {
        Self { aligned: false, ..Self::aligned() }
    }

    /// Goes on behind the first of the bytes that turned out to be no packet.
    pub fn resume(kept: Vec<u8>, at: Position) -> Self {
        Self { kept, spans: vec![(0, at)], candidate: 1, skipped: 0, aligned: false }
    }

    pub fn kept_bytes(&self) -> usize {
        self.kept.len()
    }

    /// Where the bytes kept begin in the stream; `None` if none came so far.
    pub fn begin(&self) -> Option<u64> {
        self.spans.first().map(|(_, at)| at.offset)
    }

    pub fn add(&mut self, data: &[u8], at: Position) {
        self.spans.push((self.kept.len(), at));
        self.kept.extend_from_slice(data);
    }

    /// Looks for a boundary; with `last`, nothing more will come and what needs more is none.
    pub fn find(&mut self, role: Role, last: bool) -> bool {
        while self.candidate < self.kept.len() {
            let chain = if self.aligned && self.skipped == 0 && self.candidate == 0 { 1 } else { 2 };
            match self.chain(role, chain) {
                Plausibility::Yes => return true,
                Plausibility::NeedMore if !last => break,
                Plausibility::NeedMore | Plausibility::No => self.candidate += 1,
            }
        }
        self.drop_front();
        false
    }

    /// The bytes from the boundary found on, by stretches; and how many were skipped before it.
    pub fn found(mut self) -> Found {
        self.drop_front();
        let ends: Vec<usize> = self.spans.iter().skip(1).map(|(start, _)| *start).chain([self.kept.len()]).collect();
        let spans = self.spans.iter().zip(ends).map(|((start, at), end)| (*start..end, *at)).rev().collect();
        Found { skipped: self.skipped, kept: self.kept, spans }
    }

    /// Forgets everything kept and starts anew behind it; returns how many bytes were skipped.
    pub fn clear(&mut self) -> u64 {
        let skipped = self.skipped + self.kept.len() as u64;
        *self = Self::unaligned();
        skipped
    }

    /// Whether `length` plausible packets follow each other from the candidate on.
    fn chain(&self, role: Role, length: usize) -> Plausibility {
        let mut at = self.candidate;
        for _ in 0..length {
            let rest = self.kept.get(at..).unwrap_or(&[]);
            let HeaderStatus::Complete(header) = fixed_header(rest) else {
                return if matches!(fixed_header(rest), HeaderStatus::Incomplete) { Plausibility::NeedMore } else { Plausibility::No };
            };
            match plausibility(header, rest.get(header.len()..).unwrap_or(&[]), role) {
                Plausibility::Yes => at = at.saturating_add(header.packet_len()),
                other => return other,
            }
            // A long payload would have to be kept to see what follows it: look elsewhere.
            if length > 1 && header.packet_len() > 16 * BODY_LIMIT {
                return Plausibility::No;
            }
        }
        Plausibility::Yes
    }

    fn drop_front(&mut self) {
        let cut = std::mem::take(&mut self.candidate);
        if cut == 0 {
            return;
        }
        self.kept.drain(..cut);
        self.skipped += cut as u64;
        let first = self.spans.partition_point(|(start, _)| *start <= cut).saturating_sub(1);
        self.spans.drain(..first);
        for (index, (start, at)) in self.spans.iter_mut().enumerate() {
            if index == 0 {
                at.offset += (cut - *start) as u64;
                *start = 0;
            } else {
                *start -= cut;
            }
        }
    }
}
