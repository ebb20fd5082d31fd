//! What a client does.

use mqttscope::flow::Role;
use mqttscope::mqtt::encode::{Body, Packet, PropertyValue};
use mqttscope::mqtt::{PacketType, PropertyId as Id, VarInt, Version};

use super::exchange::{Session, ack, packet};
use super::tcp::MS;
use super::terms::{Terms, pair, property, text};
use super::{Fault, Leave, Link, Message, Peer, SECOND, What, World};

const FROM: Role = Role::Client;
const TOPICS: [&str; 4] = ["a", "a/b", "ä/€", "plant/pump/07/pressure"];

impl World {
    /// Opens a connection and sends CONNECT.
    pub fn open(&mut self, host: usize) {
        let base = self.hosts[host].terms.clone();
        let mut terms = self.terms(base.version, base.client_id.clone());
        // A message in flight must fit the next connection, too.
        (terms.maximum_qos, terms.retain) = (base.maximum_qos, base.retain);
        terms.limits[0].packet = base.limits[0].packet;
        terms.limits[1].packet = base.limits[1].packet;
        terms.clean |= self.hosts[host].must_clean;
        terms.anonymous = base.anonymous;
        let number = self.links.len();
        if terms.anonymous {
            terms.give_no_name(format!("given-{number}"));
        }
        let (tcp, ready) = self.connect(20_000 + number as u16);
        if terms.clean {
            self.hosts[host].session = Session::default();
            self.hosts[host].must_clean = true;
        }
        self.hosts[host].links_left -= 1;
        self.hosts[host].link = Some(number);
        let acts = 3 + self.dice.up_to(25);
        let peers = [Peer { acts, ..Peer::default() }, Peer::default()];
        let packet = self.connect_packet(&terms);
        let early = !terms.authentication && self.one_in(3);
        self.links.push(Link { tcp, host, terms, requests: Default::default(), peers });
        self.count("connections");
        self.now = ready;
        assert!(self.send(number, FROM, Message::Connect, &packet));
        if early {
            self.count("packets before CONNACK");
            self.something(number);
        }
        self.watch(number);
    }

    /// The next thing that a client wants.
    pub fn client_acts(&mut self, link: usize) {
        let peer = self.peer(link, FROM);
        if peer.acts == 0 {
            return self.client_leaves(link);
        }
        peer.acts -= 1;
        if !self.does_wrong(link) {
            self.something(link);
        }
        let wait = self.pause();
        self.later(wait, What::Act(link, FROM));
    }

    /// How long somebody does nothing.
    pub fn pause(&mut self) -> u64 {
        let longest = [MS, MS, 50 * MS, SECOND, 12 * SECOND][self.dice.up_to(5)];
        self.below(longest)
    }

    fn client_leaves(&mut self, link: usize) {
        let how = [Leave::Disconnect, Leave::Disconnect, Leave::Disconnect, Leave::Close, Leave::Reset, Leave::Die, Leave::Abandon]
            [self.dice.up_to(7)];
        if how == Leave::Abandon {
            // The server will hear of it before the client is late.
            self.send(link, FROM, Message::Pingreq, &Packet::pingreq());
            self.later(3 * SECOND, What::Leave(link, FROM, Leave::Close));
        }
        if how == Leave::Die {
            let port = self.links[link].tcp.port;
            self.died.insert(port);
        }
        self.count(match how {
            Leave::Disconnect => "left with DISCONNECT",
            Leave::Close => "left without DISCONNECT",
            Leave::Reset => "left with RST",
            Leave::Die => "died",
            Leave::Abandon => "abandoned",
        });
        self.leave(link, FROM, how);
    }

