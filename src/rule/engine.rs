//! Which rules see an event, and what came of it.

use std::collections::BTreeMap;

use super::spec::{Scope, statement};
use super::{Binds, Context, Event, Fault, On, Rule, Selection, Verdict};
use crate::finding::Severity;
use crate::flow::Role;
use crate::mqtt::{PacketType, Version};
use crate::session::{Cause, Doubt};

/// How many doubts there are; the index of one is its place in the enum.
const DOUBTS: usize = 14;

/// How often a rule passed, failed, or could not be decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The duty was met.
    pub pass: u64,
    /// The duty was broken.
    pub fail: u64,
    /// The capture did not show enough.
    pub inconclusive: u64,
}

/// The rules of a run.
#[derive(Debug)]
pub struct Catalogue {
    rules: &'static [Rule],
    /// For the client, for the server.
    wanted: Vec<[bool; 2]>,
    severities: Vec<Option<Severity>>,
}

impl Catalogue {
    /// The rules that the selection wants.
    pub fn new(rules: &'static [Rule], selection: &Selection) -> Self {
        Self { rules, wanted: selection.wanted(rules), severities: rules.iter().map(|rule| selection.severity(rule)).collect() }
    }

    /// For each rule, by version: whether a wanted rule is asked how the peer reacted to what it finds.
    fn awaited(&self) -> Vec<[bool; 3]> {
        let asked = Version::ALL.map(|version| {
            let wanted =
                self.rules.iter().zip(&self.wanted).filter(|(rule, wanted)| wanted.contains(&true) && !rule.clauses(version).is_empty());
            let on: Vec<&On> = wanted.flat_map(|(rule, _)| rule.on).filter(|on| matches!(on, On::After(_) | On::AfterFault)).collect();
            (version, on.contains(&&On::AfterFault), on)
        });
        let awaits = |rule: &Rule| {
            asked
                .each_ref()
                .map(|(version, any, on)| (*any && is_fault_of_one_packet(rule, *version)) || on.contains(&&On::After(rule.name)))
        };
        self.rules.iter().map(awaits).collect()
    }
}

/// Asks the rules and counts their answers.
#[derive(Debug)]
pub struct Engine {
    rules: &'static [Rule],
    /// By version, subject and packet type.
    packets: [[[Vec<Seat>; 16]; 2]; 3],
    /// By version and subject: other events.
    others: [[Vec<Seat>; 2]; 3],
    /// By version: those that ask for silences and bind the client, with pauses that were short enough.
    silences: [Vec<Seat>; 3],
    /// Failures and doubts; passes are counted in the seats.
    tallies: Vec<[Tally; 3]>,
    severities: Vec<Option<Severity>>,
    doubts: Vec<[u64; DOUBTS]>,
    /// How often each statement was broken, by version.
    broken: BTreeMap<(usize, &'static str), u64>,
    /// By version: rules whose findings another rule waits for.
    awaited: Vec<[bool; 3]>,
}

/// A rule where it is asked: side by side with those asked with it, because this is the innermost loop of all.
#[derive(Clone, Copy, Debug)]
struct Seat {
    check: fn(&Context<'_>) -> Verdict,
    number: u16,
    /// Its findings are wanted.
    wanted: bool,
    /// Another rule waits for its findings.
    awaited: bool,
    passes: u64,
}

fn index(version: Version) -> usize {
    match version {
        Version::V3_1 => 0,
        Version::V3_1_1 => 1,
        Version::V5_0 => 2,
    }
}

impl Engine {
    /// An engine for a catalogue. A rule that is not wanted costs nothing later.
    pub fn new(catalogue: &Catalogue) -> Self {
        let mut engine = Self {
            rules: catalogue.rules,
            packets: Default::default(),
            others: Default::default(),
            silences: Default::default(),
            tallies: vec![[Tally::default(); 3]; catalogue.rules.len()],
            severities: catalogue.severities.clone(),
            doubts: vec![[0; DOUBTS]; catalogue.rules.len()],
            broken: BTreeMap::new(),
            awaited: catalogue.awaited(),
        };
        for (number, rule) in (0u16..).zip(catalogue.rules) {
            for version in Version::ALL.into_iter().filter(|version| !rule.clauses(*version).is_empty()) {
                let awaited = engine.is_awaited(number, version);
                for role in [Role::Client, Role::Server] {
                    let wanted = catalogue.wanted[usize::from(number)][role.index()];
                    let bound = !matches!((rule.binds, role), (Binds::Client, Role::Server) | (Binds::Server, Role::Client));
                    if bound && (wanted || awaited) {
                        engine.enter(Seat { check: rule.check, number, passes: 0, wanted, awaited }, rule, version, role);
                    }
                }
            }
        }
        engine
    }

