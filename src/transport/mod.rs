//! What MQTT travels in: plain TCP, TLS or WebSocket. At present only plain TCP is read; the others are recognised and named.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod detect;

pub use detect::{Detection, HEAD_LIMIT, Ports, detect};

/// How MQTT (or something else) uses a TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Control packets right on TCP.
    Plain,
    /// TLS.
    Tls,
    /// WebSocket.
    WebSocket,
    /// WebSocket in TLS.
    SecureWebSocket,
}

impl Transport {
    /// `tcp`, `tls`, `ws` or `wss`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "tcp",
            Self::Tls => "tls",
            Self::WebSocket => "ws",
            Self::SecureWebSocket => "wss",
        }
    }
}
