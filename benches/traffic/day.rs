//! Hours of traffic as a plant has it, of which nothing is kept: clients that stay for about an hour, ping, leave in all ways there
//! are (many without a word) and come back, some of them for one message only; faults now and then; IP fragments; connections that
//! are not MQTT.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::time::Duration;

use mqttscope::mqtt::Version;
use mqttscope::mqtt::encode::{self, Packet};

use super::{Peer, SERVER, Writer, exchange, ip, ping, tcp};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Day {
    /// Capture time.
    pub length: Duration,
    /// Clients that are there most of the time.
    pub clients: u32,
    /// Capture time between two looks at who reads.
    pub look: Duration,
}

/// A client, or one of the guests behind them.
#[derive(Default)]
struct Client {
    peer: Option<Peer>,
    /// When it leaves, in microseconds.
    until: u64,
    /// How often it was there.
    visits: u32,
    /// How often it was there under another name.
    names: u32,
}

const SECOND: u64 = 1_000_000;

/// Of the guests: who asks a web server, who sends one message only, who speaks TLS, and who asks for names over UDP.
const WEB: u32 = 0;
const SHORT: u32 = 1;
const TLS: u32 = 2;
const NAMES: u32 = 3;
const GUESTS: u32 = 4;

/// Writes a classic pcap file, and calls `look` each time when so much of it has gone out. Returns the number of frames.
pub fn write(day: &Day, out: impl Write, look: &mut impl FnMut() -> io::Result<()>) -> io::Result<u64> {
    let mut writer = Writer::new(out, 0, 0)?;
    let begin = writer.micros;
    let end = begin + day.length.as_micros() as u64;
    let mut next_look = begin + day.look.as_micros() as u64;
    let mut clients: Vec<Client> = (0..day.clients + GUESTS).map(|_| Client::default()).collect();
    // All come within the first minute.
    let mut agenda: BinaryHeap<Reverse<(u64, u32)>> =
        (0..day.clients + GUESTS).map(|who| Reverse((begin + writer.next(60 * SECOND as usize) as u64, who))).collect();
    while let Some(Reverse((at, who))) = agenda.pop() {
        while at >= next_look && next_look <= end {
            writer.out.flush()?;
            look()?;
            next_look += day.look.as_micros() as u64;
        }
        if at >= end {
            break;
        }
        writer.micros = writer.micros.max(at);
        let Some(client) = clients.get_mut(who as usize) else { continue };
        let pause = match who.checked_sub(day.clients) {
            None => regular(&mut writer, client, who)?,
            Some(guest) => visitor(&mut writer, client, guest)?,
        };
        agenda.push(Reverse((at + pause, who)));
    }
    writer.out.flush()?;
    Ok(writer.frames)
}

/// What a client does next; microseconds until it does something again.
fn regular<W: Write>(writer: &mut Writer<W>, client: &mut Client, who: u32) -> io::Result<u64> {
    let Some(peer) = &mut client.peer else {
        let mut peer = connect(writer, client, [10, 1, (who >> 8) as u8, who as u8], who, 60)?;
        peer.packet_id[0] += 1;
        writer.send(&mut peer, 0, &[Packet::subscribe(1, [(format!("plant/{who}/#"), 2)])])?;
        writer.send(&mut peer, 1, &[Packet::suback(1, [2])])?;
        client.until = writer.micros + (300 + writer.next(6600) as u64) * SECOND;
        client.peer = Some(peer);
        return Ok(SECOND);
    };
    if writer.micros >= client.until {
        return leave(writer, client);
    }
    match writer.next(20_000) {
        0 => {
            // No Topic Name may hold a wildcard.
            writer.send(peer, 0, &[Packet::publish("plant/#", b"x".to_vec())])?;
        }
        1..=20 => fragmented(writer, peer)?,
        21..=2000 => ping(writer, peer)?,
        _ => exchange(writer, peer)?,
    }
    Ok((2000 + writer.next(8000) as u64) * 1000)
}

/// Connects a client, under its name.
fn connect<W: Write>(writer: &mut Writer<W>, client: &mut Client, address: [u8; 4], who: u32, keep_alive: u16) -> io::Result<Peer> {
    let [a, b, c, d] = address;
    let [high, low] = (1024 + (client.visits % 60_000) as u16).to_be_bytes();
    client.visits += 1;
    let version = if who.is_multiple_of(3) { Version::V5_0 } else { Version::V3_1_1 };
    let mut peer = Peer::new([a, b, c, d, high, low], SERVER, version);
    writer.handshake(&mut peer)?;
    let name = format!("device-{who:06}-{}", client.names);
    let connect = encode::Connect { keep_alive: Some(keep_alive), ..encode::Connect::new(version, name) };
    writer.send(&mut peer, 0, &[Packet::connect(connect)])?;
    writer.send(&mut peer, 1, &[Packet::connack(0, 0)])?;
    Ok(peer)
}

