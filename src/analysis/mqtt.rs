//! One MQTT connection followed from its first packet to its end: framed, decoded, remembered, judged.

use std::time::Duration;

use super::summary::{Connection, Repeats};
use super::{Observer, Shared, evidence, words};
use crate::finding::{Blame, Certainty, Finding, Severity};
use crate::flow::{Endpoint, Role};
use crate::frame::Stamp;
use crate::framing::{Completeness, Framed, Framer, Position, Reader, Unit};
use crate::mqtt::{Body, Packet, PacketType, Version};
use crate::rule::{Context, Event, Fault, Judged, Rule};
use crate::session::{Doubt, Effect, Ending, EndingFacts, Pause, Session, Silence, SilenceEnd, Unanswered};
use crate::stream::{self, Item, Side, Stretch};
use crate::transport::Transport;

/// How long after a takeover or a fault the server's closing is put down to it.
const CAUSE_WINDOW: Duration = Duration::from_secs(5);

/// A control packet, as observers see it.
#[derive(Clone, Copy, Debug)]
pub struct PacketView<'a> {
    /// Number of the connection.
    pub connection: u64,
    /// Who sent it.
    pub from: Role,
    /// Its sender.
    pub source: Endpoint,
    /// Its receiver.
    pub destination: Endpoint,
    /// What it travelled in.
    pub transport: Transport,
    /// The packet.
    pub packet: &'a Packet<'a>,
    /// How it stood in the stream.
    pub framed: &'a Framed<'a>,
    /// What was known before it.
    pub session: &'a Session,
    /// What it did.
    pub effect: &'a Effect,
}

impl PacketView<'_> {
    /// The body is not in the capture, or was too long to keep: only the fixed header can be told.
    pub fn is_header_only(&self) -> bool {
        is_incomplete(self.packet, self.framed)
    }

    /// The version to tell: that of a CONNECT is its own.
    pub fn version(&self) -> Option<Version> {
        version_of(self.packet, self.session)
    }
}

/// How a connection began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub number: u64,
    pub client: Side,
    pub ends: [Endpoint; 2],
    /// Client, server: the stream is read from its first byte.
    pub from_start: [bool; 2],
    /// Bytes of the client's stream before MQTT (a PROXY protocol header).
    pub skip: u64,
}

/// The state of one connection.
#[derive(Debug)]
pub struct Mqtt {
    opening: Opening,
    framers: [Framer; 2],
    session: Session,
    book: Book,
    skip: u64,
    closed: Option<(Role, Stamp)>,
    reset: bool,
}

/// What was found on a connection.
#[derive(Debug, Default)]
struct Book {
    /// Rule number, name, count and severity of the last.
    counts: Vec<(u16, &'static Rule, u64, Severity)>,
    /// By blame and severity.
    findings: [[u64; 3]; 3],
    /// When the client was last found at fault for certain.
    client_fault: Option<Stamp>,
}

impl Mqtt {
    pub(super) fn new(opening: Opening, shared: &Shared) -> Self {
        let [client, server] = opening.from_start;
        let limits = shared.settings.limits.framer;
        Self {
            opening,
            framers: [Framer::new(Role::Client, client, limits), Framer::new(Role::Server, server, limits)],
            session: Session::new(opening.from_start, shared.settings.assume_version),
            book: Book::default(),
            skip: opening.skip,
            closed: None,
            reset: false,
        }
    }

    /// The server's stream counts as read from its start although its handshake was not captured.
    pub(super) fn awaits_server(&self) -> bool {
        let [_, server] = self.opening.from_start;
        server && self.session.packets(Role::Server) == 0
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.framers.iter().map(Framer::kept_bytes).sum()
    }

    /// Lets go of incomplete packets, to save memory.
    pub(super) fn drop_kept(&mut self) {
        self.framers.iter_mut().for_each(Framer::drop_kept);
    }

    pub(super) fn seen(&mut self, side: Side, at: Stamp) {
        self.session.seen(self.role(side), at);
    }

    pub(super) fn item(&mut self, side: Side, item: &Item<'_>, shared: &mut Shared, observer: &mut impl Observer) {
        let from = self.role(side);
        match item {
            Item::Stretch(stretch) => self.stretch(from, stretch, shared, observer),
            Item::Fin(stamp) | Item::Reset(stamp) => {
                let reset = matches!(item, Item::Reset(_));
                let begun = self.unfinished(Role::Client);
                self.feed(from, shared, observer, |framer, judge| framer.finish(judge));
                if self.closed.is_none() {
                    self.closed = Some((from, *stamp));
                    self.reset = reset;
                    self.silence_ends(SilenceEnd::Closed(from), *stamp, begun);
                }
            }
        }
    }

