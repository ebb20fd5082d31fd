//! Well-behaved MQTT peers, made up: clients with sessions, one server, TCP between them, and a tap that sees all of it.
//!
//! One number decides everything that happens. Time is simulated; nothing here knows the analysis. A peer does only what the
//! specification of its version allows, but of that as much as possible: short ranges of identifiers, tight limits, answers
//! that take their time and cross, connections that end anyhow. [`Fault`] makes one client break one rule, once.

mod client;
mod exchange;
mod server;
mod tcp;
mod terms;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mqttscope::flow::Role;
use mqttscope::mqtt::encode::Packet;
use mqttscope::mqtt::{PacketType, Version};

use crate::support::cut::Dice;
use exchange::Session;
use tcp::{MS, Segment, Tcp};
use terms::Terms;

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000 * MS;

/// What one client does wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    IdInUse,
    ReceiveMaximum,
    WrongFlags,
    LatePing,
    UnknownAck,
    AliasAboveMaximum,
}

/// A packet, as its receiver takes it.
#[derive(Clone, Debug)]
pub enum Message {
    Connect,
    Connack { accepted: bool, session_present: bool },
    Publish { qos: u8, id: u16 },
    Ack { kind: PacketType, id: u16, refused: bool },
    Subscribe { id: u16, filters: Vec<(String, u8)>, identifier: Option<u32> },
    Unsubscribe { id: u16, filters: Vec<String> },
    Answered { id: u16 },
    Pingreq,
    Pingresp,
    Auth { code: u8 },
    Disconnect,
}

/// What happens at some time.
#[derive(Clone, Debug)]
enum What {
    Open(usize),
    Arrive(usize, Role, Segment),
    Resend(usize, Role, Segment),
    Acknowledge(usize, Role),
    Flush(usize, Role),
    Send(usize, Role, Message, Box<Packet>),
    Act(usize, Role),
    Watch(usize, Role),
    Leave(usize, Role, Leave),
}

/// How one side ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leave {
    Disconnect,
    Close,
    Reset,
    /// The host is switched off.
    Die,
    /// The program goes on with another connection, and closes this one later if the server does not.
    Abandon,
}

/// One side of a connection, above TCP.
#[derive(Debug, Default)]
struct Peer {
    /// May send what it wants.
    ready: bool,
    /// Has left, or is waiting to.
    gone: bool,
    acts: usize,
    /// When it last sent (client) or got (server) a packet.
    active: u64,
    /// Answers of a kind keep their order.
    promised: HashMap<PacketType, u64>,
    /// PUBLISH packets of this connection that count for the Receive Maximum of the other side.
    counted: BTreeSet<u16>,
    aliases: BTreeMap<u16, String>,
    authenticating: bool,
    /// Nothing is answered before CONNACK.
    not_before: u64,
    /// The Reason Code of its DISCONNECT.
    reason: u8,
}

/// A connection.
struct Link {
    tcp: Tcp,
    host: usize,
    terms: Terms,
    /// SUBSCRIBE and UNSUBSCRIBE under way.
    requests: BTreeSet<u16>,
    peers: [Peer; 2],
}

/// A client and what it keeps between connections.
struct Host {
    /// What does not change from connection to connection is taken from here.
    terms: Terms,
    links_left: usize,
    link: Option<usize>,
    session: Session,
    /// The server may still have a session that the client has given up.
    must_clean: bool,
}

/// What the server keeps of a client.
#[derive(Default)]
struct Kept {
    link: Option<usize>,
    session: Session,
    filters: BTreeMap<String, (u8, Option<u32>)>,
}

/// Everything there is.
pub struct World {
    dice: Dice,
    now: u64,
    serial: u64,
    queue: BTreeMap<(u64, u64), What>,
    links: Vec<Link>,
    hosts: Vec<Host>,
    kept: HashMap<String, Kept>,
    fault: Option<Fault>,
    frames: Vec<(u64, Vec<u8>)>,
    counts: BTreeMap<&'static str, u64>,
    died: BTreeSet<u16>,
}

/// What the tap has seen.
pub struct Seen {
    /// Nanoseconds and bytes, in order of time.
    pub frames: Vec<(u64, Vec<u8>)>,
    /// How often something happened.
    pub counts: BTreeMap<&'static str, u64>,
    /// Ports of clients that went silent without a word.
    pub died: BTreeSet<u16>,
}

/// Lets some clients talk to a server for a while.
pub fn run(seed: u64, connections: usize, fault: Option<Fault>) -> Seen {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    dice.up_to(2);
    let mut world = World {
        dice,
        now: SECOND,
        serial: 0,
        queue: BTreeMap::new(),
        links: Vec::new(),
        hosts: Vec::new(),
        kept: HashMap::new(),
        fault,
        frames: Vec::new(),
        counts: BTreeMap::new(),
        died: BTreeSet::new(),
    };
    let mut left = connections;
    while left > 0 {
        let links_left = (1 + world.dice.up_to(5)).min(left);
        left -= links_left;
        world.add_host(links_left);
    }
    while let Some(((time, _), what)) = world.queue.pop_first() {
        world.now = time;
        world.step(what);
    }
    let World { mut frames, counts, died, .. } = world;
    frames.sort_by_key(|(time, _)| *time);
    Seen { frames, counts, died }
}

impl World {
    fn add_host(&mut self, links_left: usize) {
        let number = self.hosts.len();
        let version = Version::ALL[self.dice.up_to(5).div_ceil(2)];
        let client_id = format!("client-{number}");
        let terms = self.terms(version, client_id);
        self.hosts.push(Host { terms, links_left, link: None, session: Session::default(), must_clean: false });
        let wait = self.below(3 * SECOND);
        self.later(wait, What::Open(number));
    }

