//! Exchanges in flight: which packet answers which (3.1.1 sections 2.3.1 and 4.3; 5.0 sections 2.2.1 and 4.3).
//!
//! An exchange is named by who began it, its family and its Packet Identifier: the client's identifier 7 and the server's
//! are different things, and a PUBACK never closes a SUBSCRIBE. Only facts are recorded here; whether they break a rule is
//! decided elsewhere.

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};

use super::step::{Answered, Content, Family, InUse, Place, Request, Stage, Step, Unanswered};
use super::used::UsedIds;
use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::PacketType;

/// How many exchanges are looked through for one filter of an UNSUBSCRIBE: more would let a hostile capture cost hours.
const SCAN_LIMIT: usize = 256;

/// One exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// PUBLISH, SUBSCRIBE or UNSUBSCRIBE; PUBREC or PUBREL if that came for a PUBLISH that was not seen.
    pub kind: PacketType,
    /// How far it has come.
    pub stage: Stage,
    /// When its first packet passed.
    pub begun: Stamp,
    /// When its latest step passed.
    pub stepped: Stamp,
    /// What it is about.
    pub content: Content,
    /// What the beginning packet asks for.
    request: Request,
    /// Position among the beginner's packets.
    order: u64,
    /// Position of its PUBREC among those of its receiver; 0 before it came.
    received_order: u64,
    /// Packets that a PUBACK, PUBREC, SUBACK or UNSUBACK answers, less those answers.
    due: u32,
    /// The same for earlier PUBLISHes of the other QoS under this identifier.
    stale: u32,
    /// PUBRECs less PUBRELs, those of earlier exchanges under this identifier included.
    due_release: u32,
    /// PUBRELs less PUBCOMPs, likewise.
    due_complete: u32,
    /// The beginning packet was sent more than once, or an answer to an earlier exchange under this identifier is still due.
    resent: bool,
    /// An earlier request with other content waits for its answer under this identifier.
    mixed: bool,
    /// PUBREL came before PUBREC.
    early: bool,
    /// PUBREL came after an exchange that was over: its identifier was free before it.
    repeated: bool,
    /// An answer of the wrong kind came: the identifier counts as free.
    misanswered: bool,
    /// The client unsubscribed its topic meanwhile.
    unsubscribed: bool,
    /// A PUBREC that ended it with a Reason Code of 0x80 or above.
    refused: Option<Stamp>,
}

impl Exchange {
    fn new(kind: PacketType, stage: Stage, content: Content, request: Request, at: Stamp) -> Self {
        Self {
            kind,
            stage,
            begun: at,
            stepped: at,
            content,
            request,
            order: 0,
            received_order: 0,
            due: 0,
            stale: 0,
            due_release: 0,
            due_complete: 0,
            resent: false,
            mixed: false,
            early: false,
            repeated: false,
            misanswered: false,
            unsubscribed: false,
            refused: None,
        }
    }

    /// Its first packet was seen on this connection.
    fn is_seen(&self) -> bool {
        !matches!(self.kind, PacketType::Pubrec | PacketType::Pubrel)
    }

    /// It keeps its identifier from being used for something else.
    fn holds(&self) -> bool {
        self.stage != Stage::Done && !self.misanswered && !self.repeated && self.kind != PacketType::Pubrec
    }

    /// A packet that follows on `stage` belongs to an earlier exchange under this identifier: this one is not as far.
    fn is_before(&self, stage: Stage) -> bool {
        self.content.qos == 2 && !self.early && self.stage < stage
    }

    /// No answer is due any more. One that PUBREC refused is remembered until its identifier is used again.
    fn is_over(&self) -> bool {
        self.stage == Stage::Done && self.refused.is_none() && self.due + self.stale + self.due_complete == 0
    }

    /// Takes over what is still due to the exchange that had the identifier before.
    fn succeed(&mut self, old: &Self) {
        let [due, stale] = if old.content.qos == self.content.qos { [old.due, old.stale] } else { [old.stale, old.due] };
        self.due += due;
        self.stale += stale;
        self.due_release += old.due_release;
        self.due_complete += old.due_complete;
        self.resent = due > 0;
        self.mixed = due > 0 && (old.mixed || old.content.same(&self.content) != Some(true));
    }

    fn answered(&self) -> Answered {
        Answered {
            request: self.stepped,
            begun: self.begun,
            filters: self.request.filters,
            requested: self.request.qos.clone(),
            mixed: self.mixed,
            overtaken_by: None,
            expires: self.request.expires,
        }
    }
}

impl From<&Exchange> for InUse {
    fn from(exchange: &Exchange) -> Self {
        Self { kind: exchange.kind, begun: exchange.begun }
    }
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
    /// Identifiers with which each role began exchanges of each family.
    used: [[UsedIds; 3]; 2],
    /// Keys whose latest SUBSCRIBE or UNSUBSCRIBE has more than one Topic Filter.
    several: HashSet<u32, RandomState>,
    begun: u64,
    received: u64,
    /// Per role that publishes: latest PUBACK, PUBREC, PUBREL in order.
    latest: [[Latest; 3]; 2],
}

