//! Packets in hand: bytes that somebody pasted, without a capture around them. Judged by what one packet shows by itself.
//!
//! Each packet meets a session of which nothing is known, as if the capture had begun in the middle of a connection: so rules
//! that need history stay silent, as they must there. The packet boundary and the version are certain, because the user says so.

use std::ops::Range;

use super::fields::{Field, fields};
use super::{Analyzer, Observer, PacketView, Settings, describe, judge};
use crate::finding::Finding;
use crate::flow::Role;
use crate::frame::{FrameId, Stamp};
use crate::framing::{Completeness, Framed, Position, Unit};
use crate::mqtt::{Body, HeaderStatus, Packet, PacketType, Version, decode, fixed_header};
use crate::rule::Rule;
use crate::session::{Session, fits};

/// What is known of the bytes.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Their version; if not given, that of a CONNECT among them, else each that they fit.
    pub version: Option<Version>,
    /// Who sent them; if not given, who may send such a packet, the client if both may.
    pub from: Option<Role>,
    /// Selection of rules, and whether passwords are shown.
    pub settings: Settings,
}

/// What the bytes are.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Packets, in order.
    pub packets: Vec<LonePacket>,
    /// Bytes behind the last packet that are not a whole fixed header.
    pub trailing: Range<usize>,
}

/// One packet.
#[derive(Clone, Debug)]
pub struct LonePacket {
    /// Its bytes, as far as they are there.
    pub range: Range<usize>,
    /// Its type.
    pub kind: PacketType,
    /// Who sent it, or is taken to have.
    pub from: Role,
    /// How much of it is there.
    pub state: State,
    /// What it says, by version.
    pub readings: Vec<Reading>,
    /// Versions that it was not read by, because their layout does not fit.
    pub unfit: Vec<Version>,
}

/// How much of a packet is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// All.
    Whole,
    /// So many bytes are missing at its end: it is shown, but not judged.
    Missing(u64),
    /// The Remaining Length does not end, so the packet does not either.
    BadLength,
}

/// A packet as one version reads it.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The version; several where they say the same.
    pub versions: Vec<Version>,
    /// The packet in words.
    pub words: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What is wrong with it. Frames in findings count packets, from 1.
    pub findings: Vec<Finding>,
}

/// Takes bytes apart and judges each packet by itself.
pub fn inspect(bytes: &[u8], catalogue: &'static [Rule], question: &Question) -> Answer {
    let mut packets = Vec::new();
    let mut version = question.version;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let lone = Lone { catalogue, question, number: packets.len() as u64 + 1, rest };
        let (packet, said) = match fixed_header(rest) {
            HeaderStatus::Incomplete => break,
            HeaderStatus::LengthTooLong => (lone.bad_length(version), None),
            HeaderStatus::Complete(header) => lone.packet(&decode_in(header, rest, version), version),
        };
        let end = at + packet.range.end;
        packets.push(LonePacket { range: at..end, ..packet });
        at = end;
        // A question that names a version asks about that one, whatever a CONNECT says.
        version = version.or(said);
    }
    Answer { packets, trailing: at..bytes.len() }
}

fn decode_in(header: crate::mqtt::FixedHeader, rest: &[u8], version: Option<Version>) -> Packet<'_> {
    decode(header, rest.get(header.len()..).unwrap_or(&[]), version.unwrap_or(Version::V3_1_1))
}

/// A packet and all that is known of it.
struct Lone<'a> {
    catalogue: &'static [Rule],
    question: &'a Question,
    number: u64,
    rest: &'a [u8],
}

