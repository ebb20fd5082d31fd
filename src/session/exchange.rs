//! Exchanges in flight: which packet answers which (3.1.1 sections 2.3.1 and 4.3; 5.0 sections 2.2.1 and 4.3).
//!
//! An exchange is named by who began it, its family and its Packet Identifier: the client's identifier 7 and the server's
//! are different things, and a PUBACK never closes a SUBSCRIBE. Only facts are recorded here; whether they break a rule is
//! decided elsewhere.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::used::UsedIds;
use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::PacketType;

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
    /// CRC-32 of topic (or filters).
    pub topic: u32,
    /// CRC-32 of the payload; `None` if a part of it is not in the capture.
    pub payload: Option<u32>,
    /// Quality of Service of a PUBLISH; 0 for requests.
    pub qos: u8,
}

impl Content {
    /// Whether both can be the same message; `None` if the capture does not show it.
    pub fn same(&self, other: &Self) -> Option<bool> {
        if self.topic != other.topic || self.qos != other.qos {
            return Some(false);
        }
        Some(self.payload? == other.payload?)
    }
}

/// How far an exchange has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// One exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// PUBLISH, SUBSCRIBE or UNSUBSCRIBE.
    pub kind: PacketType,
    /// How far it has come.
    pub stage: Stage,
    /// When its first packet passed.
    pub begun: Stamp,
    /// When its latest step passed.
    pub stepped: Stamp,
    /// What it is about.
    pub content: Content,
    /// Topic Filters in the request; 0 for a PUBLISH.
    pub filters: usize,
    /// Requested QoS of each filter, in order; empty for UNSUBSCRIBE and PUBLISH.
    pub requested: Box<[u8]>,
    /// Position among the beginner's PUBLISH packets of this QoS.
    order: u64,
    /// Position of its PUBREC among those of its receiver.
    received_order: u64,
    /// Packets that a PUBACK, PUBREC, SUBACK or UNSUBACK answers, less those answers.
    due: u32,
    /// PUBRELs less PUBCOMPs.
    due_complete: u32,
    /// The beginning packet was sent more than once.
    resent: bool,
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
    },
    /// It answered what it had to answer.
    Answered(Answered),
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
    /// No exchange is open under its identifier. `used`: one was, on this connection.
    Unknown {
        /// The identifier was used before on this connection.
        used: bool,
    },
}

/// Who holds an identifier that was used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse {
    /// PUBLISH, SUBSCRIBE or UNSUBSCRIBE.
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
    /// Requested QoS of each filter.
    pub requested: Box<[u8]>,
    /// An answer that passed before although its request came after this one's.
    pub overtaken_by: Option<Stamp>,
}

/// A packet that no answer followed.
#[derive(Clone, Debug)]
pub struct Unanswered {
    /// The packet that waits.
    pub request: PacketType,
    /// When it passed.
    pub since: Stamp,
    /// The packet it waits for.
    pub awaits: PacketType,
    /// Who owes it.
    pub owed_by: Role,
    /// Its identifier; 0 for PINGREQ.
    pub packet_id: u16,
}

/// The latest in-order answer of a kind.
#[derive(Clone, Copy, Debug, Default)]
struct Latest {
    order: u64,
    stamp: Option<Stamp>,
}

impl Latest {
    /// Notes an answer to position `order`; tells what passed it.
    fn pass(&mut self, order: u64, stamp: Stamp) -> Option<Stamp> {
        if order < self.order {
            return self.stamp;
        }
        *self = Self { order, stamp: Some(stamp) };
        None
    }
}

/// All exchanges of one connection. Bounded by the identifier space: at most 65,535 per role and family.
#[derive(Debug, Default)]
pub struct Exchanges {
    open: HashMap<u32, Exchange, RandomState>,
    /// Identifiers with which each role began a PUBLISH exchange.
    used: [UsedIds; 2],
    published: u64,
    received: u64,
    /// Per role that publishes: latest PUBACK, PUBREC, PUBREL in order.
    latest: [[Latest; 3]; 2],
}

fn key(began_by: Role, family: Family, id: u16) -> u32 {
    (began_by.index() as u32) << 18 | (family as u32) << 16 | u32::from(id)
}

