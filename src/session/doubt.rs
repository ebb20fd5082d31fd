//! What keeps a capture from proving something.

use std::fmt;

/// Why the capture cannot settle a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doubt {
    /// The capture began after the connection.
    MidStream,
    /// Bytes are missing in the capture.
    Gap,
    /// Frames were lost while capturing, and nothing shows that none of them was of this connection.
    Dropped,
    /// Nothing that this side sent is in the capture.
    OneSided,
    /// The packet boundary was guessed.
    Boundary,
    /// The packet is not whole in the capture, or longer than what is kept.
    Incomplete,
    /// The protocol version is not known: no CONNECT was captured.
    Version,
    /// The session is older than the connection, and an earlier connection is not known.
    EarlierSession,
    /// The bytes were delayed by the network: their time proves nothing.
    Delayed,
    /// The packet may have been sent before what it should have heeded had arrived.
    Crossed,
    /// The other side never acknowledged the bytes: they may not have arrived.
    Undelivered,
    /// The clock of the capture was set, or seems to have been.
    Clock,
    /// The capture ended too early.
    CaptureEnd,
    /// The connection ended too early.
    ConnectionEnd,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MidStream => "the capture began after the connection",
            Self::Gap => "bytes are missing in the capture",
            Self::Dropped => "frames were lost while capturing",
            Self::OneSided => "one direction is not in the capture",
            Self::Boundary => "the packet boundary was guessed",
            Self::Incomplete => "the packet is not whole in the capture",
            Self::Version => "the protocol version is not known",
            Self::EarlierSession => "an earlier connection of the session is not known",
            Self::Delayed => "the network delayed the bytes",
            Self::Crossed => "the packets may have crossed in flight",
            Self::Undelivered => "the bytes may never have arrived",
            Self::Clock => "the clock of the capture was set, or may have been",
            Self::CaptureEnd => "the capture ended too early",
            Self::ConnectionEnd => "the connection ended too early",
        })
    }
}
