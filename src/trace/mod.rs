//! Exchanges written down as text: a trace becomes the frames of a capture, and packets become the lines of a trace.
//!
//! Fixtures, tests and bug reports are traces: they say who sent what, when, and what is wrong with it, on one line each.
//! [`parse`] reads them, [`compile`] turns a section into frames with the TCP numbers that the two ends would have used,
//! and a [`Printer`] writes captured packets as lines that parse back to the same bytes. Nothing here looks at rules: the
//! marks are kept for whoever holds findings against them.
//!
//! ```text
//! # comment (whole line, or after two blanks and '#')
//! == a PUBLISH with QoS 3                     a section: a capture of its own (frames from 1, clock starts anew). At least one.
//! version 5.0                                 what named packets are encoded as from here on; default 3.1.1; a named CONNECT
//!                                             sets it too, for its connection. Before the first section: for all sections
//! midstream                                   this connection has no TCP handshake (the capture began later)
//! oneway C>S                                  frames of the other direction are not in the capture; nor any automatic ACK
//! C>S CONNECT client_id=c1 keep_alive=60      a packet by name; one TCP segment (frame) per line
//! S>C CONNACK
//! C>S 36 05 00 01 61 00 01    !! publish-qos-3           bytes in hex; "text" between quotes gives its bytes
//! +5s C>S PINGREQ                             time that passes before the line: ns us ms s m h; without it 1 ms
//! C>S PUBLISH topic=a ; PINGREQ               ' ; ' several packets in one segment
//! C>S 30 05 / 00 01 61 62 63                  ' / ' cuts into several segments (frames); marks belong to the last one
//! C>S GAP 10                                  10 bytes were sent (and acknowledged later) but are not in the capture
//! C>S 30 0d 00 01 61 / GAP 10                 the same inside a packet
//! C>S FIN      S>C RST      S>C ACK           TCP: FIN, RST, a bare acknowledgement
//! C>S DISCONNECT ; FIN                        FIN in the frame of the packet
//! C>S RESEND                                  the sender's last data segment again (TCP retransmission)
//! C>S RESEND ; PINGREQ                        the same with new bytes behind it, in one frame
//! C>S LATER PUBLISH topic=a                   these bytes take their place in the stream now, their frame passes with …
//! C>S NOW                                     … this line: so segments come out of order, or cross. Marks belong here
//! +60s tick                                   a frame of something else (UDP) passes: only the clock moves
//! 2: C>S CONNECT client_id=c2                 another connection (1 is the default), its own client port;
//!                                             '2:' may also stand before version, midstream and oneway
//! ```
//!
//! Each connection opens by itself with SYN, SYN-ACK, ACK just before its first line, unless it is `midstream`. After each
//! line with data or FIN the other side's bare ACK follows at once (0.1 ms), except with `oneway`. The server's port is 1883.
//!
//! The time before a line counts from the last own frame of the line before it, whatever ACKs came between; several
//! segments of one line are 0.1 ms apart.
//!
//! Marks at the end of a line: `!! rule` or `!! rule, rule`: exactly these findings point at this line's last frame,
//! certain; `!! rule?`: a likely one. `?? rule, rule` on a line of its own: these rules count at least one inconclusive
//! answer in this section.
//!
//! Named packets, each key at most once unless it says otherwise, numbers decimal or `0x` hex:
//!
//! | packet | keys |
//! |---|---|
//! | CONNECT | `version client_id keep_alive` (60) `clean_start` (1) `user_name password will_topic will_payload will_qos will_retain`, and for oddities `protocol_name protocol_level flags` |
//! | CONNACK | `code session_present`, and `flags` |
//! | PUBLISH | `topic qos packet_id dup retain payload` |
//! | PUBACK PUBREC PUBREL PUBCOMP | `packet_id code` |
//! | SUBSCRIBE | `packet_id`, `filter=a/b:1` repeatable (`:options`, default 0) |
//! | SUBACK, UNSUBACK | `packet_id codes=0,1` |
//! | UNSUBSCRIBE | `packet_id`, `filter` repeatable |
//! | PINGREQ PINGRESP | |
//! | DISCONNECT AUTH | `code` |
//!
//! Properties of 5.0 stand among them by their snake_case names in the order given (`receive_maximum=10`,
//! `user_property=k:v`, Will Properties as `will.…`). A block that may be left out is, if it is empty; the bare word
//! `properties` writes it nevertheless. `dup`, `retain`, `session_present` and `will_retain` may stand without `=1`.
//!
//! Values may be quoted: `topic="a b"`. Escapes, quoted or not: `\" \\ \n \r \t \0 \xNN \u{N}`. A quoted value or a hex word
//! may be repeated: `payload="ab"*500`, `00*20`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod compile;
mod name;
mod packet;
mod parse;
mod pcap;
mod print;
mod words;

