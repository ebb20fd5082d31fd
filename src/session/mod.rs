//! The one place that remembers: what the packets of one MQTT connection have said so far.
//!
//! Decoded packets go in; facts come out: which exchange a packet belongs to, how long the client was silent, what was
//! negotiated, how the connection ended. No fact is an accusation: whether it breaks a statement is for the rules.
//! Every fact knows its doubts: what the capture does not show makes history incomplete, and says why.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod doubt;
mod ending;
mod exchange;
mod facts;
mod handshake;
mod keepalive;
mod limits;
mod reaction;
mod step;
mod topics;
mod used;
mod version;

use std::collections::VecDeque;
use std::time::Duration;

pub use doubt::Doubt;
pub use ending::{Ending, EndingFacts};
pub use exchange::{Exchange, Exchanges};
pub use handshake::{ConnackFacts, ConnectFacts, Limits};
pub use keepalive::{Grace, KeepAlive, Pause, Silence, SilenceEnd};
pub use limits::{Demand, Quota};
pub use reaction::{Cause, Reaction, Trigger};
pub use step::{Answered, Content, Family, InUse, Place, Request, Stage, Step, Unanswered};
pub use topics::{AliasUse, Aliases, Subscription, Subscriptions};
pub use version::{VersionState, fits};

use self::reaction::Watches;
use crate::flow::Role;
use crate::frame::Stamp;
use crate::framing::{Completeness, Framed};
use crate::mqtt::{Body, FixedHeader, Packet, PacketType, PropertyId, Publish, Version, decode};
use crate::time::Timestamp;

/// How many unanswered PINGREQs are remembered one by one.
const PING_LIMIT: usize = 32;

/// What is known of what one side sent.
#[derive(Clone, Copy, Debug, Default)]
struct Sender {
    packets: u64,
    bytes: u64,
    first: Option<(PacketType, Stamp)>,
    last: Option<Stamp>,
    doubt: Option<Doubt>,
    disconnect: Option<(Option<u8>, Stamp)>,
    /// How much of its stream has been read.
    read: u64,
    /// When everything sent before had last been acknowledged.
    delivered: Option<Stamp>,
    /// Frames were lost while capturing, perhaps the last ones of its stream, no later than then.
    suspect: Option<Timestamp>,
    last_type: Option<PacketType>,
}

/// State of one MQTT connection.
#[derive(Debug)]
pub struct Session {
    version: VersionState,
    senders: [Sender; 2],
    connect: Option<Box<ConnectFacts>>,
    connects: u32,
    connack: Option<Box<ConnackFacts>>,
    connacks: u32,
    refused: Option<(u8, Stamp)>,
    exchanges: Exchanges,
    pings: VecDeque<Stamp>,
    pings_waiting: u64,
    keep_alive: KeepAlive,
    topics: Option<Box<(Subscriptions, Aliases)>>,
    /// Client, server: it has told that it keeps no earlier state.
    fresh: [bool; 2],
    publishes: u64,
    quotas: [Quota; 2],
    demand: Demand,
    /// The client sent something other than CONNECT and AUTH before it had received CONNACK.
    unaware: bool,
    /// How often the client began to authenticate again, less how often the server said that it is done.
    reauthentications: u32,
    opened: Option<Stamp>,
    watches: Watches,
}

/// What a packet did to the session.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Its part in an exchange.
    pub step: Step,
}

impl Session {
    /// A session whose directions are captured from their first byte, or not, on a TCP connection `opened` then; `assumed` is the version to believe in where no
    /// CONNECT was captured.
    pub fn new(from_start: [bool; 2], opened: Option<Stamp>, assumed: Option<Version>) -> Self {
        let sender = |known: bool| Sender { doubt: (!known).then_some(Doubt::MidStream), ..Sender::default() };
        Self {
            version: VersionState::new(assumed),
            senders: from_start.map(sender),
            connect: None,
            connects: 0,
            connack: None,
            connacks: 0,
            refused: None,
            exchanges: Exchanges::default(),
            pings: VecDeque::new(),
            pings_waiting: 0,
            keep_alive: KeepAlive::default(),
            topics: None,
            fresh: [false; 2],
            publishes: 0,
            quotas: Default::default(),
            demand: Demand::default(),
            unaware: false,
            reauthentications: 0,
            opened,
            watches: Watches::default(),
        }
    }