/// Ends a visit in one of many ways; microseconds until the client is back.
fn leave<W: Write>(writer: &mut Writer<W>, client: &mut Client) -> io::Result<u64> {
    let Some(mut peer) = client.peer.take() else { return Ok(SECOND) };
    match writer.next(20) {
        0..=11 => {
            writer.send(&mut peer, 0, &[Packet::disconnect(None)])?;
            writer.close(&mut peer)?;
        }
        12..=14 => writer.close(&mut peer)?,
        15..=17 => writer.frame(&peer, 0, 0x14, &[])?,
        // Gone without a word, and back under another name: nobody closes the connection.
        18 => client.names += 1,
        // Gone without a word, and back at once: the server closes the former connection.
        _ => {
            let who = u32::from(peer.client[2]) << 8 | u32::from(peer.client[3]);
            let new = connect(writer, client, [10, 1, peer.client[2], peer.client[3]], who, 60)?;
            if peer.version == Version::V5_0 {
                // Session taken over.
                writer.send(&mut peer, 1, &[Packet::disconnect(Some(0x8e))])?;
            }
            writer.frame(&peer, 1, 0x11, &[])?;
            client.until = writer.micros + (300 + writer.next(6600) as u64) * SECOND;
            client.peer = Some(new);
        }
    }
    Ok((5 + writer.next(120) as u64) * SECOND)
}

/// A message that IP cuts in three; now and then the last part is lost, and TCP sends all of it again.
fn fragmented<W: Write>(writer: &mut Writer<W>, peer: &mut Peer) -> io::Result<()> {
    let bytes = Packet::publish("plant/report", vec![b'y'; 3500]).encode(peer.version);
    let mut segment = Vec::new();
    tcp(&mut segment, peer, 0, 0x18, &bytes);
    let parts: Vec<&[u8]> = segment.chunks(1480).collect();
    let tries = if writer.next(4) == 0 { [parts.len() - 1, parts.len()].to_vec() } else { [parts.len()].to_vec() };
    for sent in tries {
        let [high, low] = (writer.next(65_536) as u16).to_be_bytes();
        for (index, part) in parts.iter().enumerate().take(sent) {
            let more = if index + 1 < parts.len() { 0x2000 } else { 0 };
            let [offset_high, offset_low] = (more | (index * 1480 / 8) as u16).to_be_bytes();
            let length = 20 + part.len() as u16;
            let mut frame = Vec::with_capacity(64 + part.len());
            writer.begin(&mut frame, 14 + u32::from(length));
            ip(&mut frame, peer, 0, length, [high, low, offset_high, offset_low], 6);
            frame.extend_from_slice(part);
            writer.put(&frame)?;
        }
        writer.micros += 200_000;
    }
    peer.sequence[0] = peer.sequence[0].wrapping_add(bytes.len() as u32);
    writer.frame(peer, 1, 0x10, &[])
}

/// What a guest does; microseconds until the next one.
fn visitor<W: Write>(writer: &mut Writer<W>, client: &mut Client, guest: u32) -> io::Result<u64> {
    let [_, _, high, low] = (1024 + client.visits % 60_000).to_be_bytes();
    let address = [10, 2 + guest as u8, (client.visits >> 20) as u8, (client.visits >> 12) as u8];
    let [a, b, c, d] = address;
    let to = |port: u16| [10, 0, 0, 2, port.to_be_bytes()[0], port.to_be_bytes()[1]];
    let mut peer = Peer::new([a, b, c, d, high, low], to(80), Version::V3_1_1);
    match guest {
        WEB => {
            client.visits += 1;
            writer.handshake(&mut peer)?;
            raw(writer, &mut peer, 0, b"GET / HTTP/1.1\r\nHost: plant\r\n\r\n")?;
            raw(writer, &mut peer, 1, b"HTTP/1.1 204 No Content\r\n\r\n")?;
            // Some stay open for ever.
            if writer.next(10) > 0 {
                writer.close(&mut peer)?;
            }
            Ok(SECOND / 2)
        }
        SHORT => {
            let mut peer = connect(writer, client, address, 1_000_000, 0)?;
            writer.send(&mut peer, 0, &[Packet::publish("plant/once", b"done".to_vec()), Packet::disconnect(None)])?;
            writer.close(&mut peer)?;
            Ok(SECOND)
        }
        TLS => {
            client.visits += 1;
            peer.server = to(8883);
            writer.handshake(&mut peer)?;
            raw(writer, &mut peer, 0, &[&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 500]].concat())?;
            Ok(10 * SECOND)
        }
        NAMES => {
            client.visits += 1;
            let mut frame = Vec::new();
            writer.begin(&mut frame, 14 + 20 + 40);
            ip(&mut frame, &peer, 0, 60, [0, 0, 0, 0], 17);
            frame.extend_from_slice(&[high, low, 0, 53, 0, 40, 0, 0]);
            frame.extend_from_slice(&[0; 32]);
            writer.put(&frame)?;
            Ok(SECOND)
        }
        _ => Ok(SECOND),
    }
}

fn raw<W: Write>(writer: &mut Writer<W>, peer: &mut Peer, from: usize, bytes: &[u8]) -> io::Result<()> {
    writer.frame(peer, from, 0x18, bytes)?;
    peer.sequence[from] += bytes.len() as u32;
    Ok(())
}