    fn enter(&mut self, seat: Seat, rule: &Rule, version: Version, role: Role) {
        let types = &mut self.packets[index(version)][role.index()];
        for on in rule.on {
            match on {
                On::Packet(kind) => types[kind.index()].push(seat),
                On::AnyPacket => types.iter_mut().for_each(|seats| seats.push(seat)),
                _ => {}
            }
        }
        if rule.on.contains(&On::Silence) && role == Role::Client {
            self.silences[index(version)].push(seat);
        }
        if rule.on.iter().any(|on| !matches!(on, On::Packet(_) | On::AnyPacket)) {
            self.others[index(version)][role.index()].push(seat);
        }
    }

    /// Whether another rule asks how the peer reacted to a fault that this one found.
    pub fn is_awaited(&self, number: u16, version: Version) -> bool {
        self.awaited.get(usize::from(number)).is_some_and(|awaited| awaited[index(version)])
    }

    /// The severity of a certain violation of a rule in a version.
    pub fn severity(&self, number: u16, rule: &Rule, version: Version) -> Severity {
        let other = self.severities.get(usize::from(number)).copied().flatten();
        other.unwrap_or_else(|| rule.severity(version))
    }

    /// Asks the rules about an event; tells `sink` what is wrong, and whether it is wanted: other faults are told because
    /// another rule waits for them. `wanted` is what is wanted for the connection (`None`: all that is wanted at all).
    #[inline]
    pub fn judge(&mut self, context: &Context<'_>, wanted: Option<&[[bool; 2]]>, sink: &mut impl FnMut(u16, &'static Rule, Fault, bool)) {
        let version = index(context.version);
        let Self { rules, packets, others, tallies, doubts, broken, .. } = self;
        let (seats, all) = match context.event {
            Event::Packet(judged) => (&mut packets[version][context.subject.index()][judged.packet.packet_type().index()], true),
            _ => (&mut others[version][context.subject.index()], false),
        };
        for seat in seats {
            let at = usize::from(seat.number);
            if !all && !asks(&rules[at], context) {
                continue;
            }
            let told = seat.wanted && is_wanted(wanted, seat.number, context.subject);
            if !told && !seat.awaited {
                continue;
            }
            match (seat.check)(context) {
                Verdict::Pass => seat.passes += u64::from(told),
                Verdict::NotApplicable => {}
                Verdict::Inconclusive(doubt) => {
                    tallies[at][version].inconclusive += u64::from(told);
                    doubts[at][doubt as usize] += u64::from(told);
                }
                Verdict::Fail(fault) => {
                    let rule = &rules[at];
                    tallies[at][version].fail += u64::from(told);
                    let clauses = fault.clauses.unwrap_or_else(|| rule.clauses(context.version));
                    for clause in clauses.iter().filter(|_| told) {
                        *broken.entry((version, *clause)).or_default() += 1;
                    }
                    sink(seat.number, rule, fault, told);
                }
            }
        }
    }

    /// Asks the rules about something that is not over yet: what they find is told, but not counted.
    pub fn ask(&self, context: &Context<'_>, wanted: Option<&[[bool; 2]]>, sink: &mut impl FnMut(u16, &'static Rule, Fault)) {
        for seat in &self.others[index(context.version)][context.subject.index()] {
            let rule = &self.rules[usize::from(seat.number)];
            if seat.wanted
                && asks(rule, context)
                && is_wanted(wanted, seat.number, context.subject)
                && let Verdict::Fail(fault) = (seat.check)(context)
            {
                sink(seat.number, rule, fault);
            }
        }
    }