fn key(began_by: Role, family: Family, id: u16) -> u32 {
    (began_by.index() as u32) << 18 | (family as u32) << 16 | u32::from(id)
}

impl Exchanges {
    /// A PUBLISH with QoS 1 or 2, a SUBSCRIBE or an UNSUBSCRIBE.
    pub fn begin(&mut self, by: Role, kind: PacketType, id: u16, content: Content, request: Request, at: Stamp) -> Step {
        let family = match kind {
            PacketType::Subscribe => Family::Subscribe,
            PacketType::Unsubscribe => Family::Unsubscribe,
            _ => Family::Publish,
        };
        if let Some(used) = self.used.get_mut(by.index()).and_then(|families| families.get_mut(family as usize)) {
            used.insert(id);
        }
        if request.filters > 1 {
            self.several.insert(key(by, family, id));
        } else if family != Family::Publish {
            self.several.remove(&key(by, family, id));
        }
        let in_use = self.holder(by, family, id);
        self.begun += 1;
        let again = request.again;
        let mut fresh = Exchange { order: self.begun, due: 1, ..Exchange::new(kind, Stage::Begun, content, request, at) };
        let Some(old) = self.open.get_mut(&key(by, family, id)) else {
            self.open.insert(key(by, family, id), fresh);
            return Step::Began { in_use };
        };
        let same = old.content.same(&content);
        // A packet that calls itself a repeat is one also where the identifier is free again: the answer may not have arrived.
        let repeats = same != Some(false) && old.kind != PacketType::Pubrec && (old.holds() || (again && old.refused.is_none()));
        if repeats {
            if !old.is_seen() {
                (old.kind, old.content) = (kind, content);
            }
            old.due += 1;
            old.resent = true;
            old.stepped = at;
            return Step::Resent { first: old.begun, same, stage: old.stage };
        }
        let in_use = if old.holds() { Some(InUse::from(&*old)) } else { in_use };
        fresh.succeed(old);
        *old = fresh;
        Step::Began { in_use }
    }

    /// PUBACK, PUBREC, SUBACK or UNSUBACK that `by` sends. `ends`: the exchange is over with it.
    pub fn answer(&mut self, by: Role, kind: PacketType, id: u16, ends: bool, at: Place) -> Step {
        let Place { stamp: at, certain } = at;
        let began_by = by.peer();
        let (family, qos) = match kind {
            PacketType::Suback => (Family::Subscribe, 0),
            PacketType::Unsuback => (Family::Unsubscribe, 0),
            PacketType::Pubrec => (Family::Publish, 2),
            _ => (Family::Publish, 1),
        };
        let key = key(began_by, family, id);
        let unknown = || unknown(&self.used, began_by, family, id);
        let asks_release = kind == PacketType::Pubrec && !ends;
        let Some(exchange) = self.open.get_mut(&key) else {
            if asks_release {
                let unseen = Exchange::new(kind, Stage::Received, Content::UNSEEN, Request::default(), at);
                self.open.insert(key, Exchange { due_release: 1, ..unseen });
            }
            return unknown();
        };
        exchange.request.certain &= certain;
        let fits = exchange.content.qos == qos && exchange.is_seen();
        if fits && exchange.due > 0 {
            exchange.due -= 1;
        } else if exchange.stale > 0 && exchange.content.qos != qos {
            exchange.stale -= 1;
            exchange.due_release += u32::from(asks_release);
            if exchange.is_over() {
                self.open.remove(&key);
            }
            return Step::AnsweredLate;
        } else {
            exchange.due_release += u32::from(asks_release);
            if fits || !exchange.is_seen() {
                return unknown();
            }
            exchange.misanswered = true;
            return Step::WrongKind { begun: exchange.begun, qos: exchange.content.qos };
        }
        let overtaken_by = match self.latest.get_mut(began_by.index()) {
            Some([puback, pubrec, _]) if !exchange.resent => match kind {
                PacketType::Puback => puback.pass(exchange.order, at),
                PacketType::Pubrec => pubrec.pass(exchange.order, at),
                _ => None,
            },
            _ => None,
        };
        let answered = Answered { overtaken_by, ..exchange.answered() };
        exchange.due_release += u32::from(asks_release);
        if exchange.stage == Stage::Begun {
            exchange.stage = match () {
                () if ends => Stage::Done,
                () if exchange.early => Stage::Released,
                () => Stage::Received,
            };
            exchange.refused = (ends && kind == PacketType::Pubrec).then_some(at);
            self.received += 1;
            exchange.received_order = self.received;
            exchange.stepped = at;
        }
        if exchange.is_over() {
            self.open.remove(&key);
        }
        Step::Answered(answered)
    }

