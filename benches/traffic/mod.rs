//! Makes captures of well-behaved MQTT traffic of any size: many connections interleaved, QoS 0 to 2 both ways, pings, and,
//! on request, packets split over segments and segments out of order. The same seed gives the same bytes.

pub mod day;

use std::io::{self, Write};

use mqttscope::mqtt::encode::{self, Packet};
use mqttscope::mqtt::{PacketType, Version};

/// What to make.
pub struct Traffic {
    /// Frames, about: the last exchange is finished.
    pub frames: u64,
    /// Connections open at the same time.
    pub connections: u32,
    /// Percentage of data segments that are cut in two.
    pub split: u32,
    /// Percentage of data segments that are swapped with the one behind them (needs `split`).
    pub reorder: u32,
}

impl Default for Traffic {
    fn default() -> Self {
        Self { frames: 1_000_000, connections: 1000, split: 0, reorder: 0 }
    }
}

/// One connection's sequence numbers and identifiers.
struct Peer {
    client: [u8; 6],
    server: [u8; 6],
    version: Version,
    sequence: [u32; 2],
    packet_id: [u16; 2],
}

struct Writer<W> {
    out: W,
    frames: u64,
    micros: u64,
    random: u64,
    split: u32,
    reorder: u32,
}

const SERVER: [u8; 6] = [10, 0, 0, 1, 0x07, 0x5b];

/// Writes a classic pcap file (Ethernet, microseconds) and returns the number of frames.
pub fn write(traffic: &Traffic, out: impl Write) -> io::Result<u64> {
    let mut writer = Writer::new(out, traffic.split, traffic.reorder)?;
    let mut peers = Vec::new();
    for index in 0..traffic.connections {
        peers.push(open(&mut writer, index)?);
    }
    while writer.frames < traffic.frames {
        let index = writer.next(traffic.connections as usize);
        exchange(&mut writer, &mut peers[index])?;
    }
    for peer in &mut peers {
        writer.send(peer, 0, &[Packet::disconnect(None)])?;
        writer.close(peer)?;
    }
    writer.out.flush()?;
    Ok(writer.frames)
}

fn open<W: Write>(writer: &mut Writer<W>, index: u32) -> io::Result<Peer> {
    let [_, b, c, d] = (index / 50_000 + 2).to_be_bytes();
    let [high, low] = ((index % 50_000 + 10_000) as u16).to_be_bytes();
    let version = if index.is_multiple_of(3) { Version::V5_0 } else { Version::V3_1_1 };
    let mut peer = Peer::new([10, b.max(1), c, d, high, low], SERVER, version);
    writer.handshake(&mut peer)?;
    writer.send(&mut peer, 0, &[Packet::connect(encode::Connect::new(version, format!("device-{index:06}")))])?;
    writer.send(&mut peer, 1, &[Packet::connack(0, 0)])?;
    peer.packet_id[0] += 1;
    writer.send(&mut peer, 0, &[Packet::subscribe(1, [(format!("plant/{index}/#"), 2)])])?;
    writer.send(&mut peer, 1, &[Packet::suback(1, [2])])?;
    Ok(peer)
}

fn exchange<W: Write>(writer: &mut Writer<W>, peer: &mut Peer) -> io::Result<()> {
    let from = writer.next(2);
    let to = 1 - from;
    let length = 20 + writer.next(60);
    let topic = format!("plant/{}/pressure", writer.next(1000));
    let qos = match writer.next(20) {
        0 => return ping(writer, peer),
        1..=10 => 0,
        11..=16 => 1,
        _ => 2,
    };
    let id = &mut peer.packet_id[from];
    *id = id.wrapping_add(1).max(1);
    let id = *id;
    let mut publish = Packet::publish(topic, vec![b'x'; length]);
    publish.first_byte |= qos << 1;
    if let encode::Body::Publish(body) = &mut publish.body {
        body.packet_id = (qos > 0).then_some(id);
    }
    writer.send(peer, from, &[publish])?;
    match qos {
        0 if writer.next(2) == 0 => writer.frame(peer, to, 0x10, &[]),
        0 => Ok(()),
        1 => writer.send(peer, to, &[Packet::ack(PacketType::Puback, id)]),
        _ => {
            writer.send(peer, to, &[Packet::ack(PacketType::Pubrec, id)])?;
            writer.send(peer, from, &[Packet::ack(PacketType::Pubrel, id)])?;
            writer.send(peer, to, &[Packet::ack(PacketType::Pubcomp, id)])
        }
    }
}

fn ping<W: Write>(writer: &mut Writer<W>, peer: &mut Peer) -> io::Result<()> {
    writer.send(peer, 0, &[Packet::pingreq()])?;
    writer.send(peer, 1, &[Packet::pingresp()])
}

