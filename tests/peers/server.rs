//! What the server does.

use mqttscope::flow::Role;
use mqttscope::mqtt::Version;
use mqttscope::mqtt::encode::{Body, Packet, Reason};
use mqttscope::mqtt::{PacketType, PropertyId as Id};

use super::client::auth;
use super::exchange::Session;
use super::tcp::MS;
use super::terms::text;
use super::{Kept, Leave, Message, SECOND, What, World};

const FROM: Role = Role::Server;

impl World {
    /// Takes what only a server gets.
    pub fn serve(&mut self, link: usize, message: Message) {
        let accepted = self.peer(link, FROM).not_before > 0;
        match message {
            Message::Connect if self.links[link].terms.authentication && !self.one_in(3) => {
                self.count("AUTH before CONNACK");
                let wait = self.below(300 * MS);
                self.later(wait, What::Send(link, FROM, Message::Auth { code: 0x18 }, auth(0x18).into()));
            }
            Message::Connect => self.accept(link),
            Message::Auth { code: 0x18 } if !accepted => self.accept(link),
            Message::Auth { code } => {
                let code = if code == 0x19 && !self.one_in(3) { 0x18 } else { 0 };
                self.promise(link, FROM, Message::Auth { code }, auth(code), true);
            }
            _ if self.links[link].terms.refused => {}
            Message::Pingreq => self.promise(link, FROM, Message::Pingresp, Packet::pingresp(), true),
            Message::Subscribe { id, filters, identifier } => self.grant(link, id, &filters, identifier),
            Message::Unsubscribe { id, filters } => {
                let kept = self.kept.entry(self.links[link].terms.client_id.clone()).or_default();
                let codes: Vec<u8> = filters.iter().map(|filter| if kept.filters.remove(filter).is_some() { 0 } else { 0x11 }).collect();
                self.promise(link, FROM, Message::Answered { id }, Packet::unsuback(id, codes), false);
            }
            _ => {}
        }
    }

    /// Answers CONNECT, takes over the session.
    fn accept(&mut self, link: usize) {
        let terms = self.links[link].terms.clone();
        let slowest = if self.one_in(4) { 2 * SECOND } else { 30 * MS };
        let wait = self.below(slowest);
        let at = self.now + wait;
        self.peer(link, FROM).not_before = at;
        if terms.refused {
            self.count("refused");
            let packet = self.connack_packet(&terms, false);
            return self.at(at, What::Send(link, FROM, Message::Connack { accepted: false, session_present: false }, packet.into()));
        }
        let old = self.kept.get(&terms.client_id).and_then(|kept| kept.link);
        if let Some(old) = old {
            self.count("takeovers");
            self.peer(old, FROM).reason = 0x8e;
            self.leave(old, FROM, Leave::Disconnect);
        }
        let lost = terms.version != Version::V3_1 && self.one_in(12);
        if terms.clean || lost {
            self.kept.remove(&terms.client_id);
        }
        let present = self.kept.contains_key(&terms.client_id);
        if present {
            self.count("sessions resumed");
        }
        self.kept.entry(terms.client_id.clone()).or_insert_with(|| Kept { session: Session::default(), ..Kept::default() }).link =
            Some(link);
        let packet = self.connack_packet(&terms, present);
        self.at(at, What::Send(link, FROM, Message::Connack { accepted: true, session_present: present }, packet.into()));
    }

    fn grant(&mut self, link: usize, id: u16, filters: &[(String, u8)], identifier: Option<u32>) {
        let version = self.links[link].terms.version;
        let mut codes = Vec::new();
        for (filter, options) in filters {
            let asked = options & 0x03;
            let code = match version {
                Version::V3_1_1 if self.one_in(6) => 0x80,
                Version::V5_0 if self.one_in(6) => 0x87,
                _ if self.one_in(4) => self.dice.up_to(1 + usize::from(asked)) as u8,
                _ => asked,
            };
            self.count(if code >= 0x80 {
                "refused filters"
            } else if code < asked {
                "granted less"
            } else {
                "granted"
            });
            if code < 3 {
                let kept = self.kept.entry(self.links[link].terms.client_id.clone()).or_default();
                kept.filters.insert(filter.clone(), (code, identifier));
            }
            codes.push(code);
        }
        self.promise(link, FROM, Message::Answered { id }, Packet::suback(id, codes), false);
    }

