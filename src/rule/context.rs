//! What a rule gets to see.

use std::time::Duration;

use super::{Fault, Verdict};
use crate::flow::Role;
use crate::frame::Stamp;
use crate::framing::{Framed, Position};
use crate::mqtt::{
    Ack, Auth, Body, Connack, Connect, ConnectFlags, Disconnect, FixedHeader, Packet, PacketType, Properties, Publish, Suback, Subscribe,
    Unsubscribe, Version,
};
use crate::session::{ConnackFacts, ConnectFacts, Doubt, Effect, Grace, Limits, Reaction, Session, Silence, Step, Trigger, Unanswered};

/// Times that no specification fixes. All in capture time.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// How long an answer may take before its absence counts, provided the connection stays open that long.
    pub response_timeout: Duration,
    /// How long closing a connection may take.
    pub close_timeout: Duration,
    /// What is allowed on top of a Keep Alive limit.
    pub keep_alive_grace: Grace,
}

impl Default for Policy {
    /// 30 s for an answer, 5 s for closing; the grace as its type says.
    fn default() -> Self {
        Self { response_timeout: Duration::from_secs(30), close_timeout: Duration::from_secs(5), keep_alive_grace: Grace::default() }
    }
}

/// A packet that is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The packet.
    pub packet: &'a Packet<'a>,
    /// How it stood in the stream.
    pub framed: &'a Framed<'a>,
    /// What it did to the session.
    pub effect: &'a Effect,
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A packet came. The session is that before it.
    Packet(Judged<'a>),
    /// The first packet of a client came, whatever the version. Rules for packets are asked about it as well, if the version
    /// is known.
    Opening(Judged<'a>),
    /// A Remaining Length did not end.
    BadLength {
        /// The five bytes.
        bytes: &'a [u8],
        /// Their place.
        at: Position,
    },
    /// The connection (or the capture) ended while an answer was due.
    Unanswered {
        /// Which.
        unanswered: &'a Unanswered,
        /// From when the answer could be expected: the request, or CONNACK if that came later.
        since: Stamp,
        /// How long the connection stayed open after that.
        open: Duration,
        /// How long after that the side that waits for it sent its last packet.
        heard: Duration,
        /// How long after that the side that owes it was last seen.
        alive: Duration,
        /// The end is that of the capture, not of the connection.
        cut: bool,
    },
    /// A silence of the client ended.
    Silence(&'a Silence),
    /// It is settled how one side reacted to something after which it may have to close.
    Reaction {
        /// What that was.
        trigger: &'a Trigger,
        /// What the side did.
        reaction: Reaction,
        /// How long after the trigger: for [`Reaction::Open`], up to when neither side had closed.
        after: Duration,
        /// How long after the trigger the side was last seen.
        alive: Duration,
        /// Nothing more will come because the capture ended.
        cut: bool,
    },
    /// The connection ended, or (`cut`) the capture.
    End {
        /// The connection was still open.
        cut: bool,
    },
}

/// Everything a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// What happened.
    pub event: &'a Event<'a>,
    /// Whose duty is judged: who sent the packet, owes the answer, was silent or should have closed.
    pub subject: Role,
    /// The connection's version.
    pub version: Version,
    /// What was known before.
    pub session: &'a Session,
    /// Times that no specification fixes.
    pub policy: &'a Policy,
}

impl<'a> Context<'a> {
    /// The packet, where one is judged.
    pub fn judged(&self) -> Option<&Judged<'a>> {
        match self.event {
            Event::Packet(judged) | Event::Opening(judged) => Some(judged),
            _ => None,
        }
    }

    /// The packet, where one is judged.
    pub fn packet(&self) -> Option<&'a Packet<'a>> {
        self.judged().map(|judged| judged.packet)
    }

    /// Its fixed header.
    pub fn header(&self) -> Option<FixedHeader> {
        self.packet().map(|packet| packet.header)
    }

    /// Its type.
    pub fn packet_type(&self) -> Option<PacketType> {
        self.packet().map(Packet::packet_type)
    }

    /// CONNECT.
    pub fn connect(&self) -> Option<&'a Connect<'a>> {
        match &self.packet()?.body {
            Body::Connect(connect) => Some(connect),
            _ => None,
        }
    }

    /// The Connect Flags of a CONNECT, and their offset from the start of the packet.
    pub fn connect_flags(&self) -> Option<(ConnectFlags, u32)> {
        self.connect().and_then(|connect| Some((connect.flags?, connect.flags_at)))
    }

    /// CONNACK.
    pub fn connack(&self) -> Option<&'a Connack<'a>> {
        match &self.packet()?.body {
            Body::Connack(connack) => Some(connack),
            _ => None,
        }
    }

    /// PUBLISH.
    pub fn publish(&self) -> Option<&'a Publish<'a>> {
        match &self.packet()?.body {
            Body::Publish(publish) => Some(publish),
            _ => None,
        }
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    pub fn ack(&self) -> Option<&'a Ack<'a>> {
        match &self.packet()?.body {
            Body::Ack(ack) => Some(ack),
            _ => None,
        }
    }

    /// SUBSCRIBE.
    pub fn subscribe(&self) -> Option<&'a Subscribe<'a>> {
        match &self.packet()?.body {
            Body::Subscribe(subscribe) => Some(subscribe),
            _ => None,
        }
    }

    /// SUBACK.
    pub fn suback(&self) -> Option<&'a Suback<'a>> {
        match &self.packet()?.body {
            Body::Suback(suback) => Some(suback),
            _ => None,
        }
    }

    /// UNSUBSCRIBE.
    pub fn unsubscribe(&self) -> Option<&'a Unsubscribe<'a>> {
        match &self.packet()?.body {
            Body::Unsubscribe(unsubscribe) => Some(unsubscribe),
            _ => None,
        }
    }

    /// What the packet did to the session.
    pub fn effect(&self) -> Option<&'a Effect> {
        self.judged().map(|judged| judged.effect)
    }

    /// The Packet Identifier of the packet, and its offset.
    pub fn packet_id(&self) -> Option<(u16, u32)> {
        self.packet().and_then(|packet| packet.packet_id().zip(packet.packet_id_at()))
    }

    /// The silence, where one is judged.
    pub fn silence(&self) -> Option<&'a Silence> {
        match self.event {
            Event::Silence(silence) => Some(silence),
            _ => None,
        }
    }

    /// What is allowed on top of a limit of this Keep Alive, before or after it.
    pub fn grace(&self, keep_alive: Duration) -> Duration {
        self.policy.keep_alive_grace.on(keep_alive)
    }

    /// The first CONNECT; else why it is not known.
    pub fn first_connect(&self) -> Result<&'a ConnectFacts, Doubt> {
        self.session.connect().ok_or_else(|| self.history(Role::Client).err().unwrap_or(Doubt::MidStream))
    }

    /// A CONNACK is judged, and it is the only one, and answers the only CONNECT: that CONNECT and the code.
    pub fn sole_connack(&self) -> Option<Result<(&'a ConnectFacts, u8), Doubt>> {
        let code = self.connack()?.code?;
        if self.session.connects() > 1 || self.session.connacks() > 0 {
            return None;
        }
        Some(self.first_connect().map(|connect| (connect, code)))
    }

    /// Holds the client's packet against what CONNACK allows. Nothing can be said before it or of one that is not clear. A
    /// fault is none if the client may not have received CONNACK when it sent the packet.
    pub fn under_connack(&self, judge: impl FnOnce(&'a ConnackFacts) -> Verdict) -> Verdict {
        let Some(connack) = self.session.connack() else {
            return self.history(Role::Server).err().map_or(Verdict::NotApplicable, Verdict::Inconclusive);
        };
        if !connack.accepted() || !connack.is_clear || self.session.connacks() > 1 {
            return Verdict::NotApplicable;
        }
        match judge(connack) {
            Verdict::Fail(_) if !self.has_connack() => Verdict::Inconclusive(Doubt::Crossed),
            verdict => verdict,
        }
    }

    /// Whether the client had received CONNACK when it sent the packet that is judged.
    pub fn has_connack(&self) -> bool {
        self.judged().is_some_and(|judged| self.session.has_connack(judged.framed))
    }

    /// Holds something against what CONNECT said, provided that its properties are clear.
    pub fn under_connect(&self, judge: impl FnOnce(&'a ConnectFacts) -> Verdict) -> Verdict {
        match self.first_connect() {
            Ok(connect) if !connect.is_clear || self.session.connects() > 1 => Verdict::NotApplicable,
            Ok(connect) => judge(connect),
            Err(doubt) => Verdict::Inconclusive(doubt),
        }
    }

    /// Holds the packet against what its receiver allows.
    pub fn under_limits(&self, judge: impl FnOnce(&'a Limits) -> Verdict) -> Verdict {
        match self.subject {
            Role::Client => self.under_connack(|connack| judge(&connack.limits)),
            Role::Server => self.under_connect(|connect| judge(&connect.limits)),
        }
    }

    /// The properties of the packet, if it has any.
    pub fn properties(&self) -> Option<&'a Properties<'a>> {
        self.packet()?.properties().filter(|properties| !properties.is_empty())
    }

    /// AUTH.
    pub fn auth(&self) -> Option<&'a Auth<'a>> {
        match &self.packet()?.body {
            Body::Auth(auth) => Some(auth),
            _ => None,
        }
    }

    /// DISCONNECT.
    pub fn disconnect(&self) -> Option<&'a Disconnect<'a>> {
        match &self.packet()?.body {
            Body::Disconnect(disconnect) => Some(disconnect),
            _ => None,
        }
    }

    /// What the packet did in its exchange; [`Step::None`] where no packet is judged.
    pub fn step(&self) -> &'a Step {
        self.judged().map_or(&Step::None, |judged| &judged.effect.step)
    }

    /// Whether the side that is judged closed in time ([`Policy::close_timeout`]), after what `after` names. An answer to the
    /// packet at fault or to a later one shows at once that it does not mean to. A CONNACK that refuses does not: what follows
    /// from that is another matter.
    pub fn closed_after(&self, after: &str) -> Verdict {
        let Event::Reaction { trigger, reaction, after: time, alive, cut } = *self.event else { return Verdict::NotApplicable };
        let late = time > self.policy.close_timeout;
        let fault = |message: String| {
            let fault = Fault::new(message);
            Verdict::Fail(if alive >= self.policy.close_timeout { fault } else { fault.likely() })
        };
        let verdict = match reaction {
            Reaction::Answered { with: PacketType::Connack, code: None | Some(1..), .. } => return Verdict::NotApplicable,
            Reaction::Answered { with, .. } => {
                Verdict::Fail(Fault::new(format!("{} instead of closing after {after}", with.name())).related(trigger.stamp))
            }
            Reaction::Closed if !late => Verdict::Pass,
            _ if late && self.session.keep_alive().is_set_back() => Verdict::Inconclusive(Doubt::Clock),
            Reaction::Closed => fault(format!("closed only {:.1} s after {after}", time.as_secs_f64())),
            // Not even an acknowledgement: what the capture has of the connection ends here.
            Reaction::Open if late && !self.is_seen_after(trigger) => Verdict::Inconclusive(Doubt::CaptureEnd),
            _ if late => fault(format!("the connection was open {:.1} s after {after}", time.as_secs_f64())),
            Reaction::Open if cut => Verdict::Inconclusive(Doubt::CaptureEnd),
            Reaction::Open | Reaction::PeerClosed => Verdict::Inconclusive(Doubt::ConnectionEnd),
        };
        // Behind a length that does not end nothing can be read: that the sender's stream is lost there is part of it.
        verdict.given(if trigger.packet.is_none() { self.history(self.subject) } else { self.whole_history() })
    }

    fn is_seen_after(&self, trigger: &Trigger) -> bool {
        let seen = [Role::Client, Role::Server].map(|role| self.session.keep_alive().last_seen(role));
        seen.into_iter().flatten().any(|seen| seen.time > trigger.stamp.time)
    }

    /// What a reaction was awaited to.
    pub fn trigger(&self) -> Option<&'a Trigger> {
        match *self.event {
            Event::Reaction { trigger, .. } => Some(trigger),
            _ => None,
        }
    }

    /// What the reaction was.
    pub fn reaction(&self) -> Option<Reaction> {
        match *self.event {
            Event::Reaction { reaction, .. } => Some(reaction),
            _ => None,
        }
    }

    /// The rules that found the faults to which a reaction was awaited.
    pub fn faults(&self) -> &'a [&'static str] {
        self.trigger().map_or(&[], Trigger::faults)
    }

    /// Everything that one side sent on this connection before the event is known; else why not. What its peer had received
    /// when it sent the packet that is judged, but what was not captured before it, is not known.
    pub fn history(&self, role: Role) -> Result<(), Doubt> {
        self.session.history(role)?;
        let ahead = |judged: &Judged<'_>| self.subject != role && self.session.is_ahead(judged.framed, self.subject);
        if self.judged().is_some_and(ahead) { Err(Doubt::Gap) } else { Ok(()) }
    }

    /// Everything that both sides sent on this connection is known; else why not.
    pub fn whole_history(&self) -> Result<(), Doubt> {
        self.history(Role::Client).and_then(|()| self.history(Role::Server))
    }

    /// The message that the answer belongs to had expired when it came, or when the connection ended without it.
    pub fn is_expired(&self) -> bool {
        let (expires, now) = match (self.event, self.step()) {
            (Event::Unanswered { unanswered, since, open, .. }, _) => (unanswered.expires, since.time.after(*open)),
            (Event::Packet(judged), Step::Answered(answered)) => (answered.expires, judged.framed.end.time),
            _ => return false,
        };
        expires.is_some_and(|expires| expires <= now)
    }

    /// The verdict on an answer: it came, or nothing came for as long as an answer may take ([`Policy::response_timeout`]).
    /// Proven only if the side that owes it was seen alive after that time.
    pub fn overdue(&self, message: impl FnOnce(&Unanswered) -> String) -> Verdict {
        let Event::Unanswered { unanswered, open, heard, alive, cut, .. } = *self.event else {
            return if matches!(self.step(), Step::Answered(_)) { Verdict::Pass } else { Verdict::NotApplicable };
        };
        if !unanswered.certain {
            return Verdict::Inconclusive(Doubt::Boundary);
        }
        if let Err(doubt) = self.history(unanswered.owed_by) {
            return Verdict::Inconclusive(doubt);
        }
        if self.session.keep_alive().is_set_back() {
            return Verdict::Inconclusive(Doubt::Clock);
        }
        // Who waits may have ended it: of a side of which bytes are missing, what it sent last shows that it had not.
        if let Err(doubt) = self.session.history(unanswered.owed_by.peer())
            && heard < self.policy.response_timeout
        {
            return Verdict::Inconclusive(doubt);
        }
        if open < self.policy.response_timeout {
            return Verdict::Inconclusive(if cut { Doubt::CaptureEnd } else { Doubt::ConnectionEnd });
        }
        if !self.session.has_arrived(unanswered.owed_by.peer(), unanswered.since) {
            return Verdict::Inconclusive(Doubt::Undelivered);
        }
        let fault = Fault::new(message(unanswered));
        Verdict::Fail(if alive >= self.policy.response_timeout { fault } else { fault.likely() })
    }
}