impl Peer {
    fn new(client: [u8; 6], server: [u8; 6], version: Version) -> Self {
        Self { client, server, version, sequence: [1000, 5000], packet_id: [0, 0] }
    }
}

impl<W: Write> Writer<W> {
    /// Begins a classic pcap file.
    fn new(out: W, split: u32, reorder: u32) -> io::Result<Self> {
        let mut writer = Self { out, frames: 0, micros: 1_700_000_000_000_000, random: 0x9e37_79b9_7f4a_7c15, split, reorder };
        writer.out.write_all(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0])?;
        Ok(writer)
    }

    fn handshake(&mut self, peer: &mut Peer) -> io::Result<()> {
        self.frame(peer, 0, 0x02, &[])?;
        peer.sequence[0] += 1;
        self.frame(peer, 1, 0x12, &[])?;
        peer.sequence[1] += 1;
        self.frame(peer, 0, 0x10, &[])
    }

    fn close(&mut self, peer: &mut Peer) -> io::Result<()> {
        self.frame(peer, 0, 0x11, &[])?;
        peer.sequence[0] += 1;
        self.frame(peer, 1, 0x11, &[])?;
        peer.sequence[1] += 1;
        self.frame(peer, 0, 0x10, &[])
    }

    /// A number below `limit` (xorshift64).
    fn next(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 33) as usize % limit
    }

    fn send(&mut self, peer: &mut Peer, from: usize, packets: &[Packet]) -> io::Result<()> {
        let bytes: Vec<u8> = packets.iter().flat_map(|packet| packet.encode(peer.version)).collect();
        if bytes.len() > 3 && self.next(100) < self.split as usize {
            let cut = 1 + self.next(bytes.len() - 1);
            let (front, back) = bytes.split_at(cut);
            let start = peer.sequence[from];
            let parts = [(start, front), (start + cut as u32, back)];
            let swap = self.next(100) < self.reorder as usize;
            for index in if swap { [1, 0] } else { [0, 1] } {
                peer.sequence[from] = parts[index].0;
                self.frame(peer, from, 0x18, parts[index].1)?;
            }
            peer.sequence[from] = start.wrapping_add(bytes.len() as u32);
        } else {
            self.frame(peer, from, 0x18, &bytes)?;
            peer.sequence[from] = peer.sequence[from].wrapping_add(bytes.len() as u32);
        }
        Ok(())
    }

    fn frame(&mut self, peer: &Peer, from: usize, flags: u8, payload: &[u8]) -> io::Result<()> {
        let length = 40 + payload.len() as u16;
        let mut frame = Vec::with_capacity(70 + payload.len());
        self.begin(&mut frame, 14 + u32::from(length));
        ip(&mut frame, peer, from, length, [0, 0, 0x40, 0], 6);
        tcp(&mut frame, peer, from, flags, payload);
        self.put(&frame)
    }

    /// The header of a record.
    fn begin(&mut self, frame: &mut Vec<u8>, length: u32) {
        self.micros += 10;
        frame.extend_from_slice(&((self.micros / 1_000_000) as u32).to_le_bytes());
        frame.extend_from_slice(&((self.micros % 1_000_000) as u32).to_le_bytes());
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&length.to_le_bytes());
    }

    fn put(&mut self, frame: &[u8]) -> io::Result<()> {
        self.frames += 1;
        self.out.write_all(frame)
    }
}

/// Ethernet and IPv4; `fragment` is what stands in its header from the identification to the offset.
fn ip(frame: &mut Vec<u8>, peer: &Peer, from: usize, length: u16, fragment: [u8; 4], protocol: u8) {
    let (source, target) = if from == 0 { (peer.client, peer.server) } else { (peer.server, peer.client) };
    frame.extend_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0]);
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&fragment);
    frame.extend_from_slice(&[64, protocol, 0, 0]);
    frame.extend_from_slice(&source[..4]);
    frame.extend_from_slice(&target[..4]);
}

fn tcp(frame: &mut Vec<u8>, peer: &Peer, from: usize, flags: u8, payload: &[u8]) {
    let (source, target) = if from == 0 { (peer.client, peer.server) } else { (peer.server, peer.client) };
    frame.extend_from_slice(&source[4..]);
    frame.extend_from_slice(&target[4..]);
    frame.extend_from_slice(&peer.sequence[from].to_be_bytes());
    let acknowledged = if flags & 0x10 == 0 { 0 } else { peer.sequence[1 - from] };
    frame.extend_from_slice(&acknowledged.to_be_bytes());
    frame.extend_from_slice(&[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    frame.extend_from_slice(payload);
}