impl Exchanges {
    /// A PUBLISH with QoS 1 or 2, a SUBSCRIBE or an UNSUBSCRIBE.
    pub fn begin(&mut self, by: Role, kind: PacketType, id: u16, content: Content, requested: Request, at: Stamp) -> Step {
        let family = match kind {
            PacketType::Subscribe => Family::Subscribe,
            PacketType::Unsubscribe => Family::Unsubscribe,
            _ => Family::Publish,
        };
        if family == Family::Publish
            && let Some(used) = self.used.get_mut(by.index())
        {
            used.insert(id);
        }
        let in_use = self.holder(by, family, id);
        self.published += 1;
        let fresh = Exchange {
            kind,
            stage: Stage::Begun,
            begun: at,
            stepped: at,
            content,
            filters: requested.filters,
            requested: requested.qos,
            order: self.published,
            received_order: 0,
            due: 1,
            due_complete: 0,
            resent: false,
        };
        match self.open.entry(key(by, family, id)) {
            hashbrown::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(fresh);
                Step::Began { in_use }
            }
            hashbrown::hash_map::Entry::Occupied(mut occupied) => {
                let old = occupied.get_mut();
                if old.stage == Stage::Done {
                    let due = old.due;
                    *old = fresh;
                    old.due += due;
                    old.resent = due > 0;
                    return Step::Began { in_use };
                }
                let same = old.content.same(&content);
                let (first, was) = (old.begun, old.kind);
                if same == Some(false) {
                    *old = fresh;
                    return Step::Began { in_use: Some(InUse { kind: was, begun: first }) };
                }
                old.due += 1;
                old.resent = true;
                old.stepped = at;
                Step::Resent { first, same }
            }
        }
    }

    /// PUBACK, PUBREC, SUBACK or UNSUBACK that `by` sends. `ends`: the exchange is over with it.
    pub fn answer(&mut self, by: Role, kind: PacketType, id: u16, ends: bool, at: Stamp) -> Step {
        let began_by = by.peer();
        let (family, qos) = match kind {
            PacketType::Suback => (Family::Subscribe, 0),
            PacketType::Unsuback => (Family::Unsubscribe, 0),
            PacketType::Pubrec => (Family::Publish, 2),
            _ => (Family::Publish, 1),
        };
        let key = key(began_by, family, id);
        let Some(exchange) = self.open.get_mut(&key) else { return self.unknown(began_by, family, id) };
        if exchange.content.qos != qos {
            return Step::WrongKind { begun: exchange.begun, qos: exchange.content.qos };
        }
        if exchange.due == 0 {
            return Step::Unknown { used: true };
        }
        exchange.due -= 1;
        let overtaken_by = match self.latest.get_mut(began_by.index()) {
            Some([puback, pubrec, _]) if !exchange.resent => match kind {
                PacketType::Puback => puback.pass(exchange.order, at),
                PacketType::Pubrec => pubrec.pass(exchange.order, at),
                _ => None,
            },
            _ => None,
        };
        let answered = Answered {
            request: exchange.stepped,
            begun: exchange.begun,
            filters: exchange.filters,
            requested: std::mem::take(&mut exchange.requested),
            overtaken_by,
        };
        if exchange.stage == Stage::Begun {
            exchange.stage = if ends { Stage::Done } else { Stage::Received };
            self.received += 1;
            exchange.received_order = self.received;
            exchange.stepped = at;
        }
        if exchange.stage == Stage::Done && exchange.due == 0 {
            self.open.remove(&key);
        } else if family != Family::Publish {
            exchange.requested.clone_from(&answered.requested);
        }
        Step::Answered(answered)
    }

    /// PUBREL that `by`, the sender of the PUBLISH, sends.
    pub fn release(&mut self, by: Role, id: u16, at: Stamp) -> Step {
        let Some(exchange) = self.open.get_mut(&key(by, Family::Publish, id)) else { return self.unknown(by, Family::Publish, id) };
        if exchange.content.qos != 2 {
            return Step::WrongKind { begun: exchange.begun, qos: exchange.content.qos };
        }
        let step = match exchange.stage {
            Stage::Begun => return Step::Early { begun: exchange.begun },
            Stage::Received => {
                let latest = self.latest.get_mut(by.index()).and_then(|latest| latest.get_mut(2));
                Step::Answered(Answered {
                    request: exchange.stepped,
                    begun: exchange.begun,
                    filters: 0,
                    requested: Box::default(),
                    overtaken_by: latest.and_then(|latest| latest.pass(exchange.received_order, at)),
                })
            }
            Stage::Released | Stage::Done => Step::ReleasedAgain,
        };
        exchange.stage = Stage::Released;
        exchange.due_complete += 1;
        exchange.stepped = at;
        step
    }

    /// PUBCOMP that `by`, the receiver of the PUBLISH, sends.
    pub fn complete(&mut self, by: Role, id: u16, at: Stamp) -> Step {
        let key = key(by.peer(), Family::Publish, id);
        let Some(exchange) = self.open.get_mut(&key) else { return self.unknown(by.peer(), Family::Publish, id) };
        if exchange.content.qos != 2 {
            return Step::WrongKind { begun: exchange.begun, qos: exchange.content.qos };
        }
        if exchange.due_complete == 0 {
            return if exchange.stage == Stage::Done { Step::Unknown { used: true } } else { Step::Early { begun: exchange.begun } };
        }
        exchange.due_complete -= 1;
        exchange.stage = Stage::Done;
        let step = Step::Answered(Answered {
            request: exchange.stepped,
            begun: exchange.begun,
            filters: 0,
            requested: Box::default(),
            overtaken_by: None,
        });
        exchange.stepped = at;
        if exchange.due_complete == 0 && exchange.due == 0 {
            self.open.remove(&key);
        }
        step
    }

    /// How many exchanges are not over.
    pub fn in_flight(&self) -> usize {
        self.open.values().filter(|exchange| exchange.stage != Stage::Done).count()
    }

    /// Every packet that waits for its answer, oldest first.
    pub fn unanswered(&self) -> Vec<Unanswered> {
        let mut all: Vec<Unanswered> = self.open.iter().filter_map(|(key, exchange)| waiting(*key, exchange)).collect();
        all.sort_by_key(|unanswered| (unanswered.since.time, unanswered.since.frame, unanswered.packet_id));
        all
    }

    fn holder(&self, by: Role, family: Family, id: u16) -> Option<InUse> {
        [Family::Publish, Family::Subscribe, Family::Unsubscribe]
            .into_iter()
            .filter(|other| *other != family)
            .filter_map(|other| self.open.get(&key(by, other, id)))
            .find(|exchange| exchange.stage != Stage::Done)
            .map(|exchange| InUse { kind: exchange.kind, begun: exchange.begun })
    }

    fn unknown(&self, began_by: Role, family: Family, id: u16) -> Step {
        Step::Unknown { used: family == Family::Publish && self.used.get(began_by.index()).is_some_and(|used| used.contains(id)) }
    }
}

