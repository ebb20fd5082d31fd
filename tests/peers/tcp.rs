//! What both peers write into what a tap between them sees: segments, acknowledgements, losses that TCP repairs.

use std::collections::VecDeque;

use etherparse::{PacketBuilder, TcpHeader};
use mqttscope::flow::Role;

use super::{Message, What, World};

/// Nanoseconds in a millisecond.
pub const MS: u64 = 1_000_000;

/// Longest payload of a segment.
const SEGMENT: usize = 1_400;

/// A part of what one side sends, by its place in the stream.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    from: usize,
    len: usize,
    fin: bool,
    reset: bool,
}

/// One side of a connection.
#[derive(Debug, Default)]
pub struct Half {
    /// Everything written, and how much of it was given to the network.
    stream: Vec<u8>,
    sent: usize,
    /// Where the packets that the other side has not taken yet end.
    packets: VecDeque<(usize, Message)>,
    /// The stream ends, and its end was sent.
    fin: bool,
    fin_sent: bool,
    flushing: bool,
    /// What came in order from the other side, and what came early.
    received: usize,
    fin_received: bool,
    early: Vec<Segment>,
    ack_due: bool,
    /// Nothing is sent or taken any more: the host died, or the connection was reset.
    pub dead: bool,
    last_seen: u64,
    last_arrival: u64,
}

/// A TCP connection.
#[derive(Debug)]
pub struct Tcp {
    pub port: u16,
    begins: [u32; 2],
    /// From either side to the tap.
    delay: [u64; 2],
    /// Of how many segments one is lost; 0 for none.
    loss: usize,
    pub halves: [Half; 2],
}

impl World {
    /// Opens a connection; says when the client can send.
    pub fn connect(&mut self, port: u16) -> (Tcp, u64) {
        let begins = [self.dice.up_to(usize::MAX) as u32 * 2, u32::MAX - self.dice.up_to(2_000) as u32];
        let slowest = if self.one_in(2) { 30 * MS } else { 2 * MS };
        let delay = [self.below(slowest), self.below(slowest)].map(|delay| delay + MS / 20);
        let loss = if self.one_in(3) { 30 } else { 0 };
        let mut tcp = Tcp { port, begins, delay, loss, halves: Default::default() };
        let [near, far] = delay;
        let header = |from, syn, ack| Header { from, syn, ack, ..Header::default() };
        let (there, back) = (self.now + near, self.now + near + 2 * far);
        let ready = self.now + 2 * (near + far);
        self.frame(&tcp, there, header(Role::Client, true, false), &[]);
        self.frame(&tcp, back, header(Role::Server, true, true), &[]);
        self.frame(&tcp, ready + near, header(Role::Client, false, true), &[]);
        tcp.halves[0].last_seen = ready + near;
        tcp.halves[1].last_seen = back;
        tcp.halves[0].last_arrival = ready + near + far;
        (tcp, ready)
    }

    /// Writes a packet into the stream.
    pub fn write(&mut self, link: usize, from: Role, message: Message, bytes: &[u8]) {
        let half = self.half(link, from);
        half.stream.extend_from_slice(bytes);
        let end = half.stream.len();
        half.packets.push_back((end, message));
        self.flush_soon(link, from);
    }

    /// Ends what one side sends, behind all that it has written.
    pub fn end(&mut self, link: usize, from: Role) {
        self.half(link, from).fin = true;
        self.flush_soon(link, from);
    }

    /// One side has had enough.
    pub fn reset(&mut self, link: usize, from: Role) {
        let half = self.half(link, from);
        let from_byte = half.sent;
        self.transmit(link, from, Segment { from: from_byte, len: 0, fin: false, reset: true });
        self.half(link, from).dead = true;
        self.count("RST");
    }

    fn flush_soon(&mut self, link: usize, from: Role) {
        let wait = self.below(3 * MS);
        if !std::mem::replace(&mut self.half(link, from).flushing, true) {
            self.later(wait, What::Flush(link, from));
        }
    }

    /// Sends what was written, in segments cut anywhere.
    pub fn flush(&mut self, link: usize, from: Role) {
        self.half(link, from).flushing = false;
        let whole = !self.one_in(3);
        loop {
            let half = self.half(link, from);
            let (start, left, fin) = (half.sent, half.stream.len() - half.sent, half.fin);
            if half.dead || half.fin_sent || (left == 0 && !fin) {
                return;
            }
            let most = if whole || left > 3 * SEGMENT { SEGMENT } else { 1 + self.dice.up_to(left.min(SEGMENT)) };
            let len = left.min(most);
            let fin = fin && len == left && (left == 0 || self.one_in(2));
            self.half(link, from).sent += len;
            self.half(link, from).fin_sent = fin;
            self.count("segments");
            self.transmit(link, from, Segment { from: start, len, fin, reset: false });
        }
    }

    /// A segment goes on its way for the first time; TCP repairs what is lost.
    fn transmit(&mut self, link: usize, from: Role, segment: Segment) {
        let loss = self.links[link].tcp.loss;
        let fate = if loss == 0 || segment.reset { usize::MAX } else { self.dice.up_to(loss * 2) };
        if fate < 3 {
            self.count("TCP retransmissions");
            let wait = 200 * MS + self.below(150 * MS);
            self.later(wait, What::Resend(link, from, segment));
        }
        match fate {
            0 => {}
            1 => drop(self.pass_tap(link, from, segment)),
            _ => self.deliver(link, from, segment),
        }
    }

