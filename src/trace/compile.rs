//! A section of a trace into the frames of a capture: Ethernet, IPv4, TCP, with the numbers that both ends would have sent.
//!
//! The two ends are simple: every segment arrives and is acknowledged, except that bytes put off with `LATER` hold back the
//! acknowledgement of everything behind them. Windows never fill, nothing is lost unless the trace says so.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use etherparse::{PacketBuilder, TcpHeader};

use super::{Act, Piece, Section, Step, TraceError};
use crate::flow::Role;
use crate::frame::{Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// Time at which every section starts: 2026-01-01T00:00:00Z.
const EPOCH: Timestamp = Timestamp::from_nanos(1_767_225_600_000_000_000);

/// Time between the segments of a line, before an acknowledgement, and between the frames of a handshake.
const TICK: Duration = Duration::from_micros(100);

/// Longest TCP payload that fits into an IPv4 packet without options; longer segments are cut.
const SEGMENT_LIMIT: usize = 65_535 - 40;

/// Client ports 40000 to 59999, then the next client address.
const PORTS: u32 = 20_000;

/// The first client address, 10.0.0.1; the last is still within 10.0.0.0/8.
const CLIENTS: u32 = 0x0a00_0001;

/// The server listens here.
const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 1883);

/// A frame, its time and the line that it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedFrame {
    /// When it was captured.
    pub time: Timestamp,
    /// The bytes, from the Ethernet header on.
    pub data: Vec<u8>,
    /// The line of the trace.
    pub line: usize,
    /// It is what the line says, not a handshake or an acknowledgement that goes with it.
    pub own: bool,
}

/// The frames of a section, numbered from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// In the order of capture.
    pub frames: Vec<OwnedFrame>,
}

impl Recording {
    /// The frames as a capture would give them out that holds nothing but their bytes.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        let starts = self.frames.iter().scan(0, |end, frame| {
            let start = *end;
            *end += frame.data.len() as u64;
            Some(start)
        });
        (1..).zip(&self.frames).zip(starts).map(|((number, frame), offset)| Frame {
            id: FrameId::new(0, number),
            time: frame.time,
            link: LinkType::ETHERNET,
            offset,
            data: &frame.data,
            original_len: u32::try_from(frame.data.len()).unwrap_or(u32::MAX),
        })
    }

    /// The number of the last own frame of a line, which its marks mean.
    pub fn last_of(&self, line: usize) -> Option<u64> {
        (1..).zip(&self.frames).filter(|(_, frame)| frame.line == line && frame.own).map(|(number, _)| number).last()
    }

    /// The line that a frame comes from.
    pub fn line_of(&self, number: u64) -> Option<usize> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.frames.get(index).map(|frame| frame.line)
    }
}

/// Makes the frames of a section.
///
/// # Errors
/// A line that cannot be carried out where it stands.
pub fn compile(section: &Section) -> Result<Recording, TraceError> {
    let mut compiler = Compiler::default();
    for step in &section.steps {
        compiler.step(step)?;
    }
    let put_off = compiler.connections.values().flat_map(|connection| &connection.halves).filter_map(|half| half.put_off.front());
    if let Some(line) = put_off.map(|(segment, _)| segment.line).min() {
        return Err(TraceError::Misplaced { line, expected: "a line NOW after LATER" });
    }
    Ok(Recording { frames: compiler.frames })
}

struct Compiler {
    frames: Vec<OwnedFrame>,
    connections: BTreeMap<u32, Connection>,
    /// Time of the last own frame of a line.
    clock: Timestamp,
    /// Time of the last frame.
    last: Timestamp,
}

#[derive(Default)]
struct Connection {
    begun: bool,
    midstream: bool,
    /// Only frames of this side are captured.
    oneway: Option<Role>,
    halves: [Half; 2],
}

/// What one side sends.
#[derive(Default)]
struct Half {
    /// Sequence number of the next byte.
    next: u32,
    /// What it sent last.
    sent: Option<Segment>,
    /// What passes later, each with what it acknowledges: it has been sent already.
    put_off: VecDeque<(Segment, u32)>,
}

