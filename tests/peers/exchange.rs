//! PUBLISH and its acknowledgements, the same for both sides.

use std::collections::BTreeSet;

use mqttscope::flow::Role;
use mqttscope::mqtt::encode::{Ack, Body, Packet, Property, PropertyValue, Publish};
use mqttscope::mqtt::{PacketType, PropertyId as Id, Version};

use super::terms::{pair, property, text};
use super::{Message, World};

/// A message that was sent and not acknowledged to the end.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub id: u16,
    pub qos: u8,
    pub topic: String,
    payload: Vec<u8>,
    retain: bool,
    /// PUBREC has come.
    released: bool,
    /// The connection on which it was sent last.
    pub link: usize,
}

/// What one side keeps of its exchanges between connections.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Sent, oldest first.
    pub sent: Vec<Exchange>,
    /// Identifiers of QoS 2 messages taken and not released.
    pub taken: BTreeSet<u16>,
}

impl World {
    pub fn session(&mut self, link: usize, role: Role) -> &mut Session {
        let Self { links, hosts, kept, .. } = self;
        match role {
            Role::Client => &mut hosts[links[link].host].session,
            Role::Server => &mut kept.entry(links[link].terms.client_id.clone()).or_default().session,
        }
    }

    /// Whether another PUBLISH with QoS 1 or 2 may be sent.
    pub fn has_room(&mut self, link: usize, role: Role) -> bool {
        let most = self.links[link].terms.limits[role.peer().index()].in_flight;
        self.peer(link, role).counted.len() < most
    }

    /// An identifier that this side does not use; small ones, so that they come again soon.
    pub fn free_id(&mut self, link: usize, role: Role) -> u16 {
        let first = [1, 1, 7, 65_530][self.dice.up_to(4)];
        let used: BTreeSet<u16> = self.session(link, role).sent.iter().map(|exchange| exchange.id).collect();
        let requests = &self.links[link].requests;
        let is_free = |id: &u16| !used.contains(id) && (role == Role::Server || !requests.contains(id));
        (first..=u16::MAX).chain(1..first).find(is_free).unwrap()
    }

    /// Publishes if that is allowed now.
    pub fn publish(&mut self, link: usize, from: Role, topic: &str, qos: u8, retain: bool, identifier: Option<u32>) {
        let waiting = self.session(link, from).sent.iter().any(|exchange| exchange.link != link);
        if qos > 0 && (waiting || !self.has_room(link, from)) {
            return self.count("held back");
        }
        let id = if qos > 0 { self.free_id(link, from) } else { 0 };
        let lengths: &[usize] = if self.one_in(6) { &[200, 2_000, 20_000] } else { &[0, 5, 40] };
        let length = lengths[self.dice.up_to(lengths.len())];
        let payload = vec![b'x'; if retain { length + 1 } else { length }];
        let exchange = Exchange { id, qos, topic: topic.to_owned(), payload, retain, released: false, link };
        let mut items = self.message_properties(self.links[link].terms.version, true);
        items.extend(
            identifier.map(|identifier| {
                property(Id::SubscriptionIdentifier, PropertyValue::Varint(mqttscope::mqtt::VarInt::minimal(identifier)))
            }),
        );
        let ready = self.peer(link, from).ready;
        let aliases = if ready { self.links[link].terms.limits[from.peer().index()].aliases } else { 0 };
        let (mut shown, mut alias) = (topic.to_owned(), None);
        if aliases > 0 && self.one_in(2) {
            let number = 1 + self.dice.up_to(usize::from(aliases)) as u16;
            if self.peer(link, from).aliases.get(&number).is_some_and(|known| known == topic) && !self.one_in(4) {
                shown.clear();
            }
            items.push(property(Id::TopicAlias, PropertyValue::TwoByte(number)));
            alias = Some(number);
        }
        if !self.send(link, from, Message::Publish { qos, id }, &packet(&exchange, &shown, items, false)) {
            return;
        }
        if let Some(number) = alias {
            self.count(if shown.is_empty() { "aliases used" } else { "aliases set" });
            self.peer(link, from).aliases.insert(number, topic.to_owned());
        }
        self.count(["QoS 0", "QoS 1", "QoS 2"][usize::from(qos)]);
        self.count(if from == Role::Client { "PUBLISH of a client" } else { "PUBLISH of the server" });
        if qos > 0 {
            self.peer(link, from).counted.insert(id);
            self.session(link, from).sent.push(exchange);
        }
    }