    /// Reads a packet by the layout of the connection's version, finding out the version if it is not known.
    pub fn decode<'a>(&mut self, header: FixedHeader, body: &'a [u8]) -> Packet<'a> {
        match self.version.decided() {
            Some(version) => decode(header, body, version),
            None => self.version.infer(header, body),
        }
    }

    /// Takes note of a packet, except of what [`Session::settle`] does; call that when the packet has been judged.
    #[inline(always)]
    pub fn observe(&mut self, packet: &Packet<'_>, framed: &Framed<'_>, from: Role) -> Effect {
        let effect = Effect { step: self.exchange(packet, framed, from) };
        if packet.version == Version::V5_0 {
            self.count(packet, &effect.step, from, framed.end);
        }
        let misfit = matches!(effect.step, Step::Unknown { .. } | Step::Early { .. } | Step::WrongKind { .. });
        if misfit && self.is_ahead(framed, from) {
            // The packet that it answers may stand behind it in the capture, and would then seem to get no answer.
            self.lost(from, Doubt::Gap);
        }
        effect
    }

    /// Takes note of the rest: counts, handshake, pings, subscriptions. Until then the session says what was before the packet.
    pub fn settle(&mut self, packet: &Packet<'_>, framed: &Framed<'_>, from: Role) {
        let at = framed.end;
        if let Some(sender) = self.senders.get_mut(from.index()) {
            sender.packets += 1;
            sender.bytes += packet.header.packet_len() as u64;
            sender.first.get_or_insert((packet.packet_type(), at));
            sender.last = Some(at);
            sender.last_type = Some(packet.packet_type());
            // Of a PUBLISH with a damaged payload all that matters for what follows is known.
            let known = packet.packet_type() == PacketType::Publish && packet.malformed.is_none();
            if framed.completeness != Completeness::Whole && !known {
                sender.doubt.get_or_insert(Doubt::Incomplete);
            }
        }
        if packet.version == Version::V5_0 {
            self.note_limits(packet, framed, from);
        }
        match &packet.body {
            Body::Publish(publish) => {
                self.publishes += 1;
                self.alias(publish, from);
            }
            Body::Pingreq if from == Role::Client => {
                self.pings_waiting += 1;
                if self.pings.len() < PING_LIMIT && framed.certain {
                    self.pings.push_back(at);
                }
            }
            Body::Pingresp if from == Role::Server => {
                if self.pings.is_empty() && self.is_ahead(framed, from) {
                    // Its PINGREQ may stand behind it, as in `observe`.
                    self.lost(from, Doubt::Gap);
                }
                self.pings_waiting = self.pings_waiting.saturating_sub(1);
                self.pings.pop_front();
            }
            Body::Connect(connect) if from == Role::Client => {
                self.connects += 1;
                // Of one that is not whole in the capture nothing is known, not even the version.
                if self.connect.is_none() && framed.completeness == Completeness::Whole {
                    if let Some(version) = connect.version() {
                        self.version.decide(version);
                    } else {
                        self.version.decide(Version::V3_1_1);
                    }
                    let facts = ConnectFacts::new(connect, packet.malformed.is_some(), at);
                    self.fresh = [facts.clean_start; 2];
                    self.connect = Some(Box::new(facts));
                }
            }
            Body::Connack(connack) if from == Role::Server => {
                self.connacks += 1;
                let end = framed.begin.offset + packet.header.packet_len() as u64;
                if let Some(facts) = ConnackFacts::new(connack, packet, at, end)
                    && self.connack.is_none()
                {
                    self.accept(&facts);
                    let [_, server] = &mut self.fresh;
                    *server |= facts.session_present == Some(false);
                    self.connack = Some(Box::new(facts));
                    self.limit(Role::Client, at);
                }
                if let Some(code) = connack.code.filter(|code| *code != 0) {
                    self.watches.gives_notice(from);
                    self.await_close(from, Cause::Refusal(code), packet, framed);
                }
            }
            Body::Subscribe(subscribe) if from == Role::Client => self.topics().0.subscribe(subscribe),
            Body::Suback(suback) if from == Role::Server => self.topics().0.granted(suback),
            Body::Unsubscribe(unsubscribe) if from == Role::Client => self.topics().0.unsubscribe(unsubscribe),
            Body::Disconnect(disconnect) => {
                if from == Role::Server {
                    self.keep_alive.close(SilenceEnd::Closed(Role::Server), at);
                }
                if let Some(sender) = self.senders.get_mut(from.index()) {
                    sender.disconnect.get_or_insert((disconnect.reason_code, at));
                }
                self.keep_alive.cease();
                self.watches.gives_notice(from);
                self.await_close(from, Cause::Disconnect(disconnect.reason_code), packet, framed);
                self.await_close(from.peer(), Cause::PeerDisconnect, packet, framed);
            }
            _ => {}
        }
    }

    /// A packet of the server came that announces no close.
    pub fn server_goes_on(&mut self) {
        self.keep_alive.goes_on();
    }

    /// A client packet came: what the pause before it was.
    pub fn pause(&mut self, framed: &Framed<'_>) -> Pause {
        self.keep_alive.client_packet(framed.begin.stamp, framed.end, framed.delayed)
    }

    /// The stream of one direction has been read up to an offset: all packets before it have been observed.
    pub fn read(&mut self, from: Role, upto: u64) {
        if let Some(sender) = self.senders.get_mut(from.index()) {
            sender.read = sender.read.max(upto);
        }
    }

    /// Whether the sender of a packet had received bytes of its peer that have not been read, or may have: they stand behind
    /// the packet in the capture, or nowhere. What a packet acknowledges that was found behind a hole is not known.
    pub fn is_ahead(&self, framed: &Framed<'_>, from: Role) -> bool {
        framed.begin.acked.is_none_or(|acked| acked > self.sender(from.peer()).read)
    }

    /// Whether the sender of a packet had not yet received all that its peer had sent before in the capture.
    pub fn is_behind(&self, framed: &Framed<'_>, from: Role) -> bool {
        framed.begin.acked.is_some_and(|acked| acked < self.sender(from.peer()).read)
    }

    /// Bytes of one direction are missing, or its packet boundary is lost.
    pub fn lost(&mut self, from: Role, doubt: Doubt) {
        if let Some(sender) = self.senders.get_mut(from.index()) {
            sender.doubt.get_or_insert(doubt);
        }
        if from == Role::Client {
            self.keep_alive.doubt(doubt);
        }
    }

    /// Frames were lost while capturing, no later than `until`. What was not seen proves nothing until the streams are seen to
    /// go on after that.
    pub fn dropped(&mut self, until: Timestamp) {
        self.senders.iter_mut().for_each(|sender| sender.suspect = sender.suspect.max(Some(until)));
        self.keep_alive.dropped(until);
    }

    /// At `at` the stream of `from` went on where it was left: no frame lost before had bytes of it.
    pub fn goes_on(&mut self, from: Role, at: Timestamp) {
        if let Some(sender) = self.senders.get_mut(from.index()) {
            sender.suspect = sender.suspect.filter(|until| *until >= at);
        }
    }

    /// A TCP segment of `role` passed.
    pub fn seen(&mut self, role: Role, at: Stamp) {
        self.keep_alive.seen(role, at);
    }

    /// All that `from` has sent so far was acknowledged.
    pub fn delivered(&mut self, from: Role, at: Stamp) {
        if let Some(sender) = self.senders.get_mut(from.index()) {
            sender.delivered = Some(at);
        }
    }

    /// Whether what `from` sent with a frame is known to have arrived.
    pub fn has_arrived(&self, from: Role, since: Stamp) -> bool {
        self.sender(from).delivered.is_some_and(|delivered| delivered.frame >= since.frame)
    }

    /// The present frame is so much earlier than one before it.
    pub fn clock(&mut self, behind: Duration) {
        self.keep_alive.clock(behind);
    }

    /// The clock of the capture was set: how long the present silence is, is not known.
    pub fn clock_was_set(&mut self) {
        self.keep_alive.doubt(Doubt::Clock);
    }

    /// The clock leapt forward while nothing at all was captured: it may have been set.
    pub fn leapt(&mut self) {
        self.keep_alive.leapt();
    }

    /// The client has sent bytes late: their time proves nothing.
    pub fn delayed(&mut self) {
        self.keep_alive.doubt(Doubt::Delayed);
    }

    /// One side closed, the capture ended, or a packet began that was cut short: so ends the last silence of the client.
    pub fn silence_ends(&mut self, end: SilenceEnd, until: Stamp) {
        self.keep_alive.close(end, until);
    }

    /// Packets that wait for an answer: CONNECT, then the others, oldest first, then PINGREQs.
    pub fn unanswered(&self) -> Vec<Unanswered> {
        let waiting = |request: PacketType, awaits: PacketType, since: Stamp| Unanswered {
            request,
            since,
            awaits,
            owed_by: Role::Server,
            packet_id: 0,
            idle: false,
            expires: None,
            unsubscribed: false,
            certain: true,
        };
        // 5.0: a server that has sent AUTH waits for the client.
        let connect = self.connect().filter(|_| self.packets(Role::Server) == 0);
        let mut all: Vec<Unanswered> =
            connect.iter().map(|connect| waiting(PacketType::Connect, PacketType::Connack, connect.stamp)).collect();
        all.extend(self.exchanges.unanswered());
        all.extend(self.pings.iter().map(|since| waiting(PacketType::Pingreq, PacketType::Pingresp, *since)));
        all
    }

    fn accept(&mut self, facts: &ConnackFacts) {
        if !facts.accepted() {
            self.refused = Some((facts.code, facts.stamp));
            self.keep_alive.cease();
        } else if let Some(seconds) = facts.server_keep_alive.or_else(|| self.connect()?.keep_alive) {
            // 5.0 [MQTT-3.1.2-21]: Server Keep Alive takes the place of the client's.
            self.keep_alive.accept(seconds, facts.stamp);
        }
    }

    fn alias(&mut self, publish: &Publish<'_>, from: Role) {
        if let Some(alias) = publish.properties.u16(PropertyId::TopicAlias)
            && let Some(topic) = publish.topic
        {
            self.topics().1.resolve(from, alias, topic.bytes);
        }
    }

    fn topics(&mut self) -> &mut (Subscriptions, Aliases) {
        self.topics.get_or_insert_default()
    }

    fn sender(&self, role: Role) -> &Sender {
        let [client, server] = &self.senders;
        match role {
            Role::Client => client,
            Role::Server => server,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::Position;
    use crate::mqtt::{HeaderStatus, fixed_header};

    /// Takes a packet whose sender had acknowledged `acked` bytes of its peer.
    fn take(session: &mut Session, bytes: &[u8], from: Role, acked: u64) -> Step {
        take_framed(session, bytes, from, acked, true)
    }

    /// The same, its boundary known or guessed.
    fn take_framed(session: &mut Session, bytes: &[u8], from: Role, acked: u64, certain: bool) -> Step {
        let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("no header") };
        let framed = Framed {
            header,
            body: &bytes[header.len()..],
            begin: Position { acked: Some(acked), ..Position::default() },
            end: Stamp::default(),
            delayed: false,
            completeness: Completeness::Whole,
            certain,
            passed_payload: None,
        };
        let packet = session.decode(header, framed.body);
        let step = session.observe(&packet, &framed, from).step;
        session.settle(&packet, &framed, from);
        step
    }

    const CONNECT: &[u8] = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02c1";

    #[test]
    fn answer_captured_before_its_request_makes_the_order_doubtful() {
        let mut session = Session::new([true; 2], None, None);
        session.read(Role::Client, 16);
        take(&mut session, CONNECT, Role::Client, 0);
        assert_eq!(session.history(Role::Client), Ok(()));
        // The server has 4 bytes of CONNACK and 7 of a PUBLISH behind it, of which the capture shows nothing yet.
        session.read(Role::Server, 4);
        assert_eq!(take(&mut session, b"\x40\x02\x00\x05", Role::Client, 11), Step::Unknown { used: false });
        assert_eq!(session.history(Role::Client), Err(Doubt::Gap));
    }

    #[test]
    fn answer_to_nothing_is_no_doubt_if_all_that_came_before_was_read() {
        let mut session = Session::new([true; 2], None, None);
        take(&mut session, CONNECT, Role::Client, 0);
        session.read(Role::Server, 4);
        assert_eq!(take(&mut session, b"\x40\x02\x00\x05", Role::Client, 4), Step::Unknown { used: false });
        assert_eq!(session.history(Role::Client), Ok(()));
    }

    #[test]
    fn pingresp_captured_before_its_pingreq_makes_the_order_doubtful() {
        let pings = |guessed: bool, acked: u64| {
            let mut session = Session::new([true; 2], None, None);
            take(&mut session, CONNECT, Role::Client, 0);
            session.read(Role::Client, 16);
            if guessed {
                take_framed(&mut session, b"\xc0\x00", Role::Client, 0, false);
            }
            take(&mut session, b"\xd0\x00", Role::Server, acked);
            session.history(Role::Server)
        };
        assert_eq!(pings(false, 16), Ok(()), "all that came before was read");
        assert_eq!(pings(false, 18), Err(Doubt::Gap));
        assert_eq!(pings(true, 18), Err(Doubt::Gap), "the one that waits may be none");
    }

    #[test]
    fn connect_waits_until_the_server_says_anything() {
        let mut session = Session::new([true; 2], None, None);
        take(&mut session, CONNECT, Role::Client, 0);
        take(&mut session, b"\xc0\x00", Role::Client, 0);
        let awaited = |session: &Session| session.unanswered().iter().map(|waits| waits.awaits).collect::<Vec<_>>();
        assert_eq!(awaited(&session), [PacketType::Connack, PacketType::Pingresp]);
        take(&mut session, b"\x20\x02\x00\x00", Role::Server, 18);
        assert_eq!(awaited(&session), [PacketType::Pingresp]);
        take(&mut session, b"\xd0\x00", Role::Server, 18);
        assert!(awaited(&session).is_empty());
    }

    #[test]
    fn unsubscribe_knows_what_was_granted() {
        let mut session = Session::new([true; 2], None, None);
        take(&mut session, CONNECT, Role::Client, 0);
        take(&mut session, b"\x82\x0a\x00\x01\x00\x01a\x00\x00\x01b\x00", Role::Client, 0);
        take(&mut session, b"\x90\x04\x00\x01\x00\x80", Role::Server, 0);
        let removed = |session: &mut Session, filters: &[u8], id: u8| {
            let mut bytes = vec![0xa2, (2 + filters.len()) as u8, 0, id];
            bytes.extend_from_slice(filters);
            take(session, &bytes, Role::Client, 0);
            match take(session, &[0xb0, 2, 0, id], Role::Server, 0) {
                Step::Answered(answered) => answered.requested,
                other => panic!("no answer: {other:?}"),
            }
        };
        assert_eq!(*removed(&mut session, b"\x00\x01a\x00\x01c", 2), [1, 0]);
        assert!(removed(&mut session, b"\x00\x01b", 3).is_empty(), "b was refused: an older one may have been there");
        assert_eq!(*removed(&mut session, b"\x00\x01a", 4), [0], "it is gone");
    }
}