#[derive(Clone)]
struct Segment {
    line: usize,
    seq: u32,
    bytes: Vec<u8>,
    fin: bool,
}

/// Control bits of a frame without data.
#[derive(Clone, Copy, Default)]
struct Control {
    syn: bool,
    fin: bool,
    rst: bool,
    /// The first SYN has nothing to acknowledge.
    no_ack: bool,
}

impl Half {
    /// What the other side acknowledges: everything up to the first byte that is still to be sent.
    fn acknowledged(&self) -> u32 {
        self.put_off.front().map_or(self.next, |(segment, _)| segment.seq)
    }

    /// Gives bytes their place in the stream.
    fn place(&mut self, line: usize, bytes: &[u8], fin: bool) -> Segment {
        let seq = self.next;
        self.next = seq.wrapping_add(bytes.len() as u32).wrapping_add(u32::from(fin));
        Segment { line, seq, bytes: bytes.to_vec(), fin }
    }
}

impl Connection {
    fn half(&mut self, role: Role) -> &mut Half {
        let [client, server] = &mut self.halves;
        match role {
            Role::Client => client,
            Role::Server => server,
        }
    }
}

impl Default for Compiler {
    fn default() -> Self {
        Self { frames: Vec::new(), connections: BTreeMap::new(), clock: EPOCH, last: EPOCH }
    }
}

impl Compiler {
    fn step(&mut self, step: &Step) -> Result<(), TraceError> {
        let Step { line, connection: number, .. } = *step;
        let misplaced = |expected| Err(TraceError::Misplaced { line, expected });
        let mut connection = self.connections.remove(&number).unwrap_or_default();
        match &step.act {
            Act::Midstream | Act::Oneway(_) if connection.begun => {
                return misplaced("midstream and oneway before the first frame of their connection");
            }
            Act::Midstream => connection.midstream = true,
            Act::Oneway(role) => connection.oneway = Some(*role),
            Act::Tick => {
                let at = self.at(step.wait);
                self.clock = at;
                self.emit(at, line, true, udp());
            }
            act => {
                let at = self.at(step.wait);
                self.clock = at;
                self.begin(&mut connection, number, line, at);
                let mut run = Run { compiler: self, connection: &mut connection, number, line, at };
                match act {
                    Act::Send { from, pieces, later } => run.send(*from, pieces, *later)?,
                    Act::Now(from) => run.now(*from)?,
                    Act::Ack(from) => run.control(*from, Control::default(), true),
                    Act::Reset(from) => run.control(*from, Control { rst: true, ..Control::default() }, true),
                    Act::Midstream | Act::Oneway(_) | Act::Tick => {}
                }
            }
        }
        self.connections.insert(number, connection);
        if !step.marks.is_empty() && !self.frames.iter().rev().any(|frame| frame.line == line && frame.own) {
            return misplaced("a mark on a line that has a frame in the capture");
        }
        Ok(())
    }

    /// The time of a line; frames never go back in time.
    fn at(&self, wait: Duration) -> Timestamp {
        self.clock.after(wait).max(self.last)
    }

    /// The handshake, just before the first line at `at`.
    fn begin(&mut self, connection: &mut Connection, number: u32, line: usize, at: Timestamp) {
        if std::mem::replace(&mut connection.begun, true) {
            return;
        }
        // Far apart, and the server's close to where the numbers wrap, so that every trace tries that.
        let (client, server) = (number.wrapping_mul(0x1000_0000), 0xffff_fff0 - number % 8);
        let [ours, theirs] = &mut connection.halves;
        (ours.next, theirs.next) = (client, server);
        if connection.midstream {
            return;
        }
        let syn = Control { syn: true, ..Control::default() };
        let before = |ticks: u32| Timestamp::from_nanos(at.as_nanos() - (TICK * ticks).as_nanos() as i64).max(self.last);
        let times = [before(3), before(2), before(1)];
        let [first, second, third] = times;
        let mut run = Run { compiler: self, connection, number, line, at: first };
        run.control(Role::Client, Control { no_ack: true, ..syn }, false);
        run.connection.half(Role::Client).next = client.wrapping_add(1);
        run.at = second;
        run.control(Role::Server, syn, false);
        run.connection.half(Role::Server).next = server.wrapping_add(1);
        run.at = third;
        run.control(Role::Client, Control::default(), false);
    }