    fn step(&mut self, what: What) {
        match what {
            What::Open(host) => self.open(host),
            What::Arrive(link, to, segment) => self.arrive(link, to, segment),
            What::Resend(link, from, segment) => self.resend(link, from, segment),
            What::Acknowledge(link, from) => self.acknowledge(link, from),
            What::Flush(link, from) => self.flush(link, from),
            What::Leave(link, role, how) => self.leave(link, role, how),
            What::Send(link, role, ..) | What::Act(link, role) | What::Watch(link, role) if self.peer(link, role).gone => {}
            What::Send(link, role, message, packet) => self.answer(link, role, message, &packet),
            What::Act(link, Role::Client) => self.client_acts(link),
            What::Act(link, Role::Server) => self.server_acts(link),
            What::Watch(link, Role::Client) => self.ping_in_time(link),
            What::Watch(link, Role::Server) => self.watch_client(link),
        }
    }

    /// A packet has come.
    fn take(&mut self, link: usize, to: Role, message: Message) {
        if self.peer(link, to).gone {
            return;
        }
        if to == Role::Server {
            self.peer(link, to).active = self.now;
        }
        match message {
            Message::Publish { .. } | Message::Ack { .. } => self.exchange(link, to, message),
            Message::Disconnect => self.leave(link, to, Leave::Close),
            _ if to == Role::Server => self.serve(link, message),
            _ => self.client_takes(link, message),
        }
    }

    /// The other side has ended the connection.
    fn closed(&mut self, link: usize, role: Role) {
        if self.half(link, role).dead || self.peer(link, role).gone {
            self.forget(link, role);
            return self.end(link, role);
        }
        let wait = self.below(50 * MS);
        self.forget(link, role);
        self.later(wait, What::Leave(link, role, Leave::Close));
    }

    /// One side ends the connection.
    fn leave(&mut self, link: usize, role: Role, how: Leave) {
        let first = !self.peer(link, role).gone;
        if first && how == Leave::Disconnect {
            self.say_goodbye(link, role);
        }
        self.forget(link, role);
        match how {
            Leave::Disconnect if role == Role::Client && first && self.one_in(3) => {
                // The closing is left to the server for a moment.
                let wait = self.below(SECOND);
                self.later(wait, What::Leave(link, role, Leave::Close));
            }
            Leave::Disconnect | Leave::Close => self.end(link, role),
            Leave::Reset => self.reset(link, role),
            Leave::Die => self.half(link, role).dead = true,
            Leave::Abandon => {}
        }
    }

    /// What ends with the connection, ends.
    fn forget(&mut self, link: usize, role: Role) {
        if std::mem::replace(&mut self.peer(link, role).gone, true) {
            return;
        }
        let accepted = self.peer(link, role).ready;
        let (host, lasts) = (self.links[link].host, self.links[link].terms.session_lasts());
        if role == Role::Client {
            let wait = if self.one_in(2) { self.below(200 * MS) } else { self.below(5 * SECOND) };
            let host = &mut self.hosts[host];
            if host.link == Some(link) {
                host.link = None;
                if !lasts && accepted {
                    host.session = Session::default();
                }
                if host.links_left > 0 {
                    self.later(wait, What::Open(self.links[link].host));
                }
            }
        } else {
            let client_id = self.links[link].terms.client_id.clone();
            if let Some(kept) = self.kept.get_mut(&client_id).filter(|kept| kept.link == Some(link)) {
                kept.link = None;
                if !lasts {
                    self.kept.remove(&client_id);
                }
            }
        }
    }

    /// Sends a packet if the other side takes packets that long.
    fn send(&mut self, link: usize, from: Role, message: Message, packet: &Packet) -> bool {
        let bytes = packet.encode(self.links[link].terms.version);
        if bytes.len() > self.links[link].terms.limits[from.peer() as usize].packet {
            self.count("too large, not sent");
            return false;
        }
        self.count(PacketType::from_first_byte(packet.first_byte).name());
        if from == Role::Client {
            self.peer(link, from).active = self.now;
        }
        self.write(link, from, message, &bytes);
        true
    }

    /// An answer is sent after a while; those of a kind stay in order.
    fn promise(&mut self, link: usize, from: Role, message: Message, packet: Packet, ordered: bool) {
        let slowest = [MS, 100 * MS, 3 * SECOND][self.dice.up_to(3)];
        let wait = self.below(slowest);
        let mut at = (self.now + wait).max(self.peer(link, from).not_before);
        if ordered {
            let kind = PacketType::from_first_byte(packet.first_byte);
            let last = self.peer(link, from).promised.entry(kind).or_default();
            at = at.max(*last);
            *last = at;
        }
        self.at(at, What::Send(link, from, message, packet.into()));
    }

    fn peer(&mut self, link: usize, role: Role) -> &mut Peer {
        &mut self.links[link].peers[role as usize]
    }

    fn at(&mut self, time: u64, what: What) {
        self.serial += 1;
        self.queue.insert((time, self.serial), what);
    }

    fn later(&mut self, wait: u64, what: What) {
        self.at(self.now + wait, what);
    }

    fn below(&mut self, limit: u64) -> u64 {
        // The dice have 31 bits.
        self.dice.up_to((limit / 1_000) as usize) as u64 * 1_000
    }

    fn one_in(&mut self, share: usize) -> bool {
        self.dice.up_to(share) == 0
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }
}