    fn something(&mut self, link: usize) {
        let Terms { maximum_qos: most, retain, authentication, .. } = self.links[link].terms;
        match self.dice.up_to(9) {
            0 => drop(self.send(link, FROM, Message::Pingreq, &Packet::pingreq())),
            1 | 2 => self.subscribe(link),
            3 => {
                let filters: Vec<&str> = (0..=self.dice.up_to(3)).map(|_| self.filter(link)).collect();
                let id = self.free_id(link, FROM);
                let message = Message::Unsubscribe { id, filters: filters.iter().map(|filter| filter.to_string()).collect() };
                if self.send(link, FROM, message, &Packet::unsubscribe(id, filters)) {
                    self.links[link].requests.insert(id);
                }
            }
            4 if authentication && self.peer(link, FROM).ready => {
                if !std::mem::replace(&mut self.peer(link, FROM).authenticating, true) {
                    self.count("authenticated again");
                    self.send(link, FROM, Message::Auth { code: 0x19 }, &auth(0x19));
                }
            }
            _ => {
                let qos = self.dice.up_to(1 + usize::from(most)) as u8;
                let retain = retain && self.one_in(5);
                let topic = TOPICS[self.dice.up_to(TOPICS.len())];
                self.publish(link, FROM, topic, qos, retain, None);
            }
        }
    }