    /// Once more, perhaps with bytes behind it that were sent since.
    pub fn resend(&mut self, link: usize, from: Role, mut segment: Segment) {
        let half = self.half(link, from);
        if half.dead {
            return;
        }
        let more = (half.sent - segment.from - segment.len).min(SEGMENT - segment.len);
        if !segment.fin && self.one_in(2) {
            segment.len += more;
        }
        self.deliver(link, from, segment);
    }

    fn deliver(&mut self, link: usize, from: Role, segment: Segment) {
        let seen = self.pass_tap(link, from, segment);
        let to = &mut self.links[link].tcp;
        let arrival = (seen + to.delay[from.peer() as usize]).max(to.halves[from as usize].last_arrival + 1);
        to.halves[from as usize].last_arrival = arrival;
        self.at(arrival, What::Arrive(link, from.peer(), segment));
    }

    /// The frame at the tap, with the time of it.
    fn pass_tap(&mut self, link: usize, from: Role, segment: Segment) -> u64 {
        let jitter = self.below(MS / 5);
        let tcp = &mut self.links[link].tcp;
        let half = &mut tcp.halves[from as usize];
        let seen = (self.now + tcp.delay[from as usize] + jitter).max(half.last_seen + 1_000);
        half.last_seen = seen;
        half.ack_due = false;
        let acknowledged = half.received + usize::from(half.fin_received);
        let payload = half.stream[segment.from..segment.from + segment.len].to_vec();
        let at = segment.from + usize::from(half.fin_sent && segment.len == 0 && !segment.fin);
        let header = Header { from, syn: false, ack: true, fin: segment.fin, reset: segment.reset, at, acknowledged };
        let built = header.build(&self.links[link].tcp, &payload);
        self.frames.push((seen, built));
        seen
    }

    fn frame(&mut self, tcp: &Tcp, at: u64, header: Header, payload: &[u8]) {
        self.frames.push((at, header.build(tcp, payload)));
    }

    /// A segment reaches the other side, which takes the packets that are complete now.
    pub fn arrive(&mut self, link: usize, to: Role, segment: Segment) {
        let half = self.half(link, to);
        if half.dead {
            return;
        }
        if segment.reset {
            half.dead = true;
            return self.closed(link, to);
        }
        let in_order = segment.from <= half.received;
        if in_order {
            half.early.insert(0, segment)
        } else {
            half.early.push(segment)
        }
        while let Some(index) = half.early.iter().position(|segment| segment.from <= half.received) {
            let Segment { from, len, fin, .. } = half.early.swap_remove(index);
            half.received = half.received.max(from + len);
            half.fin_received |= fin;
        }
        let (received, fin) = (half.received, half.fin_received);
        let overdue = std::mem::replace(&mut half.ack_due, true);
        if overdue || !in_order || fin || self.one_in(5) {
            self.acknowledge(link, to);
        } else {
            let wait = self.below(40 * MS);
            self.later(wait, What::Acknowledge(link, to));
        }
        while self.half(link, to.peer()).packets.front().is_some_and(|(end, _)| *end <= received)
            && let Some((_, message)) = self.half(link, to.peer()).packets.pop_front()
        {
            self.take(link, to, message);
        }
        if fin {
            self.closed(link, to);
        }
    }

    /// A bare acknowledgement, if one is due.
    pub fn acknowledge(&mut self, link: usize, from: Role) {
        let half = self.half(link, from);
        if half.ack_due && !half.dead {
            let at = half.sent;
            self.pass_tap(link, from, Segment { from: at, len: 0, fin: false, reset: false });
            self.count("bare ACKs");
        }
    }

    pub fn half(&mut self, link: usize, role: Role) -> &mut Half {
        &mut self.links[link].tcp.halves[role as usize]
    }
}

struct Header {
    from: Role,
    syn: bool,
    ack: bool,
    fin: bool,
    reset: bool,
    at: usize,
    acknowledged: usize,
}

impl Default for Header {
    fn default() -> Self {
        Self { from: Role::Client, syn: false, ack: false, fin: false, reset: false, at: 0, acknowledged: 0 }
    }
}

impl Header {
    fn build(&self, tcp: &Tcp, payload: &[u8]) -> Vec<u8> {
        let (client, server) = (([10, 0, 0, 1], tcp.port), ([192, 0, 2, 1], 1883));
        let (source, destination) = if self.from == Role::Client { (client, server) } else { (server, client) };
        // SYN takes the first number.
        let number = |role: Role, at: usize| tcp.begins[role as usize].wrapping_add(1).wrapping_add(at as u32);
        let seq = number(self.from, self.at).wrapping_sub(u32::from(self.syn));
        let header = TcpHeader {
            syn: self.syn,
            fin: self.fin,
            rst: self.reset,
            psh: !payload.is_empty(),
            ack: self.ack,
            acknowledgment_number: if self.ack { number(self.from.peer(), self.acknowledged) } else { 0 },
            ..TcpHeader::new(source.1, destination.1, seq, u16::MAX)
        };
        let builder = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]).ipv4(source.0, destination.0, 64).tcp_header(header);
        let mut data = Vec::with_capacity(builder.size(payload.len()));
        builder.write(&mut data, payload).unwrap();
        data
    }
}
