//! What one side did after something that may oblige it to close: a fault of its peer, its own refusal, a DISCONNECT.
//!
//! What is a fault is not decided here: whoever judges tells it ([`Session::expect`](super::Session::expect)). From then on
//! the next answers of the other side, the closing of either side and the time are watched, until one of them settles what
//! the reaction was. Whether it was the right one is again for the rules.

use super::{Session, Step};
use crate::flow::Role;
use crate::frame::Stamp;
use crate::framing::Framed;
use crate::mqtt::{Body, Packet, PacketType, Version, decode};

/// How many reactions of one side to faults are watched at a time. A side that lets many pass is found by the first.
const FAULT_LIMIT: usize = 2;

/// How many requests behind a fault are remembered: an answer to any of them settles the matter.
const REQUEST_LIMIT: usize = 16;

/// What a reaction is awaited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The peer sent something in which these rules found fault.
    Faults(Vec<&'static str>),
    /// The side itself refused the connection, by a CONNACK with this code.
    Refusal(u8),
    /// The side itself said DISCONNECT, in 5.0 perhaps with a Reason Code.
    Disconnect(Option<u8>),
    /// The peer said DISCONNECT.
    PeerDisconnect,
}

/// Something after which a side may have to close.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Whose reaction is awaited.
    pub reacts: Role,
    /// What happened.
    pub cause: Cause,
    /// Type of the packet that did it; `None` if its end cannot be known.
    pub packet: Option<PacketType>,
    /// The packet does not have the layout of its type.
    pub malformed: bool,
    /// The frame that brought it.
    pub stamp: Stamp,
    /// The version that the side speaks, where it is not that of the connection.
    pub version: Option<Version>,
}

impl Trigger {
    /// The rules that found the faults.
    pub fn faults(&self) -> &[&'static str] {
        match &self.cause {
            Cause::Faults(faults) => faults,
            _ => &[],
        }
    }
}

/// What settled the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// The side answered that packet, or one behind it.
    Answered {
        /// The answer.
        with: PacketType,
        /// Its code, if it has one.
        code: Option<u8>,
        /// Its frame.
        at: Stamp,
    },
    /// The side closed.
    Closed,
    /// The peer closed first.
    PeerClosed,
    /// Neither, up to now.
    Open,
}

/// A reaction that is awaited.
#[derive(Clone, Debug)]
struct Watch {
    trigger: Trigger,
    /// Where the packet ends in the stream of its sender.
    end: u64,
    /// PINGREQs and CONNECTs before the packet that still wait for their answers, which come first.
    ahead: Ahead,
    /// The packet and those behind it that ask for an answer: type and Packet Identifier.
    requests: Vec<(PacketType, u16)>,
}

/// Requests without a Packet Identifier that wait for an answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ahead {
    pub pings: u64,
    pub connects: u64,
}

/// The reactions of a connection that are awaited.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    open: Vec<Watch>,
    over: bool,
}

impl Watches {
    /// Nothing is awaited.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Awaits a reaction to what ends at `end` of its sender's stream. Faults of one packet are one cause.
    pub fn expect(&mut self, trigger: Trigger, end: u64, ahead: Ahead) {
        if self.over {
            return;
        }
        let is_fault = |cause: &Cause| matches!(cause, Cause::Faults(_));
        let alike =
            |watch: &&mut Watch| watch.trigger.reacts == trigger.reacts && is_fault(&watch.trigger.cause) == is_fault(&trigger.cause);
        if let Cause::Faults(new) = &trigger.cause {
            if let Some(watch) = self.open.iter_mut().filter(alike).find(|watch| watch.end == end)
                && let Cause::Faults(faults) = &mut watch.trigger.cause
            {
                faults.extend(new);
                return;
            }
            if self.open.iter_mut().filter(alike).count() >= FAULT_LIMIT {
                return;
            }
        } else if self.open.iter().any(|watch| watch.trigger.reacts == trigger.reacts && watch.trigger.cause == trigger.cause) {
            return;
        }
        self.open.push(Watch { trigger, end, ahead, requests: Vec::new() });
    }

