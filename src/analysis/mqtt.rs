//! One MQTT connection followed from its first packet to its end: framed, decoded, remembered, judged.

use std::time::Duration;

use super::book::Book;
use super::follow::Cut;
use super::judge::{Judge, is_incomplete, version_of};
use super::summary::Connection;
use super::view::GapView;
use super::{Observer, Shared};
use crate::flow::{Endpoint, Role};
use crate::frame::Stamp;
use crate::framing::{Framed, Framer, Position};
use crate::mqtt::{Packet, PacketType, Version};
use crate::rule::{Event, Policy};
use crate::session::{Doubt, Effect, Ending, EndingFacts, Session, Silence, SilenceEnd};
use crate::stream::{self, Item, Side, Stretch};
use crate::time::Timestamp;
use crate::transport::Transport;

/// How long after a takeover or a fault the server's closing is put down to it.
pub(super) const CAUSE_WINDOW: Duration = Duration::from_secs(5);

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
    /// The silence of the client that it ended, if that was longer than the Keep Alive.
    pub pause: Option<Silence>,
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
    /// When the TCP connection could be used, if its handshake was captured.
    pub opened: Option<Stamp>,
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
    /// How many limits the present silence had passed when it was last looked after, and where it began.
    passed: (usize, Option<Stamp>),
    /// Rules whose pending findings were told of it.
    pending: Vec<u16>,
}

impl Mqtt {
    pub(super) fn new(opening: Opening, shared: &Shared) -> Self {
        let [client, server] = opening.from_start;
        let limits = shared.settings.limits.framer;
        Self {
            opening,
            framers: [Framer::new(Role::Client, client, limits), Framer::new(Role::Server, server, limits)],
            session: Session::new(opening.from_start, opening.opened, shared.settings.assume_version),
            book: Book::default(),
            skip: opening.skip,
            closed: None,
            reset: false,
            passed: (0, None),
            pending: Vec::new(),
        }
    }

    /// The Keep Alive in force.
    pub(super) fn keep_alive(&self) -> Option<Duration> {
        self.session.keep_alive().in_force()
    }

    /// Frames were lost while capturing.
    pub(super) fn dropped(&mut self, until: Timestamp) {
        self.session.dropped(until);
    }

    /// At `at` the stream of `side` went on where it was left.
    pub(super) fn goes_on(&mut self, side: Side, at: Timestamp) {
        self.session.goes_on(self.role(side), at);
    }

    /// The clock of the capture was set.
    pub(super) fn clock_was_set(&mut self) {
        self.session.clock_was_set();
    }

    /// The clock of the capture leapt forward while nothing at all was captured.
    pub(super) fn leapt(&mut self) {
        self.session.leapt();
    }

    /// In how long the present silence of the client passes its next limit.
    pub(super) fn due(&self, now: Timestamp, policy: &Policy) -> Option<Duration> {
        let silence = self.session.keep_alive().present(now)?;
        let (passed, _) = self.passed_of(&silence);
        let limit = silence.limits(policy.keep_alive_grace, policy.close_timeout).into_iter().nth(passed)?;
        // A limit is passed by whoever is beyond it.
        Some(limit.saturating_sub(silence.length) + Duration::from_nanos(1))
    }

    fn passed_of(&self, silence: &Silence) -> (usize, Option<Stamp>) {
        if self.passed.1 == Some(silence.since) { self.passed } else { (0, Some(silence.since)) }
    }