    fn filter(&mut self, link: usize) -> &'static str {
        let Link { terms, .. } = &self.links[link];
        let mut all = vec!["a/b", "ä/€", "plant"];
        if terms.wildcards {
            all.extend(["#", "a/+"]);
        }
        if terms.shared {
            all.push("$share/g/a/b");
        }
        all[self.dice.up_to(all.len())]
    }

    fn subscribe(&mut self, link: usize) {
        let v5 = self.links[link].terms.version == Version::V5_0;
        let identifiers = self.links[link].terms.identifiers;
        let mut filters: Vec<(String, u8)> = Vec::new();
        for _ in 0..=self.dice.up_to(3) {
            let filter = self.filter(link);
            let shared = filter.starts_with("$share");
            let bits = [0, 0, 0x04, 0x08, 0x10, 0x28][self.dice.up_to(6)];
            let bits = if !v5 || (shared && bits == 0x04) { 0 } else { bits };
            filters.push((filter.to_owned(), self.dice.up_to(3) as u8 | bits));
        }
        let identifier = (v5 && identifiers && self.one_in(2)).then(|| [1, 300, 268_435_455][self.dice.up_to(3)]);
        let id = self.free_id(link, FROM);
        let mut packet = Packet::subscribe(id, filters.iter().map(|(filter, options)| (filter.as_str(), *options)));
        if let Body::Subscribe(subscribe) = &mut packet.body {
            let identifier =
                identifier.map(|identifier| property(Id::SubscriptionIdentifier, PropertyValue::Varint(VarInt::minimal(identifier))));
            subscribe.properties = Some(identifier.into_iter().chain([pair()]).collect::<Vec<_>>().into());
        }
        if self.send(link, FROM, Message::Subscribe { id, filters, identifier }, &packet) {
            self.links[link].requests.insert(id);
        }
    }

    /// What only a client gets.
    pub fn client_takes(&mut self, link: usize, message: Message) {
        let host = self.links[link].host;
        match message {
            Message::Connack { accepted: false, .. } => self.leave(link, FROM, Leave::Close),
            Message::Connack { session_present, .. } => {
                self.hosts[host].must_clean = false;
                if !session_present {
                    // What was sent before CONNACK belongs to the new session.
                    let session = &mut self.hosts[host].session;
                    session.taken.clear();
                    session.sent.retain(|exchange| exchange.link == link);
                }
                self.peer(link, FROM).ready = true;
                self.go_on(link, FROM);
                let wait = self.pause();
                self.later(wait, What::Act(link, FROM));
            }
            Message::Answered { id } => drop(self.links[link].requests.remove(&id)),
            Message::Auth { code: 0x18 } => drop(self.send(link, FROM, Message::Auth { code: 0x18 }, &auth(0x18))),
            Message::Auth { .. } => self.peer(link, FROM).authenticating = false,
            _ => {}
        }
    }

    /// Looks later whether a PINGREQ is due.
    fn watch(&mut self, link: usize) {
        let keep_alive = self.links[link].terms.shortest_keep_alive();
        if keep_alive > 0 {
            let (now, terms) = (self.now, &self.links[link].terms);
            let in_force = terms.keep_alive() == keep_alive;
            let peer = self.peer(link, FROM);
            // Counted from a packet behind CONNACK, which would begin the silence anew.
            let counts = in_force && peer.ready && peer.active == now;
            let late = self.fault == Some(Fault::LatePing) && counts;
            let percent = if late { 130 } else { 50 + self.dice.up_to(51) as u64 };
            let at = self.peer(link, FROM).active + keep_alive * SECOND / 100 * percent;
            self.at(at.max(self.now + 1), What::Watch(link, FROM));
        }
    }

    pub fn ping_in_time(&mut self, link: usize) {
        let silent = self.now - self.peer(link, FROM).active;
        let keep_alive = self.links[link].terms.shortest_keep_alive() * SECOND;
        // 5.0 [MQTT-3.1.2-30]: whoever authenticates sends nothing else before CONNACK.
        let may = self.peer(link, FROM).ready || !self.links[link].terms.authentication;
        if may && silent * 2 >= keep_alive {
            if silent > keep_alive * 5 / 4 {
                self.did_wrong();
            }
            self.send(link, FROM, Message::Pingreq, &Packet::pingreq());
        }
        self.watch(link);
    }

    /// Breaks the rule that is to be broken, if it can be now.
    fn does_wrong(&mut self, link: usize) -> bool {
        let Link { terms, peers, .. } = &self.links[link];
        let most = terms.limits[1].in_flight;
        // Late enough that nothing excuses it.
        if self.fault.is_none() || terms.version == Version::V3_1 || peers[0].acts > 5 {
            return false;
        }
        let (v5, clean, aliases) = (terms.version == Version::V5_0, terms.clean, terms.limits[1].aliases);
        let may_publish = terms.maximum_qos > 0
            && self.has_room(link, FROM)
            && self.session(link, FROM).sent.iter().all(|exchange| exchange.link == link);
        match self.fault {
            Some(Fault::IdInUse) if may_publish => {
                // Both in one breath: the first cannot have been acknowledged.
                self.publish(link, FROM, "one", 1, false, None);
                let Some(one) = self.session(link, FROM).sent.pop() else { return false };
                let mut another = one.clone();
                another.topic = "another".to_owned();
                self.session(link, FROM).sent.push(one);
                let packet = packet(&another, &another.topic, Vec::new(), false);
                self.send(link, FROM, Message::Publish { qos: 1, id: another.id }, &packet);
            }
            Some(Fault::ReceiveMaximum) if v5 && may_publish && most < 10 => {
                for _ in 0..=2 * most {
                    let peer = self.peer(link, FROM);
                    let counted = std::mem::take(&mut peer.counted);
                    self.publish(link, FROM, "a", 1, false, None);
                    self.peer(link, FROM).counted.extend(counted);
                }
            }
            Some(Fault::WrongFlags) => {
                let id = self.free_id(link, FROM);
                let mut packet = Packet::subscribe(id, [("a", 0)]);
                packet.first_byte = 0x80;
                self.send(link, FROM, Message::Pingresp, &packet);
            }
            Some(Fault::UnknownAck) if clean => {
                let (message, packet) = ack(PacketType::Puback, 60_000, None, Vec::new());
                self.send(link, FROM, message, &packet);
            }
            Some(Fault::AliasAboveMaximum) if v5 => {
                let mut packet = Packet::publish("a", "x");
                if let Body::Publish(publish) = &mut packet.body {
                    publish.properties = Some(vec![property(Id::TopicAlias, PropertyValue::TwoByte(aliases + 1))].into());
                }
                self.send(link, FROM, Message::Publish { qos: 0, id: 0 }, &packet);
            }
            _ => return false,
        }
        self.did_wrong();
        true
    }

    fn did_wrong(&mut self) {
        self.fault = None;
        self.count("faults");
    }
}

/// An AUTH.
pub fn auth(code: u8) -> Packet {
    Packet::auth(Some(code), Some(vec![text(Id::AuthenticationMethod, "M")].into()))
}