    fn emit(&mut self, at: Timestamp, line: usize, own: bool, data: Vec<u8>) {
        self.last = at.max(self.last);
        self.frames.push(OwnedFrame { time: self.last, data, line, own });
    }
}

/// One line at work.
struct Run<'c> {
    compiler: &'c mut Compiler,
    connection: &'c mut Connection,
    number: u32,
    line: usize,
    /// Time of the next frame.
    at: Timestamp,
}

impl Run<'_> {
    fn send(&mut self, from: Role, pieces: &[Piece], later: bool) -> Result<(), TraceError> {
        let line = self.line;
        let mut sent = false;
        for piece in pieces {
            let acknowledged = self.connection.half(from.peer()).acknowledged();
            let half = self.connection.half(from);
            match piece {
                Piece::Gap(length) => half.next = half.next.wrapping_add(*length),
                Piece::Segment { bytes, fin, .. } if later => {
                    let segment = half.place(line, bytes, *fin);
                    half.put_off.push_back((segment, acknowledged));
                }
                Piece::Segment { resend: true, bytes, fin } => {
                    let Some(last) = half.sent.clone() else {
                        return Err(TraceError::Misplaced { line, expected: "a segment before RESEND" });
                    };
                    let end = last.seq.wrapping_add(last.bytes.len() as u32).wrapping_add(u32::from(last.fin));
                    let more = !bytes.is_empty() || *fin;
                    if more && (end != half.next || last.fin) {
                        return Err(TraceError::Misplaced { line, expected: "nothing between the last segment and what RESEND adds" });
                    }
                    let added = half.place(line, bytes, *fin);
                    self.segment(
                        from,
                        Segment { bytes: [last.bytes, added.bytes].concat(), fin: last.fin || *fin, line, seq: last.seq },
                        acknowledged,
                    );
                    sent = true;
                }
                Piece::Segment { bytes, fin, .. } => {
                    let segment = half.place(line, bytes, *fin);
                    self.segment(from, segment, acknowledged);
                    sent = true;
                }
            }
        }
        self.acknowledge(from, sent);
        Ok(())
    }

    fn now(&mut self, from: Role) -> Result<(), TraceError> {
        let put_off = std::mem::take(&mut self.connection.half(from).put_off);
        if put_off.is_empty() {
            return Err(TraceError::Misplaced { line: self.line, expected: "a line LATER before NOW" });
        }
        for (segment, acknowledged) in put_off {
            self.segment(from, segment, acknowledged);
        }
        self.acknowledge(from, true);
        Ok(())
    }

    /// One frame, or several if it is too long for one.
    fn segment(&mut self, from: Role, segment: Segment, acknowledged: u32) {
        let chunks = segment.bytes.chunks(SEGMENT_LIMIT);
        let last = chunks.len().saturating_sub(1);
        let mut cuts: Vec<(usize, &[u8])> = chunks.enumerate().collect();
        if cuts.is_empty() {
            cuts.push((0, &[]));
        }
        for (index, bytes) in cuts {
            let seq = segment.seq.wrapping_add((index * SEGMENT_LIMIT) as u32);
            let part = Segment { seq, bytes: bytes.to_vec(), fin: segment.fin && index == last, line: segment.line };
            let control = Control { fin: part.fin, ..Control::default() };
            let header = TcpHeader { acknowledgment_number: acknowledged, ..self.header(from, seq, control) };
            self.emit(from, TcpHeader { psh: !bytes.is_empty(), ..header }, bytes, true);
            self.connection.half(from).sent = Some(part);
        }
    }

    fn control(&mut self, from: Role, control: Control, own: bool) {
        let seq = self.connection.half(from).next;
        let header = self.header(from, seq, control);
        self.emit(from, header, &[], own);
    }

    /// The other side's bare ACK, if all of it is in the capture.
    fn acknowledge(&mut self, from: Role, sent: bool) {
        if sent && self.connection.oneway.is_none() {
            self.control(from.peer(), Control::default(), false);
        }
    }

    fn header(&mut self, from: Role, seq: u32, control: Control) -> TcpHeader {
        let client = (40_000 + self.number % PORTS) as u16;
        let (source, destination) = if from == Role::Client { (client, SERVER.1) } else { (SERVER.1, client) };
        let Control { syn, fin, rst, no_ack } = control;
        let acknowledged = self.connection.half(from.peer()).acknowledged();
        TcpHeader {
            syn,
            fin,
            rst,
            ack: !no_ack,
            acknowledgment_number: if no_ack { 0 } else { acknowledged },
            ..TcpHeader::new(source, destination, seq, u16::MAX)
        }
    }

    fn emit(&mut self, from: Role, header: TcpHeader, payload: &[u8], own: bool) {
        let at = self.at;
        self.at = at.after(TICK);
        if own {
            self.compiler.clock = at;
        }
        if self.connection.oneway.is_none_or(|role| role == from) {
            let client = (CLIENTS + self.number / PORTS).to_be_bytes();
            let (source, destination) = if from == Role::Client { (client, SERVER.0) } else { (SERVER.0, client) };
            let builder = ethernet(from).ipv4(source, destination, 64).tcp_header(header);
            let mut data = Vec::with_capacity(builder.size(payload.len()));
            // A segment of at most SEGMENT_LIMIT bytes fits, and nothing else can fail in memory.
            let _ = builder.write(&mut data, payload);
            self.compiler.emit(at, self.line, own, data);
        }
    }
}