    /// A packet passed: what it settles. Of a packet with faults, these have to be told before.
    pub fn packet(&mut self, packet: &Packet<'_>, framed: &Framed<'_>, step: &Step, from: Role) -> Vec<(Trigger, Reaction)> {
        let Some(request) = answered_by(packet.packet_type()) else {
            self.request(packet, step, from);
            return Vec::new();
        };
        let mut settled = Vec::new();
        let reaction = Reaction::Answered { with: packet.packet_type(), code: packet.reason_code(), at: framed.end };
        self.open.retain_mut(|watch| {
            if watch.trigger.reacts != from || !watch.is_answered(request, packet, framed, step) {
                return true;
            }
            settled.push((watch.trigger.clone(), reaction));
            false
        });
        // PUBREC and PUBREL are both.
        self.request(packet, step, from);
        settled
    }

    /// Takes note of a packet that asks for an answer.
    fn request(&mut self, packet: &Packet<'_>, step: &Step, from: Role) {
        let id = match packet.packet_type() {
            PacketType::Connect | PacketType::Pingreq => 0,
            PacketType::Publish | PacketType::Subscribe | PacketType::Unsubscribe if *step == (Step::Began { in_use: None }) => {
                packet.packet_id().unwrap_or(0)
            }
            PacketType::Pubrec | PacketType::Pubrel if matches!(step, Step::Answered(_)) => packet.packet_id().unwrap_or(0),
            _ => return,
        };
        let request = (packet.packet_type(), id);
        for watch in self.open.iter_mut().filter(|watch| watch.trigger.reacts != from) {
            if watch.requests.len() < REQUEST_LIMIT && !watch.requests.contains(&request) {
                watch.requests.push(request);
            }
        }
    }

    /// The side has said that it will close: that it has to is another matter now.
    pub fn gives_notice(&mut self, role: Role) {
        self.open.retain(|watch| watch.trigger.reacts != role || !matches!(watch.trigger.cause, Cause::Faults(_)));
    }

    /// Takes out what has waited for the reaction of `role` for longer than `is_late` allows.
    pub fn late(&mut self, role: Role, is_late: impl Fn(Stamp) -> bool) -> Vec<Trigger> {
        self.open.extract_if(.., |watch| watch.trigger.reacts == role && is_late(watch.trigger.stamp)).map(|watch| watch.trigger).collect()
    }

    /// Takes out everything: one side has closed, or nothing more will come.
    pub fn finish(&mut self) -> Vec<Trigger> {
        self.over = true;
        std::mem::take(&mut self.open).into_iter().map(|watch| watch.trigger).collect()
    }
}

impl Watch {
    fn is_answered(&mut self, request: PacketType, packet: &Packet<'_>, framed: &Framed<'_>, step: &Step) -> bool {
        if !matches!(self.trigger.cause, Cause::Faults(_)) {
            return false;
        }
        // Counted, because the answers come in order.
        let ahead = match request {
            PacketType::Pingreq => Some(&mut self.ahead.pings),
            PacketType::Connect => Some(&mut self.ahead.connects),
            _ => None,
        };
        let id = match ahead {
            Some(0) => 0,
            Some(ahead) => {
                *ahead -= 1;
                return false;
            }
            None => match step {
                Step::Answered(answered) if !answered.mixed => packet.packet_id().unwrap_or(0),
                _ => return false,
            },
        };
        let asked = self.requests.iter().any(|(kind, asked)| *asked == id && *kind == request);
        // It cannot answer what its sender had not received.
        asked && framed.begin.acked.is_none_or(|acked| acked >= self.end)
    }
}

impl Session {
    /// One side may have to close now: its reaction is watched from here on. What caused it ends at `end` of its sender's
    /// stream, and has not been settled.
    pub fn expect(&mut self, trigger: Trigger, end: u64) {
        let ahead = Ahead { pings: self.pings_waiting, connects: u64::from(self.connects.saturating_sub(self.connacks)) };
        self.watches.expect(trigger, end, ahead);
    }

    /// Whether a reaction is awaited.
    pub fn is_watching(&self) -> bool {
        !self.watches.is_empty()
    }

    /// The reactions awaited, to be told what happens.
    pub(crate) fn watches(&mut self) -> &mut Watches {
        &mut self.watches
    }

