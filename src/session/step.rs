//! What a packet with an identifier can be about, and what it can do in an exchange: the words in which
//! [`Exchanges`](super::Exchanges) is told of packets, and answers.

use std::time::Duration;

use super::{Session, Subscription, Subscriptions};
use crate::flow::Role;
use crate::frame::Stamp;
use crate::framing::Framed;
use crate::mqtt::{Body, Packet, PacketType, PropertyId, Unsubscribe};
use crate::time::Timestamp;

/// Of how many filters of a request it is remembered what was asked for; of longer ones, nothing.
const REQUEST_LIMIT: usize = 1024;

/// Identifiers are told apart within a family only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// PUBLISH with QoS 1 or 2 and its acknowledgements.
    Publish,
    /// SUBSCRIBE and SUBACK.
    Subscribe,
    /// UNSUBSCRIBE and UNSUBACK.
    Unsubscribe,
}

/// What makes two packets with one identifier the same message or request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// CRC-32 of topic (or filters); `None` if it is not known which topic an alias stands for.
    pub topic: Option<u32>,
    /// CRC-32 of the payload; `None` if a part of it is not in the capture.
    pub payload: Option<u32>,
    /// Quality of Service of a PUBLISH; 0 for requests.
    pub qos: u8,
}

impl Content {
    /// What is known of a PUBLISH with QoS 2 that was not captured.
    pub(super) const UNSEEN: Self = Self { topic: None, payload: None, qos: 2 };

    /// Whether both can be the same message; `None` if the capture does not show it.
    pub fn same(&self, other: &Self) -> Option<bool> {
        let differ = |one: Option<u32>, other: Option<u32>| one.zip(other).is_some_and(|(one, other)| one != other);
        if self.qos != other.qos || differ(self.topic, other.topic) || differ(self.payload, other.payload) {
            return Some(false);
        }
        let known = [self.topic, other.topic, self.payload, other.payload].iter().all(Option::is_some);
        known.then_some(true)
    }
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The beginning packet waits for PUBACK, PUBREC, SUBACK or UNSUBACK.
    Begun,
    /// PUBREC has passed, PUBREL has not.
    Received,
    /// PUBREL has passed, PUBCOMP has not.
    Released,
    /// Answered; further answers are still due to packets that were sent more than once.
    Done,
}

/// What a packet with an identifier did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The packet has no part in an exchange.
    None,
    /// It began an exchange. `in_use`: another exchange that holds the identifier.
    Began {
        /// What held the identifier.
        in_use: Option<InUse>,
    },
    /// It repeated the packet that began the exchange at `first`.
    Resent {
        /// The first transmission.
        first: Stamp,
        /// Whether the content is the same; `None` if that cannot be seen.
        same: Option<bool>,
        /// How far the exchange had come.
        stage: Stage,
    },
    /// It answered what it had to answer.
    Answered(Answered),
    /// It answered a packet of an earlier exchange under its identifier.
    AnsweredLate,
    /// It repeated a PUBREL.
    ReleasedAgain,
    /// Its identifier belongs to an exchange that waits for another kind of packet.
    WrongKind {
        /// The packet that began the exchange.
        begun: Stamp,
        /// QoS of that PUBLISH.
        qos: u8,
    },
    /// It came before its turn (PUBREL before PUBREC, PUBCOMP before PUBREL).
    Early {
        /// The packet that began the exchange.
        begun: Stamp,
    },
    /// A PUBREL for a PUBLISH that PUBREC refused.
    Refused {
        /// That PUBREC.
        pubrec: Stamp,
    },
    /// No packet waits for it under its identifier. `used`: an exchange under it began on this connection.
    Unknown {
        /// The identifier was used before on this connection.
        used: bool,
    },
}

/// Who holds an identifier that was used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse {
    /// PUBLISH, SUBSCRIBE or UNSUBSCRIBE; PUBREL if that came for a PUBLISH that was not seen.
    pub kind: PacketType,
    /// When that began.
    pub begun: Stamp,
}

/// An answer that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The packet answered.
    pub request: Stamp,
    /// The packet that began the exchange.
    pub begun: Stamp,
    /// Filters in the request.
    pub filters: usize,
    /// Requested QoS of each filter of a SUBSCRIBE. Of an UNSUBSCRIBE, 1 for each filter that was granted on this connection
    /// and 0 for one that is certainly not subscribed; empty if that is not known of all. Empty for long requests.
    pub requested: Box<[u8]>,
    /// Requests with different content wait under the identifier: which of them this answers is not known.
    pub mixed: bool,
    /// An answer that passed before although its request came after this one's.
    pub overtaken_by: Option<Stamp>,
    /// 5.0: when the message expired, or will.
    pub expires: Option<Timestamp>,
}