/// What a request asks for, beside its identifier.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Number of Topic Filters.
    pub filters: usize,
    /// Requested QoS of each (SUBSCRIBE).
    pub qos: Box<[u8]>,
}

fn waiting(key: u32, exchange: &Exchange) -> Option<Unanswered> {
    let began_by = if key >> 18 == 0 { Role::Client } else { Role::Server };
    let (request, awaits, owed_by) = match (exchange.stage, exchange.kind) {
        (Stage::Begun, PacketType::Subscribe) => (PacketType::Subscribe, PacketType::Suback, began_by.peer()),
        (Stage::Begun, PacketType::Unsubscribe) => (PacketType::Unsubscribe, PacketType::Unsuback, began_by.peer()),
        (Stage::Begun, kind) if exchange.content.qos == 2 => (kind, PacketType::Pubrec, began_by.peer()),
        (Stage::Begun, kind) => (kind, PacketType::Puback, began_by.peer()),
        (Stage::Received, _) => (PacketType::Pubrec, PacketType::Pubrel, began_by),
        (Stage::Released, _) => (PacketType::Pubrel, PacketType::Pubcomp, began_by.peer()),
        (Stage::Done, _) => return None,
    };
    Some(Unanswered { request, since: exchange.stepped, awaits, owed_by, packet_id: (key & 0xffff) as u16 })
}
