//! What observers see below the packets: segments, gaps, and connections that turn out to be MQTT.

use crate::flow::{Endpoint, Role};
use crate::frame::{Frame, Stamp};
use crate::net::Segment;
use crate::transport::Transport;

/// A TCP connection that was found to carry MQTT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Number, as Wireshark's `tcp.stream`.
    pub connection: u64,
    /// The client's end.
    pub client: Endpoint,
    /// The server's end.
    pub server: Endpoint,
    /// What MQTT travels in.
    pub transport: Transport,
    /// First frame of the TCP connection.
    pub first: Stamp,
}

/// A TCP segment of a connection that carries MQTT, or may: shown before its bytes are looked at.
#[derive(Clone, Copy, Debug)]
pub struct SegmentView<'a> {
    /// Number of the connection.
    pub connection: u64,
    /// The segment.
    pub segment: &'a Segment<'a>,
    /// The frame that carried it.
    pub stamp: Stamp,
    /// Where in the input its payload is, in bytes; `None` if it was put together from IP fragments.
    pub position: Option<u64>,
    /// Offset of its first payload byte in the sender's stream; negative if it lies before the first byte that counts.
    pub offset: i64,
    /// How much of the sender's stream had been read or given up before it.
    pub read: u64,
}

impl SegmentView<'_> {
    /// It carries bytes that had been read or given up before.
    pub fn is_repeat(&self) -> bool {
        self.segment.payload_len > 0 && u64::try_from(self.offset).map_or(true, |offset| offset < self.read)
    }
}

/// Bytes that were sent but are not in the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapView {
    /// Number of the connection.
    pub connection: u64,
    /// Who sent them.
    pub from: Role,
    /// How many.
    pub len: u64,
    /// The frame that showed the loss.
    pub stamp: Stamp,
}

/// Where in its input the payload of a segment is, if it lies in the frame.
pub(super) fn position(frame: &Frame<'_>, payload: &[u8]) -> Option<u64> {
    let at = payload.as_ptr().addr().checked_sub(frame.data.as_ptr().addr())?;
    (at + payload.len() <= frame.data.len()).then(|| frame.offset + at as u64)
}