/// A packet that no answer followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The packet that waits.
    pub request: PacketType,
    /// When it passed; the first time, if it was repeated.
    pub since: Stamp,
    /// The packet it waits for.
    pub awaits: PacketType,
    /// Who owes it.
    pub owed_by: Role,
    /// Its identifier; 0 for CONNECT and PINGREQ.
    pub packet_id: u16,
    /// It is an UNSUBSCRIBE of filters that certainly were not subscribed.
    pub idle: bool,
    /// It belongs to a message of the server whose topic the client has unsubscribed meanwhile, by a filter that is its name.
    pub unsubscribed: bool,
    /// 5.0: when the message that it belongs to expires.
    pub expires: Option<Timestamp>,
    /// The boundary of the request is known.
    pub certain: bool,
}

/// Where a packet that goes on with an exchange stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The frame that brought its end.
    pub stamp: Stamp,
    /// Its boundary is known.
    pub certain: bool,
}

/// What a beginning packet asks for, and how it was sent.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Number of Topic Filters.
    pub filters: usize,
    /// As [`Answered::requested`].
    pub qos: Box<[u8]>,
    /// It calls itself a repeat (DUP).
    pub again: bool,
    /// 5.0: when the message expires.
    pub expires: Option<Timestamp>,
    /// Its boundary is known.
    pub certain: bool,
}

impl Session {
    #[inline(always)]
    pub(super) fn exchange(&mut self, packet: &Packet<'_>, framed: &Framed<'_>, from: Role) -> Step {
        let Some(id) = packet.packet_id().filter(|id| *id != 0) else { return Step::None };
        let at = framed.end;
        let kind = packet.packet_type();
        let refuses = |code: Option<u8>| code.is_some_and(|code| code >= 0x80);
        let place = Place { stamp: at, certain: framed.certain };
        let request = Request { again: packet.header.dup(), certain: framed.certain, ..Request::default() };
        match &packet.body {
            Body::Publish(publish) if matches!(packet.header.qos_bits(), 1 | 2) => {
                let topic = publish.topic.filter(|topic| !topic.is_empty()).map(|topic| topic.bytes);
                let topic = topic.or_else(|| self.alias_topic(from, publish)).map(crc32fast::hash);
                let content = Content { topic, payload: framed.payload_digest(publish), qos: packet.header.qos_bits() };
                let expiry = publish.properties.u32(PropertyId::MessageExpiryInterval).map(|seconds| Duration::from_secs(seconds.into()));
                let request = Request { expires: expiry.map(|expiry| at.time.after(expiry)), ..request };
                self.exchanges.begin(from, kind, id, content, request, at)
            }
            Body::Subscribe(subscribe) if from == Role::Client => {
                let filters = subscribe.filters.len();
                let qos = subscribe.filters.iter().map(|entry| entry.options.qos());
                let qos = if filters > REQUEST_LIMIT { Box::default() } else { qos.collect() };
                let content = Content { topic: Some(crc32fast::hash(subscribe.filters.bytes)), payload: Some(0), qos: 0 };
                self.exchanges.begin(from, kind, id, content, Request { filters, qos, ..request }, at)
            }
            Body::Unsubscribe(unsubscribe) if from == Role::Client => {
                let content = Content { topic: Some(crc32fast::hash(unsubscribe.filters.bytes)), payload: Some(0), qos: 0 };
                let filters = unsubscribe.filters.len();
                let qos = if filters > REQUEST_LIMIT { Box::default() } else { self.removes(unsubscribe).unwrap_or_default() };
                unsubscribe.filters.iter().for_each(|filter| self.exchanges.unsubscribed(crc32fast::hash(filter.bytes)));
                self.exchanges.begin(from, kind, id, content, Request { filters, qos, ..request }, at)
            }
            Body::Suback(_) | Body::Unsuback(_) if from == Role::Server => self.exchanges.answer(from, kind, id, true, place),
            Body::Ack(ack) => match kind {
                PacketType::Puback => self.exchanges.answer(from, kind, id, true, place),
                PacketType::Pubrec => self.exchanges.answer(from, kind, id, refuses(ack.reason_code), place),
                PacketType::Pubrel => self.exchanges.release(from, id, place),
                _ => self.exchanges.complete(from, id, at),
            },
            _ => Step::None,
        }
    }

    /// For each filter of an UNSUBSCRIBE, 1 if it was granted on this connection, 0 if it cannot be subscribed; `None` unless
    /// that is known of all.
    fn removes(&self, unsubscribe: &Unsubscribe<'_>) -> Option<Box<[u8]>> {
        self.history(Role::Client).and_then(|()| self.is_fresh(Role::Server)).ok()?;
        let subscriptions = self.subscriptions();
        let removes = |filter: &[u8]| match subscriptions.and_then(|subscriptions| subscriptions.get(filter)) {
            None => subscriptions.is_none_or(Subscriptions::is_complete).then_some(0),
            Some(Subscription { granted: Some(0..=2), .. }) => Some(1),
            // Not granted yet, or refused, which may have left an older subscription in place.
            Some(_) => None,
        };
        unsubscribe.filters.iter().map(|filter| removes(filter.bytes)).collect()
    }
}
