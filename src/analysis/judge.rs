//! What one direction of a connection says: decoded, held against the session, judged, and written down.

use std::time::Duration;

use super::book::Book;
use super::mqtt::{Opening, PacketView};
use super::{Observer, Shared, Violation, evidence, words};
use crate::finding::{Blame, Certainty, Finding, Severity};
use crate::flow::{Endpoint, Role};
use crate::frame::Stamp;
use crate::framing::{Completeness, Framed, Position, Reader, Unit};
use crate::mqtt::{Body, Packet, PacketType, Version};
use crate::rule::{Context, Event, Fault, Judged, Rule};
use crate::session::{Cause, Doubt, Pause, Reaction, Session, Silence, SilenceEnd, Step, Trigger, Unanswered};
use crate::stream::Side;
use crate::time::Timestamp;
use crate::transport::Transport;

/// Judges one unit of a stream of which nothing else is known but the version.
pub(super) fn lone(unit: Unit<'_>, version: Version, from: Role, shared: &mut Shared, observer: &mut impl Observer) {
    let nowhere = Endpoint { addr: std::net::Ipv4Addr::UNSPECIFIED.into(), port: 0 };
    let opening = Opening { number: 0, client: Side::A, ends: [nowhere; 2], from_start: [false; 2], opened: None, skip: 0 };
    let mut session = Session::new(opening.from_start, None, Some(version));
    Judge { opening: &opening, session: &mut session, book: &mut Book::default(), shared, observer, from }.take(unit);
}

/// Decodes and judges what one direction says.
pub(super) struct Judge<'j, O> {
    pub opening: &'j Opening,
    pub session: &'j mut Session,
    pub book: &'j mut Book,
    pub shared: &'j mut Shared,
    pub observer: &'j mut O,
    pub from: Role,
}

impl<O: Observer> Reader for Judge<'_, O> {
    fn version(&self) -> Version {
        self.session.layout()
    }

    fn take(&mut self, unit: Unit<'_>) {
        match unit {
            Unit::Packet(framed) => self.packet(&framed),
            Unit::BadLength { bytes, begin, certain } => self.bad_length(bytes, begin, certain),
            Unit::Lost { .. } => self.session.lost(self.from, Doubt::Gap),
            Unit::Skipped { .. } => {}
        }
    }
}