use std::collections::HashMap;
use std::time::Duration;

pub use compile::{OwnedFrame, Recording, compile};
pub use parse::parse;
pub use pcap::Resolution;
pub use print::Printer;

use crate::finding::Certainty;
use crate::flow::Role;
use crate::mqtt::Version;

/// A trace: several captures in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// At least one.
    pub sections: Vec<Section>,
}

/// One capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// What stands behind `==`.
    pub title: String,
    /// The line of its title, from 1.
    pub line: usize,
    /// What happens.
    pub steps: Vec<Step>,
    /// Rules of `??` lines, with their line.
    pub doubted: Vec<(usize, String)>,
}

/// One line of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number in the text, from 1.
    pub line: usize,
    /// The time that passes before it.
    pub wait: Duration,
    /// The connection, from 1.
    pub connection: u32,
    /// What happens.
    pub act: Act,
    /// The findings that point at its last frame.
    pub marks: Vec<Mark>,
}

/// What happens on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// The connection has no handshake in the capture.
    Midstream,
    /// Only what this role sends is in the capture.
    Oneway(Role),
    /// A frame of something else.
    Tick,
    /// Bytes, in one or more segments.
    Send {
        /// The sender.
        from: Role,
        /// The segments.
        pieces: Vec<Piece>,
        /// They are only sent by the next [`Act::Now`].
        later: bool,
    },
    /// What was put off is sent.
    Now(Role),
    /// A bare acknowledgement.
    Ack(Role),
    /// RST.
    Reset(Role),
}

/// A segment, or a hole in the capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// One segment.
    Segment {
        /// It begins with the bytes of the sender's last segment, once more.
        resend: bool,
        /// Its (new) bytes.
        bytes: Vec<u8>,
        /// It carries FIN.
        fin: bool,
    },
    /// So many bytes that were sent and received, but not captured.
    Gap(u32),
}

/// A finding that is expected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Name of the rule.
    pub rule: String,
    /// Proven, or likely (`?`).
    pub certainty: Certainty,
}

/// What is wrong with a trace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// Something else was expected.
    #[error("line {line}: expected {expected}, found {found}")]
    Expected {
        /// The line, from 1.
        line: usize,
        /// What could have stood there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A packet lacks a key that it cannot do without.
    #[error("line {line}: expected {key}= in {packet}")]
    Missing {
        /// The line, from 1.
        line: usize,
        /// The packet.
        packet: &'static str,
        /// The key.
        key: &'static str,
    },
    /// The key exists in another version only.
    #[error("line {line}: expected a key that MQTT {version} has, found {key}, which only 5.0 has")]
    NotInVersion {
        /// The line, from 1.
        line: usize,
        /// The version in force.
        version: Version,
        /// The key.
        key: String,
    },
    /// The line cannot be carried out where it stands.
    #[error("line {line}: expected {expected}")]
    Misplaced {
        /// The line, from 1.
        line: usize,
        /// What would have to be so.
        expected: &'static str,
    },
}

impl TraceError {
    /// The line, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::Expected { line, .. } | Self::Missing { line, .. } | Self::NotInVersion { line, .. } | Self::Misplaced { line, .. } => {
                *line
            }
        }
    }

    fn expected(line: usize, expected: impl Into<String>, found: &str) -> Self {
        let found = if found.is_empty() { "nothing".into() } else { format!("`{}`", crate::show::short(found.as_bytes(), 60)) };
        Self::Expected { line, expected: expected.into(), found }
    }
}

/// Time before a line that states none.
const DEFAULT_WAIT: Duration = Duration::from_millis(1);

/// The versions in force at some line of a section: the parser and the printer have to agree on them.
#[derive(Clone, Debug)]
struct Versions {
    latest: Version,
    connections: HashMap<u32, Version>,
}

impl Versions {
    fn new(version: Version) -> Self {
        Self { latest: version, connections: HashMap::new() }
    }

    /// That of a connection, or the last one mentioned at all.
    fn get(&self, connection: u32) -> Version {
        self.connections.get(&connection).copied().unwrap_or(self.latest)
    }

    fn set(&mut self, connection: u32, version: Version) {
        self.latest = version;
        self.connections.insert(connection, version);
    }

    fn set_all(&mut self, version: Version) {
        *self = Self::new(version);
    }
}
