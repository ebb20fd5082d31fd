//! The client's silences, measured against the Keep Alive (3.1.1 section 3.1.2.10; 5.0 sections 3.1.2.10 and 3.2.2.3.14).
//!
//! What counts is what the *client* sends: packets that it receives do not reset its timer. A silence runs from the last
//! byte of one client packet to the first byte of the next, or to the end of the connection.

use std::time::Duration;

use super::Doubt;
use crate::flow::Role;
use crate::frame::Stamp;

/// What ended a silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilenceEnd {
    /// The client sent a packet.
    Packet,
    /// One side closed the network connection (FIN or RST), or the server said DISCONNECT.
    Closed(Role),
    /// The capture ended, or the connection was no longer followed.
    Capture,
}

/// A stretch of time in which the client sent no control packet.
#[derive(Clone, Copy, Debug)]
pub struct Silence {
    /// The client packet (or the CONNACK) it began with.
    pub since: Stamp,
    /// What ended it.
    pub until: Stamp,
    /// How long it lasted.
    pub length: Duration,
    /// The Keep Alive in force; never zero.
    pub keep_alive: Duration,
    /// What ended it.
    pub end: SilenceEnd,
    /// How long after its begin the client was last seen at all (a bare TCP acknowledgement is enough).
    pub client_seen: Duration,
    /// How long after its begin the server was last seen at all.
    pub server_seen: Duration,
    /// Why the length may be wrong.
    pub doubt: Option<Doubt>,
}

impl Silence {
    /// How many times the Keep Alive it lasted.
    pub fn ratio(&self) -> f64 {
        self.length.as_secs_f64() / self.keep_alive.as_secs_f64()
    }

    /// The jitter allowed on top of a limit: 1 s, or 5 % of the Keep Alive if that is more. The tap is not at the client,
    /// and clients round their timers.
    pub fn grace(&self) -> Duration {
        grace(self.keep_alive)
    }

    /// One and a half times the Keep Alive.
    pub fn hard_limit(&self) -> Duration {
        self.keep_alive + self.keep_alive / 2
    }
}

/// The jitter allowed on top of a Keep Alive limit.
pub fn grace(keep_alive: Duration) -> Duration {
    Duration::from_secs(1).max(keep_alive / 20)
}

/// The time between two client packets.
#[derive(Clone, Copy, Debug)]
pub enum Pause {
    /// No Keep Alive is in force.
    Unwatched,
    /// Not longer than the Keep Alive.
    Kept,
    /// Longer than the Keep Alive.
    Long(Silence),
}

/// Keeps the books of one connection.
#[derive(Clone, Debug, Default)]
pub struct KeepAlive {
    /// The Keep Alive in force. `None`: not known, or turned off.
    in_force: Option<Duration>,
    /// Where the present silence began.
    since: Option<Stamp>,
    doubt: Option<Doubt>,
    seen: [Option<Stamp>; 2],
    longest: Duration,
    over: bool,
}

impl KeepAlive {
    /// The connection was accepted at `at` with this Keep Alive in seconds; 0 turns it off.
    pub fn accept(&mut self, seconds: u16, at: Stamp) {
        self.in_force = (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)));
        self.since = self.since.map(|since| if at.time > since.time { at } else { since });
    }

    /// The Keep Alive in force; `None` if it is not known or turned off.
    pub fn in_force(&self) -> Option<Duration> {
        self.in_force
    }

    /// The longest silence so far.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// Bytes that the client sent may be missing, or came late: the present silence proves nothing.
    pub fn doubt(&mut self, doubt: Doubt) {
        self.doubt.get_or_insert(doubt);
    }

    /// A segment of `role` passed, whatever it held.
    pub fn seen(&mut self, role: Role, at: Stamp) {
        if let Some(seen) = self.seen.get_mut(role.index()) {
            *seen = Some(at);
        }
    }

    /// When a segment of `role` was last seen.
    pub fn last_seen(&self, role: Role) -> Option<Stamp> {
        self.seen.get(role.index()).copied().flatten()
    }

    /// A client packet came, its first byte with frame `begin`, its last with `end`. Tells what the pause before it was.
    pub fn client_packet(&mut self, begin: Stamp, end: Stamp, delayed: bool) -> Pause {
        if delayed {
            self.doubt(Doubt::Delayed);
        }
        let pause = match self.end(SilenceEnd::Packet, begin) {
            None => Pause::Unwatched,
            Some(silence) if silence.length <= silence.keep_alive => Pause::Kept,
            Some(silence) => Pause::Long(silence),
        };
        self.since = Some(end);
        self.doubt = None;
        pause
    }

    /// The obligation is over: the client said DISCONNECT, or the server refused it.
    pub fn cease(&mut self) {
        self.over = true;
    }

    /// The present silence, ended at `until`; `None` if no Keep Alive is in force.
    pub fn end(&mut self, end: SilenceEnd, until: Stamp) -> Option<Silence> {
        if self.over {
            return None;
        }
        let (since, keep_alive) = (self.since?, self.in_force?);
        let length = until.time.since(since.time);
        // Time after the last frame of an open connection is no silence of the client that a user would see.
        if end != SilenceEnd::Capture {
            self.longest = self.longest.max(length);
        }
        let [client_seen, server_seen] = self.seen.map(|seen| seen.map_or(Duration::ZERO, |seen| seen.time.since(since.time)));
        Some(Silence { since, until, length, keep_alive, end, client_seen, server_seen, doubt: self.doubt })
    }
}