    /// The silence of the client may have passed a limit: tells what would be found if it ended now.
    pub(super) fn look_after(&mut self, now: Timestamp, shared: &mut Shared, observer: &mut impl Observer) {
        let Some(silence) = self.session.keep_alive().present(now) else { return };
        let (before, since) = self.passed_of(&silence);
        if before == 0 {
            self.pending.clear();
        }
        let policy = &shared.settings.policy;
        let limits = silence.limits(policy.keep_alive_grace, policy.close_timeout);
        let passed = limits.iter().filter(|limit| silence.length > **limit).count();
        self.passed = (passed.max(before), since);
        // A client that is in the middle of a long packet is not silent.
        if passed > before && self.unfinished().is_none() {
            let Self { opening, session, book, pending, .. } = self;
            let mut judge = Judge { opening, session, book, shared, observer, from: Role::Client };
            judge.pending(&silence, pending);
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

    /// A segment of `side` passed, so much `behind` the time of one before it.
    pub(super) fn seen(&mut self, side: Side, at: Stamp, behind: Duration) {
        self.session.seen(self.role(side), at);
        self.session.clock(behind);
    }

    /// All that `side` has sent so far has arrived.
    pub(super) fn delivered(&mut self, side: Side, at: Stamp) {
        self.session.delivered(self.role(side), at);
    }

    pub(super) fn clock(&mut self, behind: Duration) {
        self.session.clock(behind);
    }

    /// Bytes of `side` come, or came, later than they were sent.
    pub(super) fn delayed(&mut self, side: Side) {
        if self.role(side) == Role::Client {
            self.session.delayed();
        }
    }

    pub(super) fn item(&mut self, side: Side, item: &Item<'_>, shared: &mut Shared, observer: &mut impl Observer) {
        let from = self.role(side);
        match item {
            Item::Stretch(stretch) => self.stretch(from, stretch, shared, observer),
            Item::Fin(stamp) | Item::Reset(stamp) => {
                let reset = matches!(item, Item::Reset(_));
                let begun = self.unfinished();
                let first = self.closed.is_none();
                self.feed(from, shared, observer, |framer, judge| {
                    framer.finish(judge);
                    if first {
                        judge.reactions_end(Some(from), *stamp, false);
                    }
                });
                if first {
                    self.closed = Some((from, *stamp));
                    self.reset = reset;
                    self.silence_ends(SilenceEnd::Closed(from), *stamp, begun);
                }
            }
        }
    }

    /// Where a packet of the client began whose end has not come.
    fn unfinished(&self) -> Option<Stamp> {
        let [client, _] = &self.framers;
        client.unfinished()
    }

    /// The client's last silence ends with the connection, or with a last packet that was cut short and began at `begun`.
    fn silence_ends(&mut self, end: SilenceEnd, until: Stamp, begun: Option<Stamp>) {
        let (end, until) = begun.map_or((end, until), |begun| (SilenceEnd::Packet, begun));
        self.session.silence_ends(end, until);
    }

    fn stretch(&mut self, from: Role, stretch: &Stretch<'_>, shared: &mut Shared, observer: &mut impl Observer) {
        let (unsettled, end) = match *stretch {
            Stretch::Bytes { mut offset, mut data, stamp, delayed, acked } => {
                let end = offset + data.len() as u64;
                if from == Role::Client && self.skip > 0 {
                    let cut = data.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
                    self.skip -= cut as u64;
                    data = data.get(cut..).unwrap_or(&[]);
                    offset += cut as u64;
                }
                if from == Role::Server && offset == 0 && self.opening.opened.is_none() && self.awaits_server() && !opens(data) {
                    self.server_began_earlier(shared);
                }
                let at = Position { offset, stamp, acked, delayed };
                (self.feed(from, shared, observer, |framer, judge| framer.bytes(data, at, judge)), end)
            }
            Stretch::Gap { offset, len, stamp } => {
                shared.stats.gaps += 1;
                observer.gap(&GapView { connection: self.opening.number, from, len, stamp });
                let at = Position { offset, stamp, acked: None, delayed: true };
                (self.feed(from, shared, observer, |framer, judge| framer.gap(len, at, judge)), offset)
            }
        };
        self.session.read(from, unsettled.unwrap_or(end));
    }

    /// The CONNECT was repeated by TCP: what it acknowledges is not where the server's stream begins.
    fn server_began_earlier(&mut self, shared: &Shared) {
        let [_, from_start] = &mut self.opening.from_start;
        *from_start = false;
        let [_, framer] = &mut self.framers;
        *framer = Framer::new(Role::Server, false, shared.settings.limits.framer);
        self.session.lost(Role::Server, Doubt::MidStream);
    }

    /// Has the framer of one direction work; returns from where on what it took is not settled yet.
    #[inline]
    fn feed<'j, O: Observer>(
        &'j mut self,
        from: Role,
        shared: &'j mut Shared,
        observer: &'j mut O,
        work: impl FnOnce(&mut Framer, &mut Judge<'j, O>),
    ) -> Option<u64> {
        let [client, server] = &mut self.framers;
        let framer = if from == Role::Client { client } else { server };
        let mut judge = Judge { opening: &self.opening, session: &mut self.session, book: &mut self.book, shared, observer, from };
        work(framer, &mut judge);
        framer.unsettled()
    }

    /// The connection is over, or the capture is (`cut`).
    pub(super) fn end(mut self, connection: &stream::Connection, cut: Cut, now: Stamp, shared: &mut Shared, observer: &mut impl Observer) {
        let begun = self.unfinished();
        for role in [Role::Client, Role::Server] {
            self.feed(role, shared, observer, |framer, judge| framer.finish(judge));
        }
        let (end, until) = match self.closed {
            Some((role, stamp)) => (SilenceEnd::Closed(role), stamp),
            None => (SilenceEnd::Capture, if cut == Cut::Closed { connection.last() } else { now }),
        };
        for role in [Role::Client, Role::Server] {
            if !connection.seen(self.side(role)) {
                self.session.lost(role, Doubt::OneSided);
            }
        }
        if self.closed.is_none() && shared.clock.leapt_since(connection.last().time) {
            self.leapt();
        }
        self.silence_ends(end, until, begun);
        let silence = self.session.keep_alive().last();
        let unanswered = self.session.unanswered();
        let mut judge =
            Judge { opening: &self.opening, session: &mut self.session, book: &mut self.book, shared, observer, from: Role::Client };
        if let Some(silence) = silence {
            judge.silence(&silence);
        }
        let idle = cut == Cut::Idle;
        let cut = end == SilenceEnd::Capture;
        for unanswered in &unanswered {
            judge.unanswered(unanswered, until, cut);
        }
        judge.reactions_end(None, until, cut);
        for subject in [Role::Client, Role::Server] {
            judge.judge(&Event::End { cut }, subject, until);
        }
        self.summarize(connection, until, idle, shared, observer);
    }

    fn summarize(self, connection: &stream::Connection, until: Stamp, idle: bool, shared: &mut Shared, observer: &mut impl Observer) {
        observer.connection(&self.summary(connection, until, idle, shared));
        let Self { opening, session, book, .. } = self;
        let client_id = session.connect().map(|connect| &*connect.client_id);
        shared.ended(opening.end(Role::Server), client_id.unwrap_or_default(), opening.number);
        book.repeats(opening.number, shared.settings.limits.findings_per_rule).for_each(|repeats| shared.repeated(repeats));
        let stats = [Side::A, Side::B].map(|side| connection.stats(side));
        shared.hits.held += stats.iter().map(|stats| u64::from(stats.hold_limit_hits)).sum::<u64>();
    }

    /// What is known of the connection, which ended at `until` or was last seen then.
    pub(super) fn summary(&self, connection: &stream::Connection, until: Stamp, idle: bool, shared: &Shared) -> Connection {
        let Self { opening, session, book, closed, reset, .. } = self;
        let connect = session.connect();
        let connack = session.connack();
        let ending = Ending::new(
            session,
            &EndingFacts {
                closed: *closed,
                reset: *reset,
                taken_over: shared.was_taken_over(opening.number, closed.map_or(until, |(_, at)| at).time),
                violated: book.client_fault().is_some_and(|at| until.time.since(at.time) <= CAUSE_WINDOW),
                unreachable: connection.is_unreachable(),
                idle,
                last: connection.last(),
                grace: shared.settings.policy.keep_alive_grace,
            },
        );
        let stats = [Side::A, Side::B].map(|side| connection.stats(side));
        Connection {
            number: opening.number,
            client: opening.end(Role::Client),
            server: opening.end(Role::Server),
            transport: Transport::Plain,
            version: session.version(),
            client_id: connect.map(|connect| connect.client_id.clone()),
            assigned_client_id: connack.and_then(|connack| connack.assigned_client_id.clone()),
            user_name: connect.and_then(|connect| connect.user_name.clone()),
            keep_alive: connack.and_then(|connack| connack.server_keep_alive).or(connect.and_then(|connect| connect.keep_alive)),
            asked_keep_alive: connect.and_then(|connect| connect.keep_alive),
            clean_start: connect.map(|connect| connect.clean_start),
            first: connection.first(),
            last: connection.last().time,
            packets: [session.packets(Role::Client), session.packets(Role::Server)],
            bytes: [session.bytes(Role::Client), session.bytes(Role::Server)],
            publishes: session.publishes(),
            longest_silence: session.keep_alive().in_force().map(|_| session.keep_alive().longest()),
            last_silence: session.keep_alive().last(),
            // A client that is in the middle of a long packet is not silent.
            silence: session.keep_alive().present(until.time).filter(|_| closed.is_none() && self.unfinished().is_none()),
            findings: book.findings(),
            gaps: stats.iter().map(|stats| u64::from(stats.gaps)).sum(),
            retransmissions: stats.iter().map(|stats| u64::from(stats.retransmissions)).sum(),
            from_start: connection.from_start(Side::A) && connection.from_start(Side::B),
            ending,
            closed: *closed,
        }
    }

    fn role(&self, side: Side) -> Role {
        if side == self.opening.client { Role::Client } else { Role::Server }
    }

    fn side(&self, role: Role) -> Side {
        if role == Role::Client { self.opening.client } else { self.opening.client.peer() }
    }
}

impl Opening {
    pub fn end(&self, role: Role) -> Endpoint {
        let [a, b] = self.ends;
        if (self.client == Side::A) == (role == Role::Client) { a } else { b }
    }
}

/// Whether a server may begin with these bytes: CONNACK or AUTH.
fn opens(data: &[u8]) -> bool {
    data.first().is_some_and(|first| matches!(PacketType::from_first_byte(*first), PacketType::Connack | PacketType::Auth))
}