fn ethernet(from: Role) -> etherparse::PacketBuilderStep<etherparse::Ethernet2Header> {
    let (client, server) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    if from == Role::Client { PacketBuilder::ethernet2(client, server) } else { PacketBuilder::ethernet2(server, client) }
}

/// A frame of something else.
fn udp() -> Vec<u8> {
    let builder = ethernet(Role::Client).ipv4([198, 51, 100, 1], [198, 51, 100, 2], 64).udp(40_000, 9);
    let mut data = Vec::with_capacity(builder.size(4));
    let _ = builder.write(&mut data, b"tick");
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Decoder;
    use crate::trace::parse;

    /// One line per frame: milliseconds, sender, flags, sequence number, payload length, what it acknowledges; numbers count
    /// from the first one that a side could use for data.
    fn picture(lines: &str) -> String {
        let trace = parse(&format!("== test\n{lines}")).unwrap();
        let recording = compile(&trace.sections[0]).unwrap();
        let mut decoder = Decoder::new(Default::default());
        let mut out = String::new();
        for frame in recording.frames() {
            let time = frame.time.since(EPOCH).as_micros() as f64 / 1000.0;
            let Ok(segment) = decoder.decode(&frame) else {
                out += &format!("{time} other\n");
                continue;
            };
            let ours = segment.destination.port == 1883;
            let number = u32::from(if ours { segment.source.port } else { segment.destination.port }) - 40_000;
            let begins = [number.wrapping_mul(0x1000_0000) + 1, 0xffff_fff0 - number + 1];
            let [mine, theirs] = if ours { begins } else { [begins[1], begins[0]] };
            let seq = segment.seq.wrapping_sub(mine).cast_signed();
            let ack = segment.ack.map_or(String::new(), |ack| format!(" a{}", ack.wrapping_sub(theirs).cast_signed()));
            let flags = segment.flags.to_string().replace(", ", "+");
            out += &format!("{time} {}{number} {flags} {seq}+{}{ack}\n", if ours { 'c' } else { 's' }, segment.payload_len);
        }
        out
    }

    #[test]
    fn numbers_follow_what_was_sent_and_received() {
        assert_eq!(
            picture("C>S 00*10\n+5s S>C 00*20 / 00 ; FIN\n2: C>S GAP 5\n2: C>S 00*3\n+10ms tick\nC>S RST\n2: S>C ACK"),
            "0.7 c1 SYN -1+0\n0.8 s1 SYN+ACK -1+0 a0\n0.9 c1 ACK 0+0 a0\n1 c1 PSH+ACK 0+10 a0\n1.1 s1 ACK 0+0 a10\n\
             5001 s1 PSH+ACK 0+20 a10\n5001.1 s1 FIN+PSH+ACK 20+1 a10\n5001.2 c1 ACK 10+0 a22\n\
             5001.8 c2 SYN -1+0\n5001.9 s2 SYN+ACK -1+0 a0\n5002 c2 ACK 0+0 a0\n\
             5003.1 c2 PSH+ACK 5+3 a0\n5003.2 s2 ACK 0+0 a8\n5013.1 other\n5014.1 c1 RST+ACK 10+0 a22\n5015.1 s2 ACK 0+0 a8\n"
        );
    }

    #[test]
    fn segments_out_of_order_and_repeated() {
        assert_eq!(
            picture("midstream\nC>S LATER 00*4 / 00\nC>S 00*2\nC>S NOW\nC>S 00*3\nC>S RESEND\nC>S RESEND ; 00*2"),
            "2 c1 PSH+ACK 4+2 a-1\n2.1 s1 ACK -1+0 a-1\n3 c1 PSH+ACK -1+4 a-1\n3.1 c1 PSH+ACK 3+1 a-1\n3.2 s1 ACK -1+0 a6\n\
             4.1 c1 PSH+ACK 6+3 a-1\n4.2 s1 ACK -1+0 a9\n5.1 c1 PSH+ACK 6+3 a-1\n5.2 s1 ACK -1+0 a9\n\
             6.1 c1 PSH+ACK 6+5 a-1\n6.2 s1 ACK -1+0 a11\n"
        );
    }

    #[test]
    fn the_other_direction_is_not_captured() {
        assert_eq!(
            picture("oneway S>C\nC>S 00*4\nS>C 00*2\nC>S FIN\nS>C FIN"),
            "0.8 s1 SYN+ACK -1+0 a0\n2 s1 PSH+ACK 0+2 a4\n4 s1 FIN+ACK 2+0 a5\n"
        );
    }

    #[test]
    fn what_cannot_be_carried_out_is_an_error() {
        let error = |lines: &str| compile(&parse(&format!("== test\n{lines}")).unwrap().sections[0]).unwrap_err().to_string();
        assert_eq!(error("C>S RESEND"), "line 2: expected a segment before RESEND");
        assert_eq!(error("C>S 00\nC>S GAP 1\nC>S RESEND ; 00"), "line 4: expected nothing between the last segment and what RESEND adds");
        assert_eq!(error("C>S LATER 00\nC>S 00"), "line 2: expected a line NOW after LATER");
        assert_eq!(error("C>S NOW"), "line 2: expected a line LATER before NOW");
        assert_eq!(error("C>S 00\nmidstream"), "line 3: expected midstream and oneway before the first frame of their connection");
        assert_eq!(error("oneway S>C\nC>S 00 !! a"), "line 3: expected a mark on a line that has a frame in the capture");
    }

    #[test]
    fn a_long_segment_becomes_several_frames() {
        assert_eq!(
            picture("midstream\nC>S 00*70000 ; FIN"),
            "1 c1 PSH+ACK -1+65495 a-1\n1.1 c1 FIN+PSH+ACK 65494+4505 a-1\n1.2 s1 ACK -1+0 a70000\n"
        );
    }
}