    /// Counts a packet that cannot be judged for all rules that would have seen it.
    pub fn pass_over(&mut self, version: Version, subject: Role, kind: PacketType, doubt: Doubt, wanted: Option<&[[bool; 2]]>) {
        let seats = &self.packets[index(version)][subject.index()][kind.index()];
        for seat in seats.iter().filter(|seat| seat.wanted && is_wanted(wanted, seat.number, subject)) {
            self.tallies[usize::from(seat.number)][index(version)].inconclusive += 1;
            self.doubts[usize::from(seat.number)][doubt as usize] += 1;
        }
    }

    /// Counts a pause of the client within its Keep Alive: a pass for the rules that bind the client.
    pub fn pass_silence(&mut self, version: Version) {
        self.silences[index(version)].iter_mut().for_each(|seat| seat.passes += u64::from(seat.wanted));
    }

    /// All rules with their tallies in a version, in the order of the catalogue.
    pub fn tallies(&self, version: Version) -> impl Iterator<Item = (&'static Rule, Tally)> {
        let version = index(version);
        let mut tallies: Vec<Tally> = self.tallies.iter().map(|tallies| tallies[version]).collect();
        let packets = self.packets[version].iter().flatten().flatten();
        for seat in packets.chain(self.others[version].iter().flatten()).chain(&self.silences[version]) {
            tallies[usize::from(seat.number)].pass += seat.passes;
        }
        self.rules.iter().zip(tallies)
    }

    /// How often a statement was broken in a version. A rule that cites several may have found only one of them broken.
    pub fn broken(&self, version: Version, clause: &'static str) -> u64 {
        self.broken.get(&(index(version), clause)).copied().unwrap_or(0)
    }

    /// How often each doubt kept a rule from deciding.
    pub fn doubts(&self) -> impl Iterator<Item = (&'static Rule, Doubt, u64)> {
        const ALL: [Doubt; DOUBTS] = [
            Doubt::MidStream,
            Doubt::Gap,
            Doubt::Dropped,
            Doubt::OneSided,
            Doubt::Boundary,
            Doubt::Incomplete,
            Doubt::Version,
            Doubt::EarlierSession,
            Doubt::Delayed,
            Doubt::Crossed,
            Doubt::Undelivered,
            Doubt::Clock,
            Doubt::CaptureEnd,
            Doubt::ConnectionEnd,
        ];
        self.rules.iter().zip(&self.doubts).flat_map(|(rule, counts)| {
            ALL.into_iter().zip(*counts).filter(|(_, count)| *count > 0).map(move |(doubt, count)| (rule, doubt, count))
        })
    }
}

/// The rule finds errors, and those in single packets.
fn is_fault_of_one_packet(rule: &Rule, version: Version) -> bool {
    let scope = || rule.clauses(version).first().and_then(|clause| statement(version, clause)).map(|statement| statement.scope);
    rule.severity(version) == Severity::Error && scope() == Some(Scope::Packet)
}

/// Whether a rule is wanted for a connection.
#[inline]
fn is_wanted(wanted: Option<&[[bool; 2]]>, number: u16, subject: Role) -> bool {
    wanted.is_none_or(|wanted| wanted.get(usize::from(number)).is_none_or(|sides| sides[subject.index()]))
}

/// Rules for other events than packets are few: they are told apart here.
fn asks(rule: &Rule, context: &Context<'_>) -> bool {
    match context.event {
        Event::Packet(_) => true,
        Event::BadLength { .. } => rule.on.contains(&On::BadLength),
        Event::End { .. } => rule.on.contains(&On::End),
        Event::Opening(_) => rule.on.contains(&On::Opening),
        Event::Silence(_) => rule.on.contains(&On::Silence) || rule.on.contains(&On::LongSilence),
        Event::Reaction { trigger, .. } => match &trigger.cause {
            Cause::Faults(names) => {
                rule.on.iter().any(|on| matches!(on, On::AfterFault) || matches!(on, On::After(name) if names.contains(name)))
            }
            Cause::Refusal(_) => rule.on.contains(&On::AfterRefusal),
            Cause::Disconnect(_) => rule.on.contains(&On::AfterDisconnect),
            Cause::PeerDisconnect => rule.on.contains(&On::AfterPeerDisconnect),
        },
        Event::Unanswered { unanswered, .. } if unanswered.owed_by != context.subject => rule.on.contains(&On::InVain(unanswered.awaits)),
        Event::Unanswered { unanswered, .. } => rule.on.contains(&On::Unanswered(unanswered.awaits)),
    }
}