impl<O: Observer> Judge<'_, O> {
    fn packet(&mut self, framed: &Framed<'_>) {
        self.shared.stats.packets += 1;
        self.shared.hits.oversize += u64::from(framed.completeness == Completeness::Oversize);
        let packet = self.session.decode(framed.header, framed.body);
        self.shared.exempt.meet(&packet, &mut self.book.wanted);
        let effect = self.session.observe(&packet, framed, self.from);
        if self.from == Role::Client && self.session.packets(Role::Client) == 0 {
            let event = Event::Opening(Judged { packet: &packet, framed, effect: &effect });
            for subject in [Role::Client, Role::Server] {
                self.judge(&event, subject, framed.end);
            }
        }
        let version = version_of(&packet, self.session);
        let doubt = match version {
            _ if !framed.certain => Some(Doubt::Boundary),
            _ if is_incomplete(&packet, framed) => Some(Doubt::Incomplete),
            _ if is_unknown_level(&packet) => Some(Doubt::Version),
            None => Some(Doubt::Version),
            Some(_) => None,
        };
        match doubt {
            None => {
                let event = Event::Packet(Judged { packet: &packet, framed, effect: &effect });
                self.judge(&event, self.from, framed.end);
            }
            Some(doubt) => {
                let wanted = self.book.wanted.as_deref();
                self.shared.engine.pass_over(packet.version, self.from, packet.packet_type(), doubt, wanted);
            }
        }
        let mut pause = None;
        if self.from == Role::Client {
            match self.session.pause(framed) {
                Pause::Unwatched => {}
                Pause::Kept => self.shared.engine.pass_silence(self.session.layout()),
                Pause::Long(silence) => {
                    self.silence(&silence);
                    pause = Some(silence);
                }
            }
        }
        self.observer.packet(&PacketView {
            connection: self.opening.number,
            from: self.from,
            source: self.opening.end(self.from),
            destination: self.opening.end(self.from.peer()),
            transport: Transport::Plain,
            packet: &packet,
            framed,
            session: self.session,
            effect: &effect,
            pause,
        });
        if self.session.is_watching() {
            self.reactions(&packet, framed, &effect.step);
        }
        self.session.settle(&packet, framed, self.from);
        if self.from == Role::Server && packet.packet_type() != PacketType::Disconnect {
            self.session.server_goes_on();
        }
        if packet.packet_type() == PacketType::Connack
            && self.session.connacks() == 1
            && let Some(at) = self.session.accepted()
            && let Some(connect) = self.session.connect()
        {
            self.shared.accepted(self.opening.end(Role::Server), &connect.client_id, self.opening.number, connect.stamp, at);
        }
    }

    fn bad_length(&mut self, bytes: &[u8], begin: Position, certain: bool) {
        if certain && self.session.version().is_some() {
            self.judge(&Event::BadLength { bytes, at: begin }, self.from, begin.stamp);
        }
    }

    /// A packet passed: it may be a reaction that is awaited, or show that none came in time.
    fn reactions(&mut self, packet: &Packet<'_>, framed: &Framed<'_>, step: &Step) {
        for (trigger, reaction) in self.session.watches().packet(packet, framed, step, self.from) {
            self.reaction(&trigger, reaction, framed.end, false);
        }
        let (limit, now) = (self.shared.settings.policy.close_timeout, framed.begin.stamp.time);
        for trigger in self.session.watches().late(self.from, |since| now.since(since.time) > limit) {
            self.reaction(&trigger, Reaction::Open, framed.begin.stamp, false);
        }
    }

    /// One side has closed, or nothing more will come (`cut`: of the capture).
    pub fn reactions_end(&mut self, closed_by: Option<Role>, until: Stamp, cut: bool) {
        for trigger in self.session.watches().finish() {
            let reaction = match closed_by {
                Some(role) if role == trigger.reacts => Reaction::Closed,
                Some(_) => Reaction::PeerClosed,
                None => Reaction::Open,
            };
            self.reaction(&trigger, reaction, until, cut);
        }
    }

    fn reaction(&mut self, trigger: &Trigger, reaction: Reaction, until: Stamp, cut: bool) {
        let since = trigger.stamp.time;
        let after = until.time.since(since);
        let alive = self.session.keep_alive().last_seen(trigger.reacts).map_or(Duration::ZERO, |seen| seen.time.since(since));
        let place = if let Reaction::Answered { at, .. } = reaction { at } else { trigger.stamp };
        self.judge(&Event::Reaction { trigger, reaction, after, alive, cut }, trigger.reacts, place);
    }

    /// A rule has found a fault: another one asks how the peer reacts.
    fn await_reaction(&mut self, rule: &'static str, event: &Event<'_>, stamp: Stamp) {
        let (packet, malformed, end) = match event {
            Event::Packet(judged) | Event::Opening(judged) => {
                (Some(judged.packet.packet_type()), judged.packet.malformed.is_some(), judged.framed.end_offset())
            }
            Event::BadLength { at, bytes } => (None, true, at.offset + bytes.len() as u64),
            _ => return,
        };
        let trigger = Trigger { reacts: self.from.peer(), cause: Cause::Faults(vec![rule]), packet, malformed, stamp, version: None };
        self.session.expect(trigger, end);
    }

    pub fn silence(&mut self, silence: &Silence) {
        // A late packet is to be seen where it came; a silence that a close ended, where it began.
        let place = if silence.end == SilenceEnd::Packet { silence.until } else { silence.since };
        for subject in [Role::Client, Role::Server] {
            self.judge(&Event::Silence(silence), subject, place);
        }
    }

    pub fn unanswered(&mut self, unanswered: &Unanswered, until: Stamp, cut: bool) {
        let since = match self.session.accepted() {
            Some(accepted) if accepted.time > unanswered.since.time => accepted,
            Some(_) => unanswered.since,
            None if unanswered.request == PacketType::Connect => unanswered.since,
            // Nothing but CONNECT waits for an answer that comes before CONNACK; but that may have been missed.
            None if self.session.connack().is_none() && self.session.history(Role::Server).is_err() => unanswered.since,
            None => return,
        };
        let over = [Role::Client, Role::Server].into_iter().filter_map(|role| self.session.disconnect(role)).map(|(_, at)| at.time);
        let end = over.fold(until.time, std::cmp::min);
        let passed = |until: Timestamp| until.since(since.time);
        let event = Event::Unanswered {
            unanswered,
            since,
            open: passed(end),
            heard: self.session.last_packet(unanswered.owed_by.peer()).map_or(Duration::ZERO, |last| passed(last.time)),
            alive: self.session.keep_alive().last_seen(unanswered.owed_by).map_or(Duration::ZERO, |seen| passed(seen.time)),
            cut: cut && end == until.time,
        };
        for subject in [unanswered.owed_by, unanswered.owed_by.peer()] {
            self.judge(&event, subject, unanswered.since);
        }
    }

    /// Asks the rules and records what they find.
    pub fn judge(&mut self, event: &Event<'_>, subject: Role, place: Stamp) {
        let version = match event {
            Event::Packet(judged) => version_of(judged.packet, self.session),
            // That it is no CONNECT does not depend on the version.
            Event::Opening(judged) => version_of(judged.packet, self.session).or(Some(self.session.layout())),
            Event::Reaction { trigger, .. } => trigger.version.or(self.session.version()),
            _ => self.session.version(),
        };
        let Some(version) = version else { return };
        let Shared { engine, settings, .. } = &mut *self.shared;
        let context = Context { event, subject, version, session: self.session, policy: &settings.policy };
        let mut faults = Vec::new();
        engine.judge(&context, self.book.wanted.as_deref(), &mut |number, rule, fault, told| faults.push((number, rule, fault, told)));
        for (number, rule, fault, told) in faults {
            if fault.certainty == Certainty::Certain && self.shared.engine.is_awaited(number, version) {
                self.await_reaction(rule.name, event, place);
            }
            if told {
                self.record(number, rule, fault, event, subject, version, place);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a finding has that many sides")]
    fn record(&mut self, number: u16, rule: &'static Rule, fault: Fault, event: &Event<'_>, subject: Role, version: Version, place: Stamp) {
        let severity = self.severity(number, rule, &fault, version);
        let blames = Blame::from(subject);
        // What a configuration thinks of it does not change why the server closed.
        if subject == Role::Client && fault.certainty == Certainty::Certain && rule.severity(version) == Severity::Error {
            self.book.accuse(place);
        }
        let Some(clause) = fault.clauses.unwrap_or_else(|| rule.clauses(version)).first() else { return };
        if self.observer.accepts(&Violation { rule: rule.name, clause, blames, client_id: client_id(self.session, event) }) {
            return;
        }
        let count = self.book.note(number, rule, severity, blames);
        let limits = &self.shared.settings.limits;
        if count > u64::from(limits.findings_per_rule) {
            return;
        }
        if self.shared.findings >= limits.findings {
            self.shared.hits.findings += 1;
            // Who watches is told whatever is no longer kept.
            if !self.shared.settings.live {
                return;
            }
        }
        self.shared.findings += 1;
        if let Some(finding) = self.finding(number, rule, fault, event, subject, version, place) {
            self.observer.finding(&finding);
        }
    }

    /// What would be found if a silence that goes on were over now, as far as it was not told before.
    pub fn pending(&mut self, silence: &Silence, told: &mut Vec<u16>) {
        let Some(version) = self.session.version() else { return };
        let event = Event::Silence(silence);
        for subject in [Role::Client, Role::Server] {
            let Shared { engine, settings, .. } = &*self.shared;
            let context = Context { event: &event, subject, version, session: self.session, policy: &settings.policy };
            let mut faults = Vec::new();
            engine.ask(&context, self.book.wanted.as_deref(), &mut |number, rule, fault| faults.push((number, rule, fault)));
            for (number, rule, fault) in faults {
                if !told.contains(&number)
                    && let Some(finding) = self.finding(number, rule, fault, &event, subject, version, silence.since)
                {
                    told.push(number);
                    self.observer.pending(&finding);
                }
            }
        }
    }

    fn severity(&self, number: u16, rule: &Rule, fault: &Fault, version: Version) -> Severity {
        let severity = self.shared.engine.severity(number, rule, version);
        // A suspicion never counts as an error.
        if fault.certainty == Certainty::Likely { severity.min(Severity::Warning) } else { severity }
    }

    #[expect(clippy::too_many_arguments, reason = "a finding has that many sides")]
    fn finding(
        &self,
        number: u16,
        rule: &'static Rule,
        fault: Fault,
        event: &Event<'_>,
        subject: Role,
        version: Version,
        place: Stamp,
    ) -> Option<Finding> {
        let (clause, also) = fault.clauses.unwrap_or_else(|| rule.clauses(version)).split_first()?;
        debug_assert!(rule.clauses(version).contains(clause), "{} cites {clause} for its own", rule.name);
        Some(Finding {
            rule: rule.name,
            clause,
            also,
            version,
            severity: self.severity(number, rule, &fault, version),
            certainty: fault.certainty,
            blames: Blame::from(subject),
            connection: self.opening.number,
            client_id: client_id(self.session, event).map(Box::from),
            from: matches!(event, Event::Packet(_) | Event::Opening(_) | Event::BadLength { .. }).then_some(self.from),
            place,
            packet: self.words(event),
            offset: fault.bytes.as_ref().map(|range| range.start),
            message: fault.message,
            evidence: evidence::of(event, fault.bytes, self.shared.settings.show_secrets),
            related: fault.related,
        })
    }

    fn words(&self, event: &Event<'_>) -> String {
        match event {
            Event::Packet(judged) | Event::Opening(judged) => words::describe(judged.packet, judged.framed, self.session, self.from),
            Event::BadLength { bytes, .. } => bytes.first().map_or("", |first| PacketType::from_first_byte(*first).name()).to_owned(),
            Event::Unanswered { unanswered, .. } if unanswered.packet_id == 0 => unanswered.request.name().to_owned(),
            Event::Unanswered { unanswered, .. } => format!("{} #{}", unanswered.request.name(), unanswered.packet_id),
            Event::Reaction { reaction: Reaction::Answered { with, .. }, .. } => with.name().to_owned(),
            Event::Reaction { trigger, .. } => trigger.packet.map_or("packet without end", PacketType::name).to_owned(),
            Event::Silence(_) => "silence of the client".to_owned(),
            Event::End { .. } => "end of the connection".to_owned(),
        }
    }
}

/// The Client Identifier, also while its CONNECT is being judged.
fn client_id<'a>(session: &'a Session, event: &Event<'a>) -> Option<&'a [u8]> {
    let judged = || match event {
        Event::Packet(judged) | Event::Opening(judged) => match &judged.packet.body {
            Body::Connect(connect) => connect.client_id.map(|id| id.bytes),
            _ => None,
        },
        _ => None,
    };
    session.connect().map(|connect| &*connect.client_id).or_else(judged)
}

/// The body is not in the capture, or was too long to keep.
pub(super) fn is_incomplete(packet: &Packet<'_>, framed: &Framed<'_>) -> bool {
    match framed.completeness {
        Completeness::Whole => false,
        Completeness::Oversize => true,
        Completeness::Damaged => packet.packet_type() != PacketType::Publish || packet.malformed.is_some(),
    }
}

/// A CONNECT of a version that does not exist yet: nobody knows its layout.
fn is_unknown_level(packet: &Packet<'_>) -> bool {
    matches!(&packet.body, Body::Connect(connect) if connect.protocol_level.is_some() && connect.version().is_none())
}

/// The version that a packet is judged by: a CONNECT says its own.
pub(super) fn version_of(packet: &Packet<'_>, session: &Session) -> Option<Version> {
    if let Body::Connect(connect) = &packet.body { connect.version().or(Some(packet.version)) } else { session.version() }
}
