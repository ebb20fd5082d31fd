//! mqttscope: who broke the MQTT protocol, where, by which clause, and why the connection died, from the wire alone.
//!
//! ```text
//! capture ─Frame→ net ─Segment→ stream ─Stretch→ framing ─Framed→ mqtt ─Packet→ session ─facts→ rule(s)
//!  (I/O)                                                                                           │
//! cli  ←──────────────────────── report ←─────────────────┬── analysis ←──────────Finding──────────┘
//! tui  ←──────────────────────── index  ←─────────────────┘
//! (I/O)
//! ```
//!
//! Bytes flow one way. Lower layers describe exactly what was sent, without opinion; `session` remembers; `rules` judge, as
//! pure functions; `report` shows, and `tui` lets people look around. Input, output, clocks and threads live at the two ends
//! only: everything between is `fn(state, input) -> facts`.
//!
//! What it does not do: it opens no connection, sends nothing, and never decides by a guess: what the capture does not show
//! is inconclusive.

pub mod analysis;
pub mod capture;
pub mod cli;
pub mod filter;
pub mod finding;
pub mod flow;
pub mod frame;
pub mod framing;
pub mod index;
#[cfg(feature = "live")]
pub mod metrics;
pub mod mqtt;
pub mod net;
#[cfg(feature = "live")]
pub mod privilege;
pub mod report;
pub mod rule;
pub mod rules;
pub mod session;
pub mod show;
pub mod stream;
pub mod time;
pub mod trace;
pub mod transport;
pub mod tui;
