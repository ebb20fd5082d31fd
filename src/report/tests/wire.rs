//! Frames of TCP conversations, built header by header.

use etherparse::PacketBuilder;

use crate::frame::{Frame, FrameId, LinkType};
use crate::time::Timestamp;

/// 2026-11-20 12:00:00 UTC.
const START: i64 = 1_795_176_000;

const SERVER: [u8; 4] = [10, 0, 0, 5];

/// A client's connection to the one server.
pub struct Client {
    at: usize,
    address: [u8; 4],
    port: u16,
}

/// The capture so far: milliseconds and raw IP.
#[derive(Default)]
pub struct Wire {
    frames: Vec<(u64, Vec<u8>)>,
    sent: Vec<[u32; 2]>,
}

impl Wire {
    /// A client at 10.0.3.`last` connects to 10.0.0.5:1883.
    pub fn open(&mut self, ms: u64, last: u8, port: u16) -> Client {
        let client = self.midstream(last, port);
        let builder = PacketBuilder::ipv4(client.address, SERVER, 64).tcp(port, 1883, 1000, 4096).syn();
        self.write(ms, builder, &[]);
        let builder = PacketBuilder::ipv4(SERVER, client.address, 64).tcp(1883, port, 5000, 4096).syn().ack(1001);
        self.write(ms + 1, builder, &[]);
        self.sent[client.at] = [1001, 5001];
        client
    }

    /// A connection whose handshake is not in the capture.
    pub fn midstream(&mut self, last: u8, port: u16) -> Client {
        self.sent.push([1001, 5001]);
        Client { at: self.sent.len() - 1, address: [10, 0, 3, last], port }
    }

    pub fn client(&mut self, client: &Client, ms: u64, bytes: &[u8]) {
        let [seq, ack] = self.sent[client.at];
        let builder = PacketBuilder::ipv4(client.address, SERVER, 64).tcp(client.port, 1883, seq, 4096).ack(ack).psh();
        self.write(ms, builder, bytes);
        self.sent[client.at][0] += bytes.len() as u32;
    }

    pub fn server(&mut self, client: &Client, ms: u64, bytes: &[u8]) {
        let [ack, seq] = self.sent[client.at];
        let builder = PacketBuilder::ipv4(SERVER, client.address, 64).tcp(1883, client.port, seq, 4096).ack(ack).psh();
        self.write(ms, builder, bytes);
        self.sent[client.at][1] += bytes.len() as u32;
    }

    /// The server acknowledges what came.
    pub fn ack(&mut self, client: &Client, ms: u64) {
        self.server(client, ms, &[]);
    }

    /// The client closes.
    pub fn close(&mut self, client: &Client, ms: u64) {
        let [seq, ack] = self.sent[client.at];
        let builder = PacketBuilder::ipv4(client.address, SERVER, 64).tcp(client.port, 1883, seq, 4096).ack(ack).fin();
        self.write(ms, builder, &[]);
    }

    /// Something else.
    pub fn udp(&mut self, ms: u64) {
        let mut datagram = Vec::new();
        PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).udp(5000, 53).write(&mut datagram, b"?").unwrap();
        self.frames.push((ms, datagram));
    }

    /// Plays it, from frame 1 on.
    pub fn replay(&self, mut push: impl FnMut(&Frame<'_>)) {
        for (number, (ms, data)) in (1..).zip(&self.frames) {
            let time = Timestamp::from_nanos(START * 1_000_000_000 + *ms as i64 * 1_000_000);
            let original_len = data.len() as u32;
            push(&Frame { id: FrameId::new(0, number), time, link: LinkType::RAW, offset: 0, data, original_len });
        }
    }

    fn write(&mut self, ms: u64, builder: etherparse::PacketBuilderStep<etherparse::TcpHeader>, bytes: &[u8]) {
        let mut datagram = Vec::new();
        builder.write(&mut datagram, bytes).unwrap();
        self.frames.push((ms, datagram));
    }
}