    pub(super) fn await_close(&mut self, reacts: Role, cause: Cause, packet: &Packet<'_>, framed: &Framed<'_>) {
        if !framed.certain {
            return;
        }
        let version = if matches!(cause, Cause::Refusal(_)) { refuses_as(packet, framed) } else { None };
        let malformed = packet.malformed.is_some();
        let trigger = Trigger { reacts, cause, packet: Some(packet.packet_type()), malformed, stamp: framed.end, version };
        self.expect(trigger, framed.end_offset());
    }
}

/// The packet that a packet of this type answers.
fn answered_by(packet: PacketType) -> Option<PacketType> {
    Some(match packet {
        PacketType::Connack => PacketType::Connect,
        PacketType::Puback | PacketType::Pubrec => PacketType::Publish,
        PacketType::Pubrel => PacketType::Pubrec,
        PacketType::Pubcomp => PacketType::Pubrel,
        PacketType::Suback => PacketType::Subscribe,
        PacketType::Unsuback => PacketType::Unsubscribe,
        PacketType::Pingresp => PacketType::Pingreq,
        _ => return None,
    })
}

/// The version that a server speaks which refuses in the format of another one than the client asked for: 0x84 in that of 5.0
/// (5.0 section 3.1.2.2), 0x01 in that of 3.1.1 (3.1.1 section 3.1.2.2).
fn refuses_as(packet: &Packet<'_>, framed: &Framed<'_>) -> Option<Version> {
    let Body::Connack(connack) = &packet.body else { return None };
    if packet.version == Version::V5_0 {
        return (packet.header.remaining_length.value == 2 && connack.code == Some(1)).then_some(Version::V3_1_1);
    }
    let new = decode(packet.header, framed.body, Version::V5_0);
    (new.reason_code() == Some(0x84) && new.malformed.is_none() && new.trailing.is_empty()).then_some(Version::V5_0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::{Completeness, Position};
    use crate::mqtt::{HeaderStatus, fixed_header};

    /// An accepted connection of 3.1.1, and how much each side has sent on it.
    struct Talk {
        session: Session,
        sent: [u64; 2],
    }

    impl Talk {
        fn new() -> Self {
            let mut talk = Self { session: Session::new([true; 2], None, None), sent: [0; 2] };
            talk.client(b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02c1");
            talk.server(b"\x20\x02\x00\x00");
            talk
        }

        fn client(&mut self, bytes: &[u8]) -> Vec<(Trigger, Reaction)> {
            self.take(bytes, Role::Client, None)
        }

        fn server(&mut self, bytes: &[u8]) -> Vec<(Trigger, Reaction)> {
            let acked = self.sent[Role::Client.index()];
            self.answer(bytes, acked)
        }

        /// A packet of the server that had acknowledged so much.
        fn answer(&mut self, bytes: &[u8], acked: u64) -> Vec<(Trigger, Reaction)> {
            let settled = self.take(bytes, Role::Server, Some(acked));
            assert!(settled.iter().all(|(trigger, _)| trigger.reacts == Role::Server));
            settled
        }

        /// The next packet of the client has a fault.
        fn fault(&mut self, rule: &'static str, bytes: &[u8]) {
            let trigger = Trigger {
                reacts: Role::Server,
                cause: Cause::Faults(vec![rule]),
                packet: Some(PacketType::from_first_byte(bytes[0])),
                malformed: false,
                stamp: Stamp::default(),
                version: None,
            };
            self.session.expect(trigger, self.sent[Role::Client.index()] + bytes.len() as u64);
        }

        fn take(&mut self, bytes: &[u8], from: Role, acked: Option<u64>) -> Vec<(Trigger, Reaction)> {
            let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("no header") };
            let offset = self.sent[from.index()];
            let framed = Framed {
                header,
                body: &bytes[header.len()..],
                begin: Position { offset, acked, ..Position::default() },
                end: Stamp::default(),
                delayed: false,
                completeness: Completeness::Whole,
                certain: true,
                passed_payload: None,
            };
            self.sent[from.index()] += bytes.len() as u64;
            let packet = self.session.decode(header, framed.body);
            let step = self.session.observe(&packet, &framed, from).step;
            let settled = self.session.watches().packet(&packet, &framed, &step, from);
            self.session.settle(&packet, &framed, from);
            settled
        }
    }

    const PINGREQ: &[u8] = b"\xc0\x00";
    const BAD_PINGREQ: &[u8] = b"\xc1\x00";
    const PINGRESP: &[u8] = b"\xd0\x00";

    fn answered(with: PacketType) -> Reaction {
        Reaction::Answered { with, code: None, at: Stamp::default() }
    }

    #[test]
    fn answers_to_what_came_before_do_not_count() {
        let mut talk = Talk::new();
        talk.client(PINGREQ);
        talk.client(b"\x32\x05\x00\x01a\x00\x07");
        talk.fault("flags", BAD_PINGREQ);
        talk.client(BAD_PINGREQ);
        assert!(talk.server(b"\x40\x02\x00\x07").is_empty());
        assert!(talk.server(PINGRESP).is_empty());
        let settled = talk.server(PINGRESP);
        assert_eq!(settled.len(), 1);
        assert_eq!((settled[0].0.faults(), settled[0].1), (&["flags"][..], answered(PacketType::Pingresp)));
        assert!(!talk.session.is_watching());
    }

    #[test]
    fn answer_to_a_later_packet_settles_it() {
        let mut talk = Talk::new();
        let publish = b"\x30\x05\x00\x03a/+";
        talk.fault("wildcard", publish);
        talk.client(publish);
        assert!(talk.server(PINGRESP).is_empty(), "nothing was asked");
        talk.client(b"\x82\x06\x00\x01\x00\x01a\x00");
        assert_eq!(talk.server(b"\x90\x03\x00\x01\x00")[0].1, answered(PacketType::Suback));
    }

    #[test]
    fn an_answer_sent_before_the_fault_was_received_is_none() {
        let mut talk = Talk::new();
        let before = talk.sent[0];
        talk.fault("flags", BAD_PINGREQ);
        talk.client(BAD_PINGREQ);
        assert!(talk.answer(PINGRESP, before).is_empty());
    }

    #[test]
    fn an_identifier_that_was_taken_says_nothing() {
        let mut talk = Talk::new();
        talk.client(b"\x32\x05\x00\x01a\x00\x07");
        talk.fault("flags", BAD_PINGREQ);
        talk.client(BAD_PINGREQ);
        talk.client(b"\x3a\x05\x00\x01a\x00\x07");
        assert!(talk.server(b"\x40\x02\x00\x07").is_empty());
    }

    #[test]
    fn faults_of_one_packet_are_one_cause_and_few_are_watched() {
        let mut talk = Talk::new();
        for _ in 0..4 {
            talk.fault("one", BAD_PINGREQ);
            talk.fault("two", BAD_PINGREQ);
            talk.client(BAD_PINGREQ);
        }
        let watched = talk.session.watches().finish();
        assert_eq!(watched.iter().map(Trigger::faults).collect::<Vec<_>>(), [["one", "two"]; FAULT_LIMIT]);
        talk.fault("late", BAD_PINGREQ);
        assert!(!talk.session.is_watching(), "one side has closed");
    }

    #[test]
    fn refusals_and_disconnects_are_watched_by_themselves() {
        let mut session = Talk::new();
        session.client(b"\xe0\x00");
        let causes: Vec<(Role, Cause)> =
            session.session.watches().finish().into_iter().map(|trigger| (trigger.reacts, trigger.cause)).collect();
        assert_eq!(causes, [(Role::Client, Cause::Disconnect(None)), (Role::Server, Cause::PeerDisconnect)]);

        let mut refused = Talk { session: Session::new([true; 2], None, None), sent: [0; 2] };
        let connect = b"\x10\x0e\x00\x04MQTT\x06\x02\x00\x3c\x00\x02c1";
        refused.fault("flags", connect);
        refused.client(connect);
        refused.server(b"\x20\x03\x00\x84\x00");
        let watched = refused.session.watches().finish();
        assert_eq!(watched.len(), 1, "the fault is settled with the refusal");
        assert_eq!((&watched[0].cause, watched[0].version), (&Cause::Refusal(0x84), Some(Version::V5_0)));
    }

    #[test]
    fn only_what_waits_for_that_side_is_late() {
        let mut talk = Talk::new();
        talk.fault("flags", BAD_PINGREQ);
        assert!(talk.session.watches().late(Role::Client, |_| true).is_empty());
        assert!(talk.session.watches().late(Role::Server, |_| false).is_empty());
        assert_eq!(talk.session.watches().late(Role::Server, |_| true).len(), 1);
    }
}