    /// PUBREL that `by`, the sender of the PUBLISH, sends.
    pub fn release(&mut self, by: Role, id: u16, at: Place) -> Step {
        let Place { stamp: at, certain } = at;
        let key = key(by, Family::Publish, id);
        let unknown = || unknown(&self.used, by, Family::Publish, id);
        let Some(exchange) = self.open.get_mut(&key) else {
            let request = Request { certain, ..Request::default() };
            let unseen = Exchange::new(PacketType::Pubrel, Stage::Released, Content::UNSEEN, request, at);
            let step = unknown();
            self.open.insert(key, Exchange { due_complete: 1, repeated: step == Step::Unknown { used: true }, ..unseen });
            return step;
        };
        exchange.request.certain &= certain;
        // Whatever it is, PUBCOMP may answer it.
        exchange.due_complete += 1;
        if exchange.due_release == 0 {
            let begun = exchange.begun;
            return match (exchange.refused, exchange.stage) {
                (Some(pubrec), Stage::Done) => Step::Refused { pubrec },
                _ if exchange.content.qos != 2 => Step::WrongKind { begun, qos: exchange.content.qos },
                (_, Stage::Begun) => {
                    exchange.early = true;
                    Step::Early { begun }
                }
                _ => {
                    exchange.stage = Stage::Released;
                    Step::ReleasedAgain
                }
            };
        }
        exchange.due_release -= 1;
        if exchange.is_before(Stage::Received) {
            return Step::AnsweredLate;
        }
        let mut answered = exchange.answered();
        if exchange.content.qos == 2 {
            if exchange.stage == Stage::Received && exchange.received_order > 0 {
                let latest = self.latest.get_mut(by.index()).and_then(|latest| latest.get_mut(2));
                answered.overtaken_by = latest.and_then(|latest| latest.pass(exchange.received_order, at));
            }
            exchange.stage = Stage::Released;
            exchange.stepped = at;
        }
        Step::Answered(answered)
    }

    /// PUBCOMP that `by`, the receiver of the PUBLISH, sends.
    pub fn complete(&mut self, by: Role, id: u16, at: Stamp) -> Step {
        let key = key(by.peer(), Family::Publish, id);
        let unknown = || unknown(&self.used, by.peer(), Family::Publish, id);
        let Some(exchange) = self.open.get_mut(&key) else { return unknown() };
        if exchange.due_complete == 0 {
            return match exchange.stage {
                _ if !exchange.is_seen() => unknown(),
                _ if exchange.content.qos != 2 => Step::WrongKind { begun: exchange.begun, qos: exchange.content.qos },
                Stage::Begun | Stage::Received => Step::Early { begun: exchange.begun },
                Stage::Released | Stage::Done => unknown(),
            };
        }
        exchange.due_complete -= 1;
        if exchange.is_before(Stage::Released) {
            return Step::AnsweredLate;
        }
        let answered = exchange.answered();
        if exchange.content.qos == 2 {
            exchange.stage = Stage::Done;
            exchange.stepped = at;
        }
        if exchange.is_over() {
            self.open.remove(&key);
        }
        Step::Answered(answered)
    }

    /// Whether the latest SUBSCRIBE or UNSUBSCRIBE of the client with an identifier has more than one Topic Filter.
    pub fn has_several_filters(&self, family: Family, id: u16) -> bool {
        self.several.contains(&key(Role::Client, family, id))
    }

    /// The client unsubscribes a filter that is the name of a topic, given by its CRC-32.
    pub fn unsubscribed(&mut self, topic: u32) {
        if self.open.len() > SCAN_LIMIT {
            return;
        }
        for (key, exchange) in &mut self.open {
            exchange.unsubscribed |= key >> 18 == Role::Server as u32 && exchange.content.topic == Some(topic);
        }
    }

    /// Whether an exchange that `by` began still waits for something, or for a repetition.
    pub fn is_open(&self, by: Role, family: Family, id: u16) -> bool {
        self.open.contains_key(&key(by, family, id))
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
            .find(|exchange| exchange.holds())
            .map(InUse::from)
    }
}

fn unknown(used: &[[UsedIds; 3]; 2], began_by: Role, family: Family, id: u16) -> Step {
    let used = used.get(began_by.index()).and_then(|families| families.get(family as usize));
    Step::Unknown { used: used.is_some_and(|used| used.contains(id)) }
}