    /// Where a packet of `role` began whose end has not come.
    fn unfinished(&self, role: Role) -> Option<Stamp> {
        let [client, server] = &self.framers;
        let framer = if role == Role::Client { client } else { server };
        framer.unfinished()
    }

    /// The client's last silence ends with the connection, or with a last packet that was cut short and began at `begun`.
    fn silence_ends(&mut self, end: SilenceEnd, until: Stamp, begun: Option<Stamp>) {
        let (end, until) = begun.map_or((end, until), |begun| (SilenceEnd::Packet, begun));
        self.session.silence_ends(end, until);
    }

    fn stretch(&mut self, from: Role, stretch: &Stretch<'_>, shared: &mut Shared, observer: &mut impl Observer) {
        match *stretch {
            Stretch::Bytes { offset, mut data, stamp, delayed, acked } => {
                self.session.read(from, offset + data.len() as u64);
                if from == Role::Client && self.skip > 0 {
                    let cut = data.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
                    self.skip -= cut as u64;
                    data = data.get(cut..).unwrap_or(&[]);
                }
                let at = Position { offset, stamp, acked, delayed };
                self.feed(from, shared, observer, |framer, judge| framer.bytes(data, at, judge));
            }
            Stretch::Gap { offset, len, stamp } => {
                shared.stats.gaps += 1;
                let at = Position { offset, stamp, acked: None, delayed: true };
                self.feed(from, shared, observer, |framer, judge| framer.gap(len, at, judge));
            }
        }
    }

    #[inline]
    fn feed<'j, O: Observer>(
        &'j mut self,
        from: Role,
        shared: &'j mut Shared,
        observer: &'j mut O,
        work: impl FnOnce(&mut Framer, &mut Judge<'j, O>),
    ) {
        let [client, server] = &mut self.framers;
        let framer = if from == Role::Client { client } else { server };
        let mut judge = Judge { opening: &self.opening, session: &mut self.session, book: &mut self.book, shared, observer, from };
        work(framer, &mut judge);
    }

    /// The connection is over, or the capture is (`cut`).
    pub(super) fn end(mut self, connection: &stream::Connection, cut: bool, now: Stamp, shared: &mut Shared, observer: &mut impl Observer) {
        let begun = self.unfinished(Role::Client);
        for role in [Role::Client, Role::Server] {
            self.feed(role, shared, observer, |framer, judge| framer.finish(judge));
        }
        let (end, until) = match self.closed {
            Some((role, stamp)) => (SilenceEnd::Closed(role), stamp),
            None => (SilenceEnd::Capture, if cut { now } else { connection.last() }),
        };
        for role in [Role::Client, Role::Server] {
            if !connection.seen(self.side(role)) {
                self.session.lost(role, Doubt::OneSided);
            }
        }
        self.silence_ends(end, until, begun);
        let silence = self.session.keep_alive().last();
        let unanswered = self.session.unanswered();
        let mut judge =
            Judge { opening: &self.opening, session: &mut self.session, book: &mut self.book, shared, observer, from: Role::Client };
        if let Some(silence) = silence {
            judge.silence(&silence);
        }
        let cut = end == SilenceEnd::Capture;
        for unanswered in &unanswered {
            judge.unanswered(unanswered, until, cut);
        }
        for subject in [Role::Client, Role::Server] {
            judge.judge(&Event::End { cut }, subject, until);
        }
        self.summarize(connection, until, shared, observer);
    }

