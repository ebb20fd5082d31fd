//! What the loading thread hands to the index in one go: packets, and what else became known with them.

use std::sync::Arc;

use super::entry::{ConnectionId, Entry, PacketId};
use super::pieces::Piece;
use crate::analysis::{Connection, Opened, Report};
use crate::capture::Progress;
use crate::finding::Finding;
use crate::flow::Role;
use crate::frame::{Counters, FrameId, Stamp};
use crate::time::Timestamp;

/// Most of anything in one batch, so that taking it in is a matter of a few milliseconds.
pub(super) const BATCH: usize = 4096;

/// Additions to an [`super::Index`].
#[derive(Debug, Default)]
pub struct Batch {
    /// How far reading has come.
    pub progress: Progress,
    /// Frames read so far.
    pub frames: u64,
    /// The time of the first of them.
    pub first: Option<Timestamp>,
    /// What was wrong with the inputs since the batch before.
    pub warnings: Vec<String>,
    /// Of a live source.
    pub live: Option<Live>,
    pub(super) opened: Vec<Opened>,
    pub(super) topics: Vec<Arc<[u8]>>,
    pub(super) entries: Vec<Entry>,
    pub(super) pieces: Vec<Piece>,
    pub(super) kept: Vec<u8>,
    pub(super) events: Vec<(ConnectionId, TcpEvent)>,
    /// Connections with an event beyond the bound, once for each.
    pub(super) events_left_out: Vec<ConnectionId>,
    pub(super) summaries: Vec<Summed>,
    pub(super) findings: Vec<Placed>,
    /// Connections of which nothing more will come.
    pub(super) over: Vec<ConnectionId>,
    /// What would be a finding if the silence of a client ended now.
    pub(super) pending: Vec<(ConnectionId, Finding)>,
}

/// Where a live source is.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Nothing earlier will come.
    pub now: Option<Timestamp>,
    /// Names of the inputs, if there are new ones.
    pub inputs: Option<Vec<String>>,
    /// What the interfaces have received and lost.
    pub counters: Vec<Counters>,
    /// What is older cannot be read again.
    pub window: Option<Timestamp>,
    /// The sum so far, if it was made anew.
    pub report: Option<Box<Report>>,
}

impl Batch {
    /// How much room it takes, in packets.
    pub fn weight(&self) -> usize {
        8 + self.entries.len()
            + 16 * (self.summaries.len() + self.findings.len() + self.pending.len())
            + self.topics.len()
            + self.events.len()
    }

    /// How much there is to take in.
    pub(super) fn len(&self) -> usize {
        let lists =
            [self.entries.len(), self.opened.len(), self.summaries.len(), self.events.len(), self.findings.len(), self.pending.len()];
        lists.into_iter().max().unwrap_or(0)
    }
}

/// What is known of a connection by now.
#[derive(Debug)]
pub(super) struct Summed {
    pub connection: ConnectionId,
    pub summary: Connection,
    /// Its last frame.
    pub last: Stamp,
}

/// A finding and the packet that it is about, if that is known at once.
#[derive(Debug)]
pub(super) struct Placed {
    pub connection: ConnectionId,
    pub packet: Option<PacketId>,
    pub finding: Finding,
}

/// What a TCP event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpEventKind {
    /// SYN without ACK.
    Syn,
    /// SYN with ACK.
    SynAck,
    /// FIN.
    Fin,
    /// RST.
    Reset,
    /// A segment with bytes that had come before.
    Retransmission,
    /// Bytes that are not in the capture.
    Gap,
}

impl TcpEventKind {
    /// `SYN`, `SYN-ACK`, `FIN`, `RST`, `retransmission` or `gap`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syn => "SYN",
            Self::SynAck => "SYN-ACK",
            Self::Fin => "FIN",
            Self::Reset => "RST",
            Self::Retransmission => "retransmission",
            Self::Gap => "gap",
        }
    }
}

/// Something on the TCP level of a connection that is worth a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpEvent {
    /// What.
    pub kind: TcpEventKind,
    /// Who sent the segment, or the bytes that are missing.
    pub from: Role,
    /// How many bytes were sent again, or are missing.
    pub len: u32,
    /// How many packets of the connection came before it.
    pub before: u32,
    /// When.
    pub time: Timestamp,
    /// The frame; of a gap, the one that showed it.
    pub frame: FrameId,
}

impl TcpEvent {
    pub(super) fn new(kind: TcpEventKind, from: Role, len: u64, before: u32, at: Stamp) -> Self {
        Self { kind, from, len: u32::try_from(len).unwrap_or(u32::MAX), before, time: at.time, frame: at.frame }
    }
}