fn waiting(key: u32, exchange: &Exchange) -> Option<Unanswered> {
    let began_by = if key >> 18 == 0 { Role::Client } else { Role::Server };
    if exchange.misanswered || exchange.kind == PacketType::Pubrec {
        return None;
    }
    let (request, awaits, owed_by, since) = match (exchange.stage, exchange.kind) {
        (Stage::Begun, PacketType::Subscribe) => (PacketType::Subscribe, PacketType::Suback, began_by.peer(), exchange.begun),
        (Stage::Begun, PacketType::Unsubscribe) => (PacketType::Unsubscribe, PacketType::Unsuback, began_by.peer(), exchange.begun),
        (Stage::Begun, kind) if exchange.content.qos == 2 => (kind, PacketType::Pubrec, began_by.peer(), exchange.begun),
        (Stage::Begun, kind) => (kind, PacketType::Puback, began_by.peer(), exchange.begun),
        (Stage::Received, _) => (PacketType::Pubrec, PacketType::Pubrel, began_by, exchange.stepped),
        (Stage::Released, _) if exchange.due_complete > 0 => (PacketType::Pubrel, PacketType::Pubcomp, began_by.peer(), exchange.stepped),
        (Stage::Released | Stage::Done, _) => return None,
    };
    let idle = exchange.request.filters > 0
        && exchange.request.qos.len() == exchange.request.filters
        && exchange.request.qos.iter().all(|granted| *granted == 0)
        && exchange.kind == PacketType::Unsubscribe;
    let Request { certain, expires, .. } = exchange.request;
    Some(Unanswered {
        request,
        since,
        awaits,
        owed_by,
        packet_id: (key & 0xffff) as u16,
        idle,
        unsubscribed: exchange.unsubscribed,
        expires,
        certain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameId;
    use crate::time::Timestamp;
    use PacketType::{Puback, Publish, Pubrec, Pubrel, Suback, Subscribe, Unsuback, Unsubscribe};
    use Role::{Client, Server};

    fn at(number: u64) -> Stamp {
        Stamp { frame: FrameId::new(0, number), time: Timestamp::from_nanos(number as i64 * 1_000_000) }
    }

    fn message(qos: u8, text: u32) -> Content {
        Content { topic: Some(1), payload: Some(text), qos }
    }

    fn request(text: u32) -> Content {
        Content { topic: Some(text), payload: Some(0), qos: 0 }
    }

    /// Exchanges with a clock that ticks once per packet.
    #[derive(Default)]
    struct Wire {
        exchanges: Exchanges,
        now: u64,
    }

    impl Wire {
        fn tick(&mut self) -> Stamp {
            self.now += 1;
            at(self.now)
        }

        fn publish(&mut self, by: Role, id: u16, qos: u8, text: u32) -> Step {
            let now = self.tick();
            self.exchanges.begin(by, Publish, id, message(qos, text), Request { certain: true, ..Request::default() }, now)
        }

        fn again(&mut self, by: Role, id: u16, qos: u8, text: u32) -> Step {
            let now = self.tick();
            let request = Request { again: true, certain: true, ..Request::default() };
            self.exchanges.begin(by, Publish, id, message(qos, text), request, now)
        }

        fn ask(&mut self, kind: PacketType, id: u16, text: u32, qos: &[u8]) -> Step {
            let now = self.tick();
            let request = Request { filters: qos.len(), qos: qos.into(), certain: true, ..Request::default() };
            self.exchanges.begin(Client, kind, id, self::request(text), request, now)
        }

        fn answer(&mut self, by: Role, kind: PacketType, id: u16) -> Step {
            let now = self.tick();
            self.exchanges.answer(by, kind, id, kind != Pubrec, Place { stamp: now, certain: true })
        }

        fn refuse(&mut self, by: Role, id: u16) -> Step {
            let now = self.tick();
            self.exchanges.answer(by, Pubrec, id, true, Place { stamp: now, certain: true })
        }

        fn release(&mut self, by: Role, id: u16) -> Step {
            let now = self.tick();
            self.exchanges.release(by, id, Place { stamp: now, certain: true })
        }

        fn complete(&mut self, by: Role, id: u16) -> Step {
            let now = self.tick();
            self.exchanges.complete(by, id, now)
        }

        fn awaited(&self) -> Vec<(PacketType, Role, u16, u64)> {
            let frame = |waits: Unanswered| (waits.awaits, waits.owed_by, waits.packet_id, waits.since.frame.number());
            self.exchanges.unanswered().into_iter().map(frame).collect()
        }

        fn is_empty(&self) -> bool {
            self.exchanges.open.is_empty()
        }
    }

    fn answers(step: &Step, request: u64) -> bool {
        matches!(step, Step::Answered(answered) if answered.request == at(request) && answered.overtaken_by.is_none())
    }

    fn began(step: &Step) -> bool {
        *step == Step::Began { in_use: None }
    }

    fn in_use(step: &Step) -> Option<(PacketType, u64)> {
        match step {
            Step::Began { in_use: Some(holder) } => Some((holder.kind, holder.begun.frame.number())),
            _ => None,
        }
    }

    fn overtaken_by(step: &Step) -> Option<u64> {
        match step {
            Step::Answered(answered) => answered.overtaken_by.map(|stamp| stamp.frame.number()),
            other => panic!("no answer: {other:?}"),
        }
    }

    const UNKNOWN: Step = Step::Unknown { used: false };
    const SURPLUS: Step = Step::Unknown { used: true };

    #[test]
    fn qos_1_is_one_round() {
        let mut wire = Wire::default();
        assert!(began(&wire.publish(Client, 1, 1, 7)));
        assert_eq!(wire.awaited(), [(Puback, Server, 1, 1)]);
        assert!(answers(&wire.answer(Server, Puback, 1), 1));
        assert!(wire.is_empty());
        assert!(began(&wire.publish(Client, 1, 1, 8)), "the identifier is free again");
    }

    #[test]
    fn qos_2_is_two_rounds() {
        let mut wire = Wire::default();
        assert!(began(&wire.publish(Server, 1, 2, 7)));
        assert_eq!(wire.awaited(), [(Pubrec, Client, 1, 1)]);
        assert!(answers(&wire.answer(Client, Pubrec, 1), 1));
        assert_eq!(wire.awaited(), [(Pubrel, Server, 1, 2)]);
        assert!(answers(&wire.release(Server, 1), 2));
        assert_eq!(wire.awaited(), [(PacketType::Pubcomp, Client, 1, 3)]);
        assert_eq!(wire.exchanges.in_flight(), 1);
        assert!(answers(&wire.complete(Client, 1), 3));
        assert!(wire.is_empty());
        assert_eq!(wire.complete(Client, 1), SURPLUS);
    }

    #[test]
    fn directions_and_families_are_apart() {
        let mut wire = Wire::default();
        assert!(began(&wire.publish(Client, 7, 1, 1)));
        assert!(began(&wire.publish(Server, 7, 1, 2)), "the server's 7 is another");
        assert!(answers(&wire.answer(Client, Puback, 7), 2));
        assert_eq!(wire.answer(Client, Puback, 7), SURPLUS);
        assert_eq!(wire.answer(Server, Suback, 7), UNKNOWN, "SUBACK does not answer a PUBLISH");
        assert!(answers(&wire.answer(Server, Puback, 7), 1));
        assert!(began(&wire.ask(Subscribe, 7, 1, &[0])));
        assert_eq!(wire.answer(Server, Puback, 7), SURPLUS, "PUBACK does not answer a SUBSCRIBE");
        assert_eq!(wire.answer(Server, Unsuback, 7), UNKNOWN);
        assert!(matches!(wire.answer(Server, Suback, 7), Step::Answered(answered) if answered.filters == 1 && !answered.mixed));
        assert!(wire.is_empty());
    }

    #[test]
    fn identifier_in_flight_is_in_use_across_families() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        assert_eq!(in_use(&wire.ask(Subscribe, 5, 1, &[0])), Some((Publish, 1)));
        assert_eq!(in_use(&wire.ask(Unsubscribe, 5, 1, &[0])), Some((Publish, 1)));
        wire.answer(Server, Puback, 5);
        assert_eq!(in_use(&wire.publish(Client, 5, 1, 2)), Some((Subscribe, 2)));
        assert!(began(&wire.publish(Server, 5, 1, 2)), "it binds one side only");
    }

    #[test]
    fn other_content_under_an_open_identifier_is_in_use() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        assert_eq!(in_use(&wire.publish(Client, 5, 1, 2)), Some((Publish, 1)));
        assert_eq!(in_use(&wire.again(Client, 5, 2, 2)), Some((Publish, 2)), "another QoS is another message");
    }

    #[test]
    fn each_of_two_messages_under_an_identifier_has_its_answer() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        wire.publish(Client, 5, 1, 2);
        assert!(answers(&wire.answer(Server, Puback, 5), 2));
        assert!(matches!(wire.answer(Server, Puback, 5), Step::Answered(_)));
        assert_eq!(wire.answer(Server, Puback, 5), SURPLUS);
        assert!(wire.is_empty());
    }

    #[test]
    fn answer_to_a_message_of_the_other_qos_comes_late() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        wire.publish(Client, 5, 2, 2);
        assert_eq!(wire.answer(Server, Puback, 5), Step::AnsweredLate);
        assert!(answers(&wire.answer(Server, Pubrec, 5), 2));
        assert!(matches!(wire.answer(Server, Puback, 5), Step::WrongKind { qos: 2, .. }));
    }

    #[test]
    fn repeat_is_no_new_message_and_has_its_own_answer() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        let repeat = Step::Resent { first: at(1), same: Some(true), stage: Stage::Begun };
        assert_eq!(wire.again(Client, 5, 1, 1), repeat);
        assert_eq!(wire.publish(Client, 5, 1, 1), repeat, "with DUP or without");
        assert_eq!(wire.awaited(), [(Puback, Server, 5, 1)], "since the first transmission");
        assert!(answers(&wire.answer(Server, Puback, 5), 3));
        assert!(wire.awaited().is_empty());
        assert!(began(&wire.publish(Client, 5, 1, 9)), "free from the first answer on");
        for _ in 0..3 {
            assert!(matches!(wire.answer(Server, Puback, 5), Step::Answered(_)));
        }
        assert_eq!(wire.answer(Server, Puback, 5), SURPLUS);
    }

    #[test]
    fn repeat_after_the_answer_is_known_while_answers_are_due() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        wire.again(Client, 5, 1, 1);
        wire.answer(Server, Puback, 5);
        assert_eq!(wire.again(Client, 5, 1, 1), Step::Resent { first: at(1), same: Some(true), stage: Stage::Done });
    }

    #[test]
    fn unseen_payload_leaves_open_whether_it_is_a_repeat() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        let now = wire.tick();
        let damaged = Content { payload: None, ..message(1, 0) };
        assert!(matches!(wire.exchanges.begin(Client, Publish, 5, damaged, Request::default(), now), Step::Resent { same: None, .. }));
    }

    #[test]
    fn content_that_is_known_to_differ_is_another() {
        let known = message(1, 1);
        assert_eq!(known.same(&Content { topic: None, ..known }), None);
        assert_eq!(known.same(&Content { topic: None, payload: Some(2), qos: 1 }), Some(false));
        assert_eq!(known.same(&Content { topic: Some(2), payload: None, qos: 1 }), Some(false));
        assert_eq!(known.same(&Content { qos: 2, ..known }), Some(false));
        assert_eq!(known.same(&known), Some(true));
    }

    #[test]
    fn publish_after_pubrel_tells_the_stage() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        wire.answer(Server, Pubrec, 1);
        assert!(matches!(wire.again(Client, 1, 2, 1), Step::Resent { stage: Stage::Received, .. }));
        wire.release(Client, 1);
        assert!(matches!(wire.again(Client, 1, 2, 1), Step::Resent { stage: Stage::Released, .. }));
        assert_eq!(in_use(&wire.publish(Client, 1, 2, 2)), Some((Publish, 1)));
    }

    #[test]
    fn pubcomp_of_the_message_before_leaves_the_next_one_open() {
        let mut wire = Wire::default();
        wire.publish(Server, 1, 2, 1);
        for text in 2..5 {
            wire.answer(Client, Pubrec, 1);
            wire.release(Server, 1);
            let begun = wire.now + 1;
            assert!(in_use(&wire.publish(Server, 1, 2, text)).is_some(), "before PUBCOMP, every time");
            assert_eq!(wire.complete(Client, 1), Step::AnsweredLate);
            assert_eq!(wire.awaited(), [(Pubrec, Client, 1, begun)]);
        }
        assert!(matches!(wire.answer(Client, Pubrec, 1), Step::Answered(_)));
        assert_eq!(wire.answer(Client, Pubrec, 1), SURPLUS);
    }

    #[test]
    fn pubrel_of_the_message_before_leaves_the_next_one_open() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        wire.answer(Server, Pubrec, 1);
        wire.publish(Client, 1, 2, 2);
        assert_eq!(wire.release(Client, 1), Step::AnsweredLate);
        assert!(matches!(wire.answer(Server, Pubrec, 1), Step::Answered(_)));
        assert_eq!(wire.complete(Server, 1), Step::AnsweredLate);
        assert!(matches!(wire.release(Client, 1), Step::Answered(_)));
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
        assert!(wire.is_empty());
    }

    #[test]
    fn pubrel_that_crossed_pubcomp_holds_no_identifier() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        wire.answer(Server, Pubrec, 1);
        wire.release(Client, 1);
        wire.complete(Server, 1);
        assert_eq!(wire.release(Client, 1), SURPLUS);
        assert_eq!(wire.awaited(), [(PacketType::Pubcomp, Server, 1, 5)]);
        assert!(began(&wire.publish(Client, 1, 2, 2)));
        assert_eq!(wire.complete(Server, 1), Step::AnsweredLate);
        assert_eq!(wire.awaited(), [(Pubrec, Server, 1, 6)]);
    }

    #[test]
    fn second_pubrec_asks_for_a_second_pubrel() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        wire.again(Client, 1, 2, 1);
        wire.answer(Server, Pubrec, 1);
        assert!(answers(&wire.release(Client, 1), 3));
        assert!(answers(&wire.complete(Server, 1), 4));
        assert!(wire.awaited().is_empty());
        assert!(matches!(wire.answer(Server, Pubrec, 1), Step::Answered(_)));
        assert_eq!(wire.release(Client, 1), SURPLUS, "its exchange is forgotten, its identifier is not");
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
        assert_eq!(wire.complete(Server, 1), SURPLUS);
        assert!(wire.is_empty());
    }

    #[test]
    fn repeated_pubrel_has_its_own_pubcomp() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        wire.answer(Server, Pubrec, 1);
        wire.release(Client, 1);
        assert_eq!(wire.release(Client, 1), Step::ReleasedAgain);
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
        assert_eq!(wire.complete(Server, 1), SURPLUS);
        assert!(wire.is_empty());
    }

    #[test]
    fn surplus_pubrec_asks_for_pubrel_too() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        wire.answer(Server, Pubrec, 1);
        wire.release(Client, 1);
        assert_eq!(wire.answer(Server, Pubrec, 1), SURPLUS);
        assert!(matches!(wire.release(Client, 1), Step::Answered(_)), "not a repeat: it answers the second PUBREC");
    }

    #[test]
    fn pubrel_before_pubrec_is_early_and_may_be_answered() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        assert_eq!(wire.release(Client, 1), Step::Early { begun: at(1) });
        assert_eq!(wire.awaited(), [(Pubrec, Server, 1, 1)]);
        assert!(answers(&wire.answer(Server, Pubrec, 1), 1));
        assert_eq!(wire.awaited(), [(PacketType::Pubcomp, Server, 1, 3)], "PUBREL was sent");
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
        assert!(wire.is_empty());
    }

    #[test]
    fn pubcomp_before_pubrel_is_early() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        assert_eq!(wire.complete(Server, 1), Step::Early { begun: at(1) });
        wire.answer(Server, Pubrec, 1);
        assert_eq!(wire.complete(Server, 1), Step::Early { begun: at(1) });
        assert!(matches!(wire.release(Client, 1), Step::Answered(_)));
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
    }

    #[test]
    fn wrong_kind_of_answer_frees_the_identifier() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 2, 1);
        assert_eq!(wire.answer(Server, Puback, 5), Step::WrongKind { begun: at(1), qos: 2 });
        assert!(wire.awaited().is_empty());
        assert!(began(&wire.ask(Subscribe, 5, 1, &[0])));
        assert!(matches!(wire.again(Client, 5, 2, 1), Step::Resent { .. }), "it may not have taken it for an answer");
        assert_eq!(in_use(&wire.publish(Client, 5, 2, 2)), Some((Subscribe, 3)), "what holds it now is the SUBSCRIBE");
    }

    #[test]
    fn pubrec_to_qos_1_makes_pubrel_and_pubcomp_follow() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        assert_eq!(wire.answer(Server, Pubrec, 5), Step::WrongKind { begun: at(1), qos: 1 });
        assert!(matches!(wire.release(Client, 5), Step::Answered(_)), "the client follows the server");
        assert!(matches!(wire.complete(Server, 5), Step::Answered(_)));
        assert!(answers(&wire.answer(Server, Puback, 5), 1), "the right one may still come");
    }

    #[test]
    fn pubrel_and_pubcomp_for_qos_1_are_of_the_wrong_kind() {
        let mut wire = Wire::default();
        wire.publish(Client, 5, 1, 1);
        assert_eq!(wire.complete(Server, 5), Step::WrongKind { begun: at(1), qos: 1 });
        assert_eq!(wire.release(Client, 5), Step::WrongKind { begun: at(1), qos: 1 });
        assert!(matches!(wire.complete(Server, 5), Step::Answered(_)));
        assert_eq!(wire.awaited(), [(Puback, Server, 5, 1)]);
    }

    #[test]
    fn refusing_pubrec_ends_the_exchange() {
        let mut wire = Wire::default();
        wire.publish(Client, 1, 2, 1);
        assert!(answers(&wire.refuse(Server, 1), 1));
        assert!(wire.awaited().is_empty());
        assert_eq!(wire.exchanges.in_flight(), 0);
        assert_eq!(wire.release(Client, 1), Step::Refused { pubrec: at(2) });
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
        assert!(began(&wire.publish(Client, 1, 2, 2)), "the identifier is free");
        assert!(answers(&wire.answer(Server, Pubrec, 1), 5));
        assert!(answers(&wire.release(Client, 1), 6), "the refusal is forgotten");
    }

    #[test]
    fn unknown_answers() {
        let mut wire = Wire::default();
        for kind in [Puback, Pubrec, Suback, Unsuback] {
            assert_eq!(wire.answer(Server, kind, 3), UNKNOWN);
        }
        assert_eq!(wire.complete(Client, 4), UNKNOWN);
    }

    #[test]
    fn pubrel_of_an_earlier_connection_has_its_pubcomp() {
        let mut wire = Wire::default();
        assert_eq!(wire.release(Client, 1), UNKNOWN);
        assert!(wire.exchanges.unanswered()[0].certain);
        assert_eq!(wire.awaited(), [(PacketType::Pubcomp, Server, 1, 1)]);
        assert_eq!(in_use(&wire.publish(Client, 1, 1, 1)), Some((Pubrel, 1)), "PUBCOMP has not come");
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));

        let mut wire = Wire::default();
        wire.release(Client, 1);
        assert!(matches!(wire.publish(Client, 1, 2, 1), Step::Resent { same: None, stage: Stage::Released, .. }));
        wire.complete(Server, 1);
        assert!(began(&wire.publish(Client, 1, 2, 2)));
    }

    #[test]
    fn pubrec_for_an_unseen_publish_allows_pubrel() {
        let mut wire = Wire::default();
        assert_eq!(wire.answer(Server, Pubrec, 1), UNKNOWN);
        assert!(wire.awaited().is_empty(), "no PUBREL is owed for it");
        assert!(matches!(wire.release(Client, 1), Step::Answered(_)));
        assert!(matches!(wire.complete(Server, 1), Step::Answered(_)));
        assert!(wire.is_empty());
        assert_eq!(wire.answer(Server, Pubrec, 2), UNKNOWN);
        assert!(began(&wire.publish(Client, 2, 2, 1)), "it holds no identifier");
    }

    #[test]
    fn repeated_request_is_answered_twice() {
        let mut wire = Wire::default();
        wire.ask(Subscribe, 1, 1, &[1, 2]);
        assert!(matches!(wire.ask(Subscribe, 1, 1, &[1, 2]), Step::Resent { same: Some(true), .. }));
        for _ in 0..2 {
            let step = wire.answer(Server, Suback, 1);
            assert!(matches!(step, Step::Answered(answered) if *answered.requested == [1, 2] && !answered.mixed));
        }
        assert_eq!(wire.answer(Server, Suback, 1), SURPLUS);
    }

    #[test]
    fn answers_to_different_requests_under_one_identifier_are_not_told_apart() {
        let mut wire = Wire::default();
        wire.ask(Subscribe, 1, 1, &[1]);
        assert_eq!(in_use(&wire.ask(Subscribe, 1, 2, &[1, 2])), Some((Subscribe, 1)));
        assert!(matches!(wire.answer(Server, Suback, 1), Step::Answered(answered) if answered.mixed));
        assert!(matches!(wire.answer(Server, Suback, 1), Step::Answered(answered) if answered.mixed));
        assert_eq!(wire.answer(Server, Suback, 1), SURPLUS);
        wire.ask(Subscribe, 1, 3, &[1]);
        assert!(matches!(wire.answer(Server, Suback, 1), Step::Answered(answered) if !answered.mixed));
    }

    #[test]
    fn unsubscribe_of_nothing_is_idle() {
        let mut wire = Wire::default();
        wire.ask(Unsubscribe, 1, 1, &[0, 0]);
        wire.ask(Unsubscribe, 2, 2, &[0, 1]);
        let now = wire.tick();
        let unsure = Request { filters: 1, ..Request::default() };
        wire.exchanges.begin(Client, Unsubscribe, 3, request(3), unsure, now);
        let waiting = wire.exchanges.unanswered();
        assert_eq!(
            waiting.iter().map(|waits| (waits.idle, waits.certain)).collect::<Vec<_>>(),
            [(true, true), (false, true), (false, false)]
        );
    }

    #[test]
    fn guessed_boundaries_make_what_waits_uncertain() {
        let mut wire = Wire::default();
        let now = wire.tick();
        wire.exchanges.begin(Client, Publish, 1, message(1, 1), Request::default(), now);
        wire.exchanges.release(Client, 2, Place { stamp: now, certain: false });
        wire.publish(Client, 3, 2, 1);
        wire.exchanges.answer(Server, Pubrec, 3, false, Place { stamp: now, certain: false });
        assert_eq!(wire.exchanges.unanswered().iter().filter(|waits| waits.certain).count(), 0);
    }

    #[test]
    fn unsubscribed_topic_marks_what_the_server_has_begun() {
        let mut wire = Wire::default();
        wire.publish(Server, 1, 2, 1);
        wire.publish(Client, 1, 2, 1);
        wire.exchanges.unsubscribed(1);
        wire.publish(Server, 2, 2, 1);
        assert_eq!(wire.exchanges.unanswered().iter().map(|waits| waits.unsubscribed).collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn order_of_answers_is_that_of_their_requests() {
        let mut wire = Wire::default();
        for id in 1..=3 {
            wire.publish(Server, id, 1, u32::from(id));
        }
        assert_eq!(overtaken_by(&wire.answer(Client, Puback, 2)), None);
        assert_eq!(overtaken_by(&wire.answer(Client, Puback, 1)), Some(4));
        assert_eq!(overtaken_by(&wire.answer(Client, Puback, 3)), None);
    }

    #[test]
    fn each_kind_of_answer_has_its_own_order() {
        let mut wire = Wire::default();
        wire.publish(Server, 1, 2, 1);
        wire.publish(Server, 2, 1, 2);
        wire.publish(Server, 3, 2, 3);
        wire.publish(Client, 3, 1, 3);
        assert_eq!(overtaken_by(&wire.answer(Client, Puback, 2)), None);
        assert_eq!(overtaken_by(&wire.answer(Client, Pubrec, 3)), None);
        assert_eq!(overtaken_by(&wire.answer(Client, Pubrec, 1)), Some(6));
        assert_eq!(overtaken_by(&wire.release(Server, 1)), None);
        assert_eq!(overtaken_by(&wire.release(Server, 3)), Some(8), "PUBREC 3 passed before PUBREC 1");
        assert_eq!(overtaken_by(&wire.answer(Server, Puback, 3)), None);
    }

    #[test]
    fn repeats_have_no_place_in_the_order() {
        let mut wire = Wire::default();
        wire.publish(Server, 1, 1, 1);
        wire.publish(Server, 2, 1, 2);
        wire.again(Server, 1, 1, 1);
        assert_eq!(overtaken_by(&wire.answer(Client, Puback, 2)), None);
        assert_eq!(overtaken_by(&wire.answer(Client, Puback, 1)), None);
        wire.release(Server, 7);
        assert_eq!(overtaken_by(&wire.complete(Client, 7)), None);
    }

    #[test]
    fn pubrel_for_an_unseen_publish_has_no_place_in_the_order() {
        let mut wire = Wire::default();
        wire.answer(Server, Pubrec, 9);
        wire.publish(Client, 1, 2, 1);
        wire.answer(Server, Pubrec, 1);
        wire.release(Client, 1);
        assert_eq!(overtaken_by(&wire.release(Client, 9)), None);
    }

    #[test]
    fn waiting_packets_are_told_oldest_first() {
        let mut wire = Wire::default();
        wire.publish(Server, 9, 1, 1);
        wire.ask(Subscribe, 1, 1, &[0]);
        wire.publish(Client, 3, 2, 1);
        wire.answer(Server, Pubrec, 3);
        let expected = [(Puback, Client, 9, 1), (Suback, Server, 1, 2), (Pubrel, Client, 3, 4)];
        assert_eq!(wire.awaited(), expected);
    }

    #[test]
    fn latest_request_says_how_many_filters() {
        let mut wire = Wire::default();
        wire.ask(Subscribe, 1, 1, &[0, 0]);
        wire.answer(Server, Suback, 1);
        assert!(wire.exchanges.has_several_filters(Family::Subscribe, 1));
        assert!(!wire.exchanges.has_several_filters(Family::Unsubscribe, 1));
        wire.ask(Subscribe, 1, 2, &[0]);
        assert!(!wire.exchanges.has_several_filters(Family::Subscribe, 1));
    }
}