    fn summarize(self, connection: &stream::Connection, until: Stamp, shared: &mut Shared, observer: &mut impl Observer) {
        let Self { opening, session, book, closed, reset, .. } = self;
        let (client, server) = (opening.end(Role::Client), opening.end(Role::Server));
        let connect = session.connect();
        let client_id = connect.map(|connect| connect.client_id.clone());
        let taken_over = shared.ended(server, client_id.as_deref().unwrap_or_default(), opening.number);
        let shortly = |before: Option<Stamp>| before.is_some_and(|at| until.time.since(at.time) <= CAUSE_WINDOW);
        let ending = Ending::new(
            &session,
            &EndingFacts {
                closed,
                reset,
                taken_over: taken_over.is_some_and(|at| until.time.since(at) <= CAUSE_WINDOW),
                violated: shortly(book.client_fault),
                unreachable: connection.is_unreachable(),
                last: connection.last(),
            },
        );
        let kept = u64::from(shared.settings.limits.findings_per_rule);
        shared.repeats.extend(book.counts.iter().filter(|(_, _, count, _)| *count > kept).map(|(_, rule, count, severity)| Repeats {
            rule: rule.name,
            connection: opening.number,
            more: count - kept,
            severity: *severity,
        }));
        let stats = [Side::A, Side::B].map(|side| connection.stats(side));
        shared.hits.held += stats.iter().map(|stats| u64::from(stats.hold_limit_hits)).sum::<u64>();
        let connack = session.connack();
        observer.connection(&Connection {
            number: opening.number,
            client,
            server,
            transport: Transport::Plain,
            version: session.version(),
            assigned_client_id: connack.and_then(|connack| connack.assigned_client_id.clone()),
            user_name: connect.and_then(|connect| connect.user_name.clone()),
            keep_alive: connack.and_then(|connack| connack.server_keep_alive).or(connect.and_then(|connect| connect.keep_alive)),
            clean_start: connect.map(|connect| connect.clean_start),
            client_id,
            first: connection.first(),
            last: connection.last().time,
            packets: [session.packets(Role::Client), session.packets(Role::Server)],
            bytes: [session.bytes(Role::Client), session.bytes(Role::Server)],
            publishes: session.publishes(),
            longest_silence: session.keep_alive().in_force().map(|_| session.keep_alive().longest()),
            findings: book.findings,
            gaps: stats.iter().map(|stats| u64::from(stats.gaps)).sum(),
            retransmissions: stats.iter().map(|stats| u64::from(stats.retransmissions)).sum(),
            from_start: connection.from_start(Side::A) && connection.from_start(Side::B),
            ending,
            closed,
        });
    }

    fn role(&self, side: Side) -> Role {
        if side == self.opening.client { Role::Client } else { Role::Server }
    }

