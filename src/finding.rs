//! A broken statement, with everything that someone needs to see it: who, where, which clause, which bytes.

use std::ops::Range;

use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::Version;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A SHOULD of the specification, or a suspicion.
    Warning,
    /// A MUST of the specification.
    Error,
}

impl Severity {
    /// All, mildest first; the place of each is its number.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Error];

    /// `error`, `warning` or `info`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Whether the capture proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// A suspicion: other explanations exist, though unlikely ones.
    Likely,
    /// Proven by the bytes.
    Certain,
}

impl Certainty {
    /// `certain` or `likely`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
        }
    }
}

/// Who has to change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blame {
    /// The client.
    Client,
    /// The server.
    Server,
    /// Neither: the network between them.
    Network,
}

impl Blame {
    /// `client`, `server` or `network`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Network => "network",
        }
    }
}

impl From<Role> for Blame {
    fn from(role: Role) -> Self {
        match role {
            Role::Client => Self::Client,
            Role::Server => Self::Server,
        }
    }
}

/// Bytes of the offending packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The first bytes of the packet, or those around the fault; passwords are overwritten with `2a` (`*`).
    pub bytes: Vec<u8>,
    /// Where they begin in the packet.
    pub offset: usize,
    /// The offending ones, counted from the start of the packet.
    pub marked: Option<Range<usize>>,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule: name of the fault.
    pub rule: &'static str,
    /// The statement broken, by its id in the connection's version.
    pub clause: &'static str,
    /// Further statements that the same fault breaks.
    pub also: &'static [&'static str],
    /// The connection's version.
    pub version: Version,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is proven.
    pub certainty: Certainty,
    /// Who broke it.
    pub blames: Blame,
    /// The connection, as Wireshark numbers TCP streams.
    pub connection: u64,
    /// Client Identifier of the connection; `None` if no CONNECT was captured.
    pub client_id: Option<Box<[u8]>>,
    /// Who sent the offending packet; `None` where the fault is that nothing was sent.
    pub from: Option<Role>,
    /// The offending packet, or the one that the missing one should have answered.
    pub place: Stamp,
    /// That packet in words.
    pub packet: String,
    /// Offset of the fault from the start of the packet.
    pub offset: Option<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The bytes.
    pub evidence: Evidence,
    /// Other frames that belong to the story.
    pub related: Vec<Stamp>,
}