    /// Goes on with exchanges of earlier connections, as far as the other side has room.
    pub fn go_on(&mut self, link: usize, from: Role) {
        let mut waits = false;
        for index in 0..self.session(link, from).sent.len() {
            let exchange = self.session(link, from).sent[index].clone();
            if exchange.link == link {
                continue;
            }
            if exchange.released {
                self.count("PUBREL resent");
                let (message, packet) = ack(PacketType::Pubrel, exchange.id, None, Vec::new());
                self.send(link, from, message, &packet);
            } else if waits || !self.has_room(link, from) {
                // Messages keep their order.
                waits = true;
                continue;
            } else {
                self.count("PUBLISH resent");
                self.peer(link, from).counted.insert(exchange.id);
                let packet = packet(&exchange, &exchange.topic, Vec::new(), true);
                self.send(link, from, Message::Publish { qos: exchange.qos, id: exchange.id }, &packet);
            }
            self.session(link, from).sent[index].link = link;
        }
    }

    /// Takes PUBLISH or an acknowledgement.
    pub fn exchange(&mut self, link: usize, to: Role, message: Message) {
        match message {
            Message::Publish { qos: 1, id } => {
                self.reply(link, to, PacketType::Puback, id);
            }
            Message::Publish { qos: 2, id } => {
                let known = self.session(link, to).taken.contains(&id);
                if known || !self.reply(link, to, PacketType::Pubrec, id) {
                    self.session(link, to).taken.insert(id);
                }
                if known {
                    let (message, packet) = ack(PacketType::Pubrec, id, None, Vec::new());
                    self.promise(link, to, message, packet, true);
                }
            }
            Message::Ack { kind: PacketType::Pubrel, id, .. } => {
                let known = self.session(link, to).taken.remove(&id);
                let code = (!known && self.links[link].terms.version == Version::V5_0).then_some(0x92);
                let (message, packet) = ack(PacketType::Pubcomp, id, code, Vec::new());
                self.promise(link, to, message, packet, false);
            }
            Message::Ack { kind: PacketType::Pubrec, id, refused: false } => {
                self.session(link, to).sent.iter_mut().filter(|exchange| exchange.id == id).for_each(|exchange| exchange.released = true);
                let (message, packet) = ack(PacketType::Pubrel, id, None, Vec::new());
                self.promise(link, to, message, packet, true);
            }
            Message::Ack { id, .. } => {
                self.peer(link, to).counted.remove(&id);
                self.session(link, to).sent.retain(|exchange| exchange.id != id);
                if self.peer(link, to).ready {
                    self.go_on(link, to);
                }
            }
            _ => {}
        }
    }

    /// Answers a PUBLISH; says whether with an error.
    fn reply(&mut self, link: usize, from: Role, kind: PacketType, id: u16) -> bool {
        let terms = &self.links[link].terms;
        let (v5, told) = (terms.version == Version::V5_0, terms.problem_information || from == Role::Client);
        // Only a server knows that there are no subscribers (0x10).
        let fine = if from == Role::Server { 0x10 } else { 0 };
        let code = if v5 && self.one_in(3) { [Some(0), Some(fine), Some(0x97)][self.dice.up_to(3)] } else { None };
        let refused = code == Some(0x97);
        if refused && kind == PacketType::Pubrec {
            self.count("PUBREC with an error");
        }
        let items = if code.is_some() && told && self.one_in(2) { vec![text(Id::ReasonString, "so be it"), pair()] } else { Vec::new() };
        let (message, packet) = ack(kind, id, code, items);
        self.promise(link, from, message, packet, true);
        refused
    }
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP.
pub fn ack(kind: PacketType, id: u16, code: Option<u8>, items: Vec<Property>) -> (Message, Packet) {
    let properties = (!items.is_empty()).then(|| items.into());
    let body = Body::Ack(Ack { packet_id: Some(id), reason_code: code, properties });
    let refused = code.is_some_and(|code| code >= 0x80);
    (Message::Ack { kind, id, refused }, Packet::new(kind, body))
}

/// The PUBLISH of an exchange.
pub fn packet(exchange: &Exchange, topic: &str, items: Vec<Property>, dup: bool) -> Packet {
    let publish = Publish {
        topic: Some(topic.into()),
        packet_id: (exchange.qos > 0).then_some(exchange.id),
        properties: Some(items.into()),
        payload: exchange.payload.clone(),
    };
    let mut packet = Packet::new(PacketType::Publish, Body::Publish(publish));
    packet.first_byte |= u8::from(dup) << 3 | exchange.qos << 1 | u8::from(exchange.retain);
    packet
}