    fn side(&self, role: Role) -> Side {
        if role == Role::Client { self.opening.client } else { self.opening.client.peer() }
    }
}

impl Opening {
    fn end(&self, role: Role) -> Endpoint {
        let [a, b] = self.ends;
        if (self.client == Side::A) == (role == Role::Client) { a } else { b }
    }
}

/// Judges one unit of a stream of which nothing else is known but the version.
pub(super) fn lone(unit: Unit<'_>, version: Version, from: Role, shared: &mut Shared, observer: &mut impl Observer) {
    let nowhere = Endpoint { addr: std::net::Ipv4Addr::UNSPECIFIED.into(), port: 0 };
    let opening = Opening { number: 0, client: Side::A, ends: [nowhere; 2], from_start: [false; 2], skip: 0 };
    let mut session = Session::new(opening.from_start, Some(version));
    Judge { opening: &opening, session: &mut session, book: &mut Book::default(), shared, observer, from }.take(unit);
}

/// Decodes and judges what one direction says.
struct Judge<'j, O> {
    opening: &'j Opening,
    session: &'j mut Session,
    book: &'j mut Book,
    shared: &'j mut Shared,
    observer: &'j mut O,
    from: Role,
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
        let effect = self.session.observe(&packet, framed, self.from);
        if self.from == Role::Client && self.session.packets(Role::Client) == 0 {
            let event = Event::Opening(Judged { packet: &packet, framed, effect: &effect });
            self.judge(&event, self.from, framed.end);
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
            Some(doubt) => self.shared.engine.pass_over(packet.version, self.from, packet.packet_type(), doubt),
        }
        if self.from == Role::Client {
            match self.session.pause(framed) {
                Pause::Unwatched => {}
                Pause::Kept => self.shared.engine.pass_silence(self.session.layout()),
                Pause::Long(silence) => self.silence(&silence),
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
        });
        let accepted = self.session.accepted().is_some();
        self.session.settle(&packet, framed, self.from);
        if !accepted
            && let Some(at) = self.session.accepted()
            && let Some(connect) = self.session.connect()
        {
            self.shared.accepted(self.opening.end(Role::Server), &connect.client_id, self.opening.number, at);
        }
    }

    fn bad_length(&mut self, bytes: &[u8], begin: Position, certain: bool) {
        if certain && self.session.version().is_some() {
            self.judge(&Event::BadLength(bytes), self.from, begin.stamp);
        }
    }

    fn silence(&mut self, silence: &Silence) {
        // A late packet is to be seen where it came; a silence that a close ended, where it began.
        let place = if silence.end == SilenceEnd::Packet { silence.until } else { silence.since };
        for subject in [Role::Client, Role::Server] {
            self.judge(&Event::Silence(silence), subject, place);
        }
    }

    fn unanswered(&mut self, unanswered: &Unanswered, until: Stamp, cut: bool) {
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
        let event = Event::Unanswered {
            unanswered,
            since,
            open: end.since(since.time),
            alive: self.session.keep_alive().last_seen(unanswered.owed_by).map_or(Duration::ZERO, |seen| seen.time.since(since.time)),
            cut: cut && end == until.time,
        };
        self.judge(&event, unanswered.owed_by, unanswered.since);
    }

    /// Asks the rules and records what they find.
    fn judge(&mut self, event: &Event<'_>, subject: Role, place: Stamp) {
        let version = match event {
            Event::Packet(judged) => version_of(judged.packet, self.session),
            // That it is no CONNECT does not depend on the version.
            Event::Opening(judged) => version_of(judged.packet, self.session).or(Some(self.session.layout())),
            _ => self.session.version(),
        };
        let Some(version) = version else { return };
        let Shared { engine, settings, .. } = &mut *self.shared;
        let context = Context { event, subject, version, session: self.session, policy: &settings.policy };
        let mut faults = Vec::new();
        engine.judge(&context, &mut |number, rule, fault| faults.push((number, rule, fault)));
        for (number, rule, fault) in faults {
            self.record(number, rule, fault, event, subject, version, place);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a finding has that many sides")]
    fn record(&mut self, number: u16, rule: &'static Rule, fault: Fault, event: &Event<'_>, subject: Role, version: Version, place: Stamp) {
        let severity = match fault.certainty {
            Certainty::Certain => rule.severity(version),
            // A suspicion never counts as an error.
            Certainty::Likely => rule.severity(version).min(Severity::Warning),
        };
        let blames = Blame::from(subject);
        if let Some(count) = self.book.findings.get_mut(blames as usize).and_then(|counts| counts.get_mut(severity as usize)) {
            *count += 1;
        }
        if subject == Role::Client && severity == Severity::Error {
            self.book.client_fault = Some(place);
        }
        let count = match self.book.counts.iter_mut().find(|(known, ..)| *known == number) {
            Some((_, _, count, last)) => {
                *count += 1;
                *last = severity;
                *count
            }
            None => {
                self.book.counts.push((number, rule, 1, severity));
                1
            }
        };
        let limits = &self.shared.settings.limits;
        if count > u64::from(limits.findings_per_rule) {
            return;
        }
        if self.shared.findings >= limits.findings {
            self.shared.hits.findings += 1;
            return;
        }
        self.shared.findings += 1;
        let Some((clause, also)) = fault.clauses.unwrap_or_else(|| rule.clauses(version)).split_first() else { return };
        debug_assert!(rule.clauses(version).contains(clause), "{} cites {clause} for its own", rule.name);
        self.observer.finding(&Finding {
            rule: rule.name,
            clause,
            also,
            version,
            severity,
            certainty: fault.certainty,
            blames,
            connection: self.opening.number,
            client_id: self.client_id(event),
            from: matches!(event, Event::Packet(_) | Event::Opening(_) | Event::BadLength(_)).then_some(self.from),
            place,
            packet: self.words(event),
            offset: fault.bytes.as_ref().map(|range| range.start),
            message: fault.message,
            evidence: evidence::of(event, fault.bytes, self.shared.settings.show_secrets),
            related: fault.related,
        });
    }

    /// The Client Identifier, also while its CONNECT is being judged.
    fn client_id(&self, event: &Event<'_>) -> Option<Box<[u8]>> {
        let judged = match event {
            Event::Packet(judged) | Event::Opening(judged) => match &judged.packet.body {
                Body::Connect(connect) => connect.client_id.map(|id| id.bytes.into()),
                _ => None,
            },
            _ => None,
        };
        self.session.connect().map(|connect| connect.client_id.clone()).or(judged)
    }

    fn words(&self, event: &Event<'_>) -> String {
        match event {
            Event::Packet(judged) | Event::Opening(judged) => words::describe(judged.packet, judged.framed, self.session, self.from),
            Event::BadLength(bytes) => bytes.first().map_or("", |first| PacketType::from_first_byte(*first).name()).to_owned(),
            Event::Unanswered { unanswered, .. } if unanswered.packet_id == 0 => unanswered.request.name().to_owned(),
            Event::Unanswered { unanswered, .. } => format!("{} #{}", unanswered.request.name(), unanswered.packet_id),
            Event::Silence(_) => "silence of the client".to_owned(),
            Event::End { .. } => "end of the connection".to_owned(),
        }
    }
}

/// The body is not in the capture, or was too long to keep.
fn is_incomplete(packet: &Packet<'_>, framed: &Framed<'_>) -> bool {
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
fn version_of(packet: &Packet<'_>, session: &Session) -> Option<Version> {
    if let Body::Connect(connect) = &packet.body { connect.version().or(Some(packet.version)) } else { session.version() }
}