    /// Sends what was promised, and does what goes with it.
    pub fn answer(&mut self, link: usize, from: Role, message: Message, packet: &Packet) {
        self.send(link, from, message.clone(), packet);
        match message {
            Message::Connack { accepted: false, .. } => self.leave(link, from, Leave::Close),
            Message::Connack { .. } => {
                self.peer(link, from).ready = true;
                self.peer(link, from).acts = self.dice.up_to(25);
                self.go_on(link, from);
                self.watch_client(link);
                let wait = self.pause();
                self.later(wait, What::Act(link, from));
            }
            _ => {}
        }
    }

    /// The next thing that the server wants of a client.
    pub fn server_acts(&mut self, link: usize) {
        let peer = self.peer(link, FROM);
        if peer.acts == 0 {
            if self.one_in(4) {
                self.count("left by the server");
                self.peer(link, FROM).reason = 0x8b;
                let how = [Leave::Disconnect, Leave::Close, Leave::Reset][self.dice.up_to(3)];
                self.leave(link, FROM, how);
            }
            return;
        }
        peer.acts -= 1;
        let kept = self.kept.entry(self.links[link].terms.client_id.clone()).or_default();
        let all: Vec<(String, (u8, Option<u32>))> = kept.filters.iter().map(|(filter, grant)| (filter.clone(), *grant)).collect();
        let (topic, most, identifier) = match all.get(self.dice.up_to(all.len() + 1)) {
            Some((filter, (most, identifier))) => (filter.trim_start_matches("$share/g/").replace(['#', '+'], "x"), *most, *identifier),
            None => ("inbox".to_owned(), 2, None),
        };
        let qos = self.dice.up_to(1 + usize::from(most)) as u8;
        let retain = self.links[link].terms.retain && self.one_in(6);
        self.publish(link, FROM, &topic, qos, retain, identifier);
        let wait = self.pause();
        self.later(wait, What::Act(link, FROM));
    }

    /// Closes when the client was silent for one and a half times the Keep Alive.
    pub fn watch_client(&mut self, link: usize) {
        let limit = self.links[link].terms.keep_alive() * SECOND * 3 / 2;
        let due = self.peer(link, FROM).active + limit;
        if limit == 0 {
            return;
        }
        if due > self.now {
            let wait = due - self.now + self.below(300 * MS);
            return self.later(wait, What::Watch(link, FROM));
        }
        self.count("keep alive expired");
        self.peer(link, FROM).reason = 0x8d;
        let how = [Leave::Disconnect, Leave::Close, Leave::Reset][self.dice.up_to(3)];
        self.leave(link, FROM, how);
    }

    /// DISCONNECT, if the version and the moment have one.
    pub fn say_goodbye(&mut self, link: usize, from: Role) {
        let v5 = self.links[link].terms.version == Version::V5_0;
        let Some((ready, reason)) = Some(self.peer(link, from)).map(|peer| (peer.ready, peer.reason)) else { return };
        if from == Role::Server && !(v5 && ready) {
            return;
        }
        let code = (v5 && (reason > 0 || self.one_in(2))).then_some(reason);
        let properties = (code.is_some() && self.one_in(2)).then(|| vec![text(Id::ReasonString, "bye")].into());
        let packet = Packet::new(PacketType::Disconnect, Body::Reason(Reason { reason_code: code, properties }));
        self.send(link, from, Message::Disconnect, &packet);
    }
}