impl Lone<'_> {
    /// The packet at the start of the bytes; and the version that it states, if it is a CONNECT.
    fn packet(&self, packet: &Packet<'_>, version: Option<Version>) -> (LonePacket, Option<Version>) {
        let kind = packet.packet_type();
        let from = self.question.from.unwrap_or_else(|| sender(kind));
        let len = packet.header.packet_len();
        let state = match len.checked_sub(self.rest.len()) {
            None | Some(0) => State::Whole,
            Some(missing) => State::Missing(missing as u64),
        };
        let mut readings: Vec<Reading> = Vec::new();
        let (fitting, unfit) = candidates(packet, version, self.rest);
        for version in fitting {
            let reading = self.reading(packet, version, from, state);
            match readings.iter_mut().find(|former| former.says_the_same(&reading)) {
                Some(former) => former.versions.push(version),
                None => readings.push(reading),
            }
        }
        let stated = match &packet.body {
            Body::Connect(connect) => connect.version(),
            _ => None,
        };
        (LonePacket { range: 0..len.min(self.rest.len()), kind, from, state, readings, unfit }, stated)
    }

    fn reading(&self, packet: &Packet<'_>, version: Version, from: Role, state: State) -> Reading {
        let packet = decode_in(packet.header, self.rest, Some(version));
        let framed = Framed {
            header: packet.header,
            body: self.rest.get(packet.header.len()..packet.header.packet_len()).unwrap_or(&[]),
            begin: self.position(),
            end: self.position().stamp,
            delayed: false,
            completeness: Completeness::Whole,
            certain: true,
            passed_payload: None,
        };
        let show_secrets = self.question.settings.show_secrets;
        if state == State::Whole {
            let mut taken = Taken { show_secrets, reading: Reading::new(version) };
            self.judge(Unit::Packet(framed), version, from, &mut taken);
            return taken.reading;
        }
        let session = Session::new([false, false], None, Some(version));
        let words = describe(&packet, &framed, &session, from);
        Reading { words, fields: fields(&packet, show_secrets), ..Reading::new(version) }
    }

    fn bad_length(&self, version: Option<Version>) -> LonePacket {
        let kind = self.rest.first().map_or(PacketType::Reserved, |first| PacketType::from_first_byte(*first));
        let from = self.question.from.unwrap_or_else(|| sender(kind));
        let versions = version.map_or(vec![Version::V3_1_1, Version::V5_0], |version| vec![version]);
        let readings = versions.into_iter().map(|version| {
            let mut taken = Taken { show_secrets: false, reading: Reading::new(version) };
            let bytes = self.rest.get(..5).unwrap_or(self.rest);
            self.judge(Unit::BadLength { bytes, begin: self.position(), certain: true }, version, from, &mut taken);
            Reading { words: kind.name().into(), ..taken.reading }
        });
        // Where the packet ends, and whether another follows, cannot be known.
        LonePacket { range: 0..self.rest.len(), kind, from, state: State::BadLength, readings: readings.collect(), unfit: Vec::new() }
    }

    fn judge(&self, unit: Unit<'_>, version: Version, from: Role, taken: &mut Taken) {
        let mut shared = Analyzer::new(self.catalogue, self.question.settings.clone()).shared;
        judge::lone(unit, version, from, &mut shared, taken);
    }

    fn position(&self) -> Position {
        let stamp = Stamp { frame: FrameId::new(0, self.number), ..Stamp::default() };
        Position { stamp, ..Position::default() }
    }
}

impl Reading {
    fn new(version: Version) -> Self {
        Self { versions: vec![version], words: String::new(), fields: Vec::new(), findings: Vec::new() }
    }

    /// Versions differ in the ids of their statements, so findings are never the same.
    fn says_the_same(&self, other: &Self) -> bool {
        self.findings.is_empty() && other.findings.is_empty() && self.words == other.words && self.fields == other.fields
    }
}

/// Who may send such a packet; the client if both may.
fn sender(kind: PacketType) -> Role {
    match kind {
        PacketType::Connack | PacketType::Suback | PacketType::Unsuback | PacketType::Pingresp => Role::Server,
        _ => Role::Client,
    }
}

/// The versions to read a packet by, and those that were left out because they do not fit.
fn candidates(packet: &Packet<'_>, version: Option<Version>, rest: &[u8]) -> (Vec<Version>, Vec<Version>) {
    if let Body::Connect(_) = packet.body {
        return (vec![packet.version], Vec::new());
    }
    if let Some(version) = version {
        return (vec![version], Vec::new());
    }
    let fit = |version: &Version| fits(&decode_in(packet.header, rest, Some(*version)));
    match [Version::V3_1_1, Version::V5_0].into_iter().partition::<Vec<Version>, _>(fit) {
        (none, both) if none.is_empty() => (both, none),
        parted => parted,
    }
}

/// Takes what the judge says of one packet.
struct Taken {
    show_secrets: bool,
    reading: Reading,
}

impl Observer for Taken {
    fn packet(&mut self, view: &PacketView<'_>) {
        self.reading.words = describe(view.packet, view.framed, view.session, view.from);
        self.reading.fields = fields(view.packet, self.show_secrets);
    }

    fn finding(&mut self, finding: &Finding) {
        self.reading.findings.push(finding.clone());
    }
}
