//! Captures made in memory, and the program run on them.

#![allow(dead_code, reason = "each test uses its part")]

use std::ffi::OsStr;
use std::fmt;
use std::process::{Command, Stdio};

use etherparse::PacketBuilder;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What a run left behind.
pub struct Run {
    /// Exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Run {
    /// The run ended well and had nothing to say on standard error.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// The run ended with 2, one line on standard error, and no result.
    #[track_caller]
    pub fn trouble(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{}", self.err);
        let line = self.err.strip_suffix('\n').expect("a line");
        assert!(line.starts_with("mqttscope: ") && !line.contains('\n'), "{line}");
        line.to_owned()
    }
}

/// The program.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqttscope"));
    command.stdin(Stdio::null()).env_remove("NO_COLOR");
    command
}

/// Runs the program.
pub fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    let output = command().args(arguments).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A capture in the making: one TCP connection at a time, a millisecond per frame.
pub struct Capture {
    pcap: Vec<u8>,
    micros: u32,
    client: u16,
    /// Next sequence numbers of client and server.
    next: [u32; 2],
}

/// Who sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// 2026-11-20 10:00:00 UTC.
const START: u32 = 1_795_168_800;

impl Capture {
    /// With its file header, and nothing else.
    pub fn new() -> Self {
        let mut pcap = Vec::new();
        for field in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, 1u32] {
            pcap.extend(field.to_le_bytes());
        }
        Self { pcap, micros: 0, client: 50_000, next: [0; 2] }
    }

    /// Opens another connection.
    pub fn open(&mut self) -> &mut Self {
        self.client += 1;
        self.next = [1000, 9000];
        self.frame(Side::Client, &[], |tcp| tcp.syn());
        self.frame(Side::Server, &[], |tcp| tcp.syn().ack(1001));
        self.next = [1001, 9001];
        self.frame(Side::Client, &[], |tcp| tcp.ack(9001));
        self
    }

    /// One side sends bytes in one segment.
    pub fn send(&mut self, from: Side, bytes: impl AsRef<[u8]>) -> &mut Self {
        let ack = self.next[1 - from as usize];
        self.frame(from, bytes.as_ref(), |tcp| tcp.psh().ack(ack));
        self.next[from as usize] += bytes.as_ref().len() as u32;
        self
    }

    /// The same as a whole file.
    pub fn bytes(&self) -> Vec<u8> {
        self.pcap.clone()
    }

    fn frame(
        &mut self,
        from: Side,
        payload: &[u8],
        flags: impl FnOnce(etherparse::PacketBuilderStep<etherparse::TcpHeader>) -> etherparse::PacketBuilderStep<etherparse::TcpHeader>,
    ) {
        let (client, server) = (([10, 0, 3, 7], self.client), ([10, 0, 0, 5], 1883));
        let (source, destination) = if from == Side::Client { (client, server) } else { (server, client) };
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4(source.0, destination.0, 64).tcp(
            source.1,
            destination.1,
            self.next[from as usize],
            65_000,
        );
        let mut frame = Vec::new();
        flags(builder).write(&mut frame, payload).expect("a frame");
        self.micros += 1000;
        for field in [START, self.micros, frame.len() as u32, frame.len() as u32] {
            self.pcap.extend(field.to_le_bytes());
        }
        self.pcap.extend(frame);
    }
}

/// JSON that has no key twice.
pub fn parse(text: &str) -> Value {
    serde_json::from_str::<Strict>(text).unwrap_or_else(|error| panic!("{error}: {text}")).0
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated keys")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Strict, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(element)) = elements.next_element()? {
            all.push(element);
        }
        Ok(Strict(all.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Strict, A::Error> {
        let mut all = Map::new();
        while let Some((key, Strict(value))) = members.next_entry::<String, Strict>()? {
            if all.insert(key.clone(), value).is_some() {
                return Err(A::Error::custom(format!("key {key:?} is repeated")));
            }
        }
        Ok(Strict(all.into()))
    }
}
