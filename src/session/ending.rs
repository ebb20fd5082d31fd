//! How a connection ended, and why: one cause, from what the capture shows.

use std::fmt;

use super::{Grace, Session};
use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::Version;

/// What TCP and the other connections say about the end.
#[derive(Clone, Copy, Debug)]
pub struct EndingFacts {
    /// Who closed the network connection first (FIN or RST), and when.
    pub closed: Option<(Role, Stamp)>,
    /// It was closed by RST.
    pub reset: bool,
    /// Another connection of the same Client Identifier was accepted shortly before.
    pub taken_over: bool,
    /// The client had broken a rule shortly before.
    pub violated: bool,
    /// The last segments were sent again and again without an acknowledgement.
    pub unreachable: bool,
    /// It is no longer followed, because no frame came for long.
    pub idle: bool,
    /// The last frame of the connection.
    pub last: Stamp,
    /// What is allowed on top of a Keep Alive limit: servers get half of it.
    pub grace: Grace,
}

/// The cause of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The client said DISCONNECT.
    Disconnect,
    /// The client said DISCONNECT with a Reason Code other than 0 (5.0).
    ClientDisconnect(u8),
    /// The server said DISCONNECT (5.0).
    ServerDisconnect(u8),
    /// CONNACK with this code.
    Refused(u8),
    /// The client was silent for longer than one and a half times its Keep Alive, and the server closed.
    KeepAliveExpired,
    /// The server closed after a fault of the client.
    ProtocolViolation,
    /// The same Client Identifier connected again, and the server closed this connection.
    TakenOver,
    /// The client closed without DISCONNECT.
    ClientClosed,
    /// The client sent RST.
    ClientReset,
    /// The server closed, and nothing shows why.
    ServerClosed,
    /// One side could no longer be reached.
    NetworkLost,
    /// No frame came for so long that the connection was no longer followed.
    Idle,
    /// The connection was open when the capture ended.
    Open,
}

impl Ending {
    /// The cause, from the session and from what others know.
    pub fn new(session: &Session, facts: &EndingFacts) -> Self {
        if let Some((code, _)) = session.refused() {
            return Self::Refused(code);
        }
        let server = session.disconnect(Role::Server);
        let client = session.disconnect(Role::Client);
        if let Some((code, at)) = server
            && client.is_none_or(|(_, other)| at.time <= other.time)
        {
            return Self::ServerDisconnect(code.unwrap_or(0));
        }
        if let Some((code, _)) = client {
            return match code {
                None | Some(0) => Self::Disconnect,
                Some(code) => Self::ClientDisconnect(code),
            };
        }
        match facts.closed {
            Some((Role::Client, _)) if facts.reset => Self::ClientReset,
            Some((Role::Client, _)) => Self::ClientClosed,
            Some((Role::Server, at)) => {
                let silent = session.last_packet(Role::Client).map(|last| at.time.since(last.time));
                let expired = session.keep_alive().in_force().zip(silent).is_some_and(|(limit, silent)| {
                    // Servers round their timers too.
                    silent + facts.grace.on(limit) / 2 >= limit + limit / 2
                });
                match () {
                    () if facts.taken_over => Self::TakenOver,
                    // Before the violation: a silence that was too long is one, too.
                    () if expired => Self::KeepAliveExpired,
                    () if facts.violated => Self::ProtocolViolation,
                    () => Self::ServerClosed,
                }
            }
            None if facts.unreachable => Self::NetworkLost,
            None if facts.idle => Self::Idle,
            None => Self::Open,
        }
    }

    /// A word for tables and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::ClientDisconnect(_) => "client-disconnect",
            Self::ServerDisconnect(_) => "server-disconnect",
            Self::Refused(_) => "refused",
            Self::KeepAliveExpired => "keep-alive-expired",
            Self::ProtocolViolation => "protocol-violation",
            Self::TakenOver => "taken-over",
            Self::ClientClosed => "client-closed",
            Self::ClientReset => "client-reset",
            Self::ServerClosed => "server-closed",
            Self::NetworkLost => "network-lost",
            Self::Idle => "idle",
            Self::Open => "open",
        }
    }

    /// Who ended it; `None` if nobody did.
    pub fn by(&self) -> Option<Role> {
        match self {
            Self::Disconnect | Self::ClientDisconnect(_) | Self::ClientClosed | Self::ClientReset => Some(Role::Client),
            Self::ServerDisconnect(_)
            | Self::Refused(_)
            | Self::KeepAliveExpired
            | Self::ProtocolViolation
            | Self::TakenOver
            | Self::ServerClosed => Some(Role::Server),
            Self::NetworkLost | Self::Idle | Self::Open => None,
        }
    }

    /// The reason code that goes with it.
    pub fn code(&self) -> Option<u8> {
        match self {
            Self::ClientDisconnect(code) | Self::ServerDisconnect(code) | Self::Refused(code) => Some(*code),
            _ => None,
        }
    }

    /// One short sentence for people.
    pub fn describe(&self, version: Version) -> String {
        use crate::mqtt::{PacketType, reason};
        let named = |packet: PacketType, code: u8| match reason::name(packet, version, code) {
            Some(name) => format!("{name} (0x{code:02x})"),
            None => format!("code 0x{code:02x}"),
        };
        match self {
            Self::Disconnect => "client disconnected".into(),
            Self::ClientDisconnect(code) => format!("client disconnected: {}", named(PacketType::Disconnect, *code)),
            Self::ServerDisconnect(code) => format!("server disconnected: {}", named(PacketType::Disconnect, *code)),
            Self::Refused(code) => format!("refused: {}", named(PacketType::Connack, *code)),
            Self::KeepAliveExpired => "keep alive expired: server closed".into(),
            Self::ProtocolViolation => "server closed after a protocol violation".into(),
            Self::TakenOver => "taken over by the same client id".into(),
            Self::ClientClosed => "client closed without DISCONNECT".into(),
            Self::ClientReset => "client reset the connection".into(),
            Self::ServerClosed => "server closed, reason not visible".into(),
            Self::NetworkLost => "network lost: no acknowledgement any more".into(),
            Self::Idle => "no frame for long: no longer followed".into(),
            Self::Open => "still open".into(),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
