//! The silences of one client, as a timeline needs them: where they are, how long against the Keep Alive, how soon pings were
//! answered. Made from the packets of a connection in the index, and extended as more of them come in.
//!
//! Counted as [`crate::session::KeepAlive`] counts: what the *client* sends, from the end of one packet to the begin of the
//! next, once CONNACK has accepted the connection, until somebody says DISCONNECT or closes. The last silence is the one that
//! the session tells.

use std::time::Duration;

use super::entry::{ConnectionId, PacketId};
use super::{Connection, Index};
use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::PacketType;
use crate::session::{Doubt, Ending, Grace, SilenceEnd};
use crate::time::Timestamp;

/// What ended a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseEnd {
    /// A packet of the client; `None` if it was cut short.
    Packet(Option<PacketId>),
    /// One side closed, or the server said DISCONNECT.
    Closed(Role),
    /// Nothing yet: the capture ended, or this is all that is loaded.
    Open,
}

/// A stretch of time in which the client sent no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The end of the packet before it, or CONNACK.
    pub since: Timestamp,
    /// What ended it began.
    pub until: Timestamp,
    /// What ended it.
    pub end: PauseEnd,
    /// The Keep Alive in force; `None` if none was, or it is not known.
    pub keep_alive: Option<Duration>,
    /// Why it may not have been one. Told only if it was longer than the Keep Alive.
    pub doubt: Option<Doubt>,
}

impl Pause {
    /// How long it was.
    pub fn length(&self) -> Duration {
        self.until.since(self.since)
    }

    /// The same in Keep Alive periods.
    pub fn share(&self) -> Option<f64> {
        self.share_at(self.until)
    }

    /// How long it had lasted at `time`, in Keep Alive periods.
    pub fn share_at(&self, time: Timestamp) -> Option<f64> {
        Some(time.min(self.until).since(self.since).as_secs_f64() / self.keep_alive?.as_secs_f64())
    }

    /// When it had lasted for so many halves of the Keep Alive; `None` if it never did.
    pub fn passed(&self, halves: u32) -> Option<Timestamp> {
        let at = self.since.after(self.keep_alive? * halves / 2);
        (at < self.until).then_some(at)
    }

    /// It was longer than the Keep Alive.
    pub fn is_long(&self) -> bool {
        self.keep_alive.is_some_and(|limit| self.length() > limit)
    }

    /// It was too long, by the measure of the rules `keep-alive-late` and `keep-alive-exceeded`: by more than the grace, or so
    /// long that the server closed.
    pub fn is_late(&self, grace: Grace) -> bool {
        let (length, closed) = (self.length(), self.end == PauseEnd::Closed(Role::Server));
        let late = |limit: Duration| length > limit + grace.on(limit) || (closed && length >= limit * 3 / 2);
        self.doubt.is_none() && self.keep_alive.is_some_and(late)
    }
}

/// A PINGREQ that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trip {
    /// When PINGRESP came.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
}

/// A packet of the client.
#[derive(Clone, Copy, Debug)]
struct Sent {
    begin: Timestamp,
    end: Timestamp,
    /// Its place in [`Connection::packets`].
    place: u32,
    /// The pause before it counts against the Keep Alive.
    watched: bool,
}

/// What the summary of the connection said when the lane was made; if it says something else, the lane is made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Basis {
    keep_alive: Option<u16>,
    /// The session measures silences: it has seen CONNECT, and CONNACK after it.
    in_force: bool,
    closed: Option<Stamp>,
    /// Packets that are gone.
    gone: usize,
}

/// The timeline of one connection.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    basis: Basis,
    /// How many packets were looked at, or are gone.
    seen: usize,
    sent: Vec<Sent>,
    /// PINGREQs, as places in `sent`.
    pings: Vec<u32>,
    /// The CONNACK that accepted the connection: place and time.
    accepted: Option<(u32, Timestamp)>,
    /// The packet after which nothing is owed.
    over: Option<u32>,
    /// Packets that ended a pause that was longer than the Keep Alive, as places in `sent`.
    long: Vec<u32>,
    /// Pauses by length: up to a half, once, one and a half times the Keep Alive, and beyond; without the last one.
    bands: [u64; 4],
    longest: Duration,
    /// The pause that goes on to the end.
    last: Option<Pause>,
    trips: Vec<Trip>,
    /// PINGRESPs, with a PINGREQ or without.
    answers: usize,
    intervals: Vec<Duration>,
    rests: Vec<Duration>,
}

impl Lane {
    /// Takes in what has come since. `now` is the latest time of the capture that is known.
    pub fn refresh(&mut self, index: &Index, id: ConnectionId, now: Timestamp) {
        let Some(connection) = index.connection(id) else { return };
        let summary = &connection.summary;
        let basis = Basis {
            keep_alive: summary.keep_alive,
            in_force: summary.longest_silence.is_some(),
            closed: summary.closed.map(|(_, stamp)| stamp),
            gone: connection.packets.gone(),
        };
        if self.basis != basis {
            // Where silences are measured, the CONNACK that is gone has accepted the connection.
            let accepted = (basis.gone > 0 && basis.in_force).then_some((0, summary.first.time));
            *self = Self { basis, seen: basis.gone, accepted, ..Self::default() };
        }
        while let Some(packet) = connection.packets.at(self.seen) {
            self.add(index, self.seen as u32, *packet);
            self.seen += 1;
        }
        self.last = self.last_pause(connection, now, index.now().is_some());
    }

    fn add(&mut self, index: &Index, place: u32, packet: PacketId) {
        let Some(entry) = index.get(packet) else { return };
        match (entry.kind(), entry.from()) {
            (PacketType::Connack, Role::Server) if self.accepted.is_none() && self.over.is_none() => match entry.code() {
                Some(0) => self.accepted = Some((place, entry.time())),
                Some(_) => self.over = Some(place),
                None => {}
            },
            (PacketType::Pingresp, Role::Server) => {
                self.answers += 1;
                let at = entry.time();
                self.trips.extend(index.round_trip(packet).map(|took| Trip { at, took }));
            }
            (PacketType::Disconnect, _) => {
                self.over.get_or_insert(place);
            }
            _ => {}
        }
        if entry.from() == Role::Server {
            return;
        }
        let closed = self.basis.closed.is_some_and(|closed| {
            let after = closed.frame.input() == entry.frame().input() && entry.frame().number() > closed.frame.number();
            entry.time() > closed.time || (entry.time() == closed.time && after)
        });
        let owed = self.accepted.is_some_and(|(accepted, _)| accepted < place) && self.over.is_none_or(|over| place <= over);
        self.sent.push(Sent { begin: entry.begin(), end: entry.time(), place, watched: owed && !closed });
        let at = self.sent.len() - 1;
        let pause = at.checked_sub(1).and_then(|before| self.between(before, index, Some(packet)));
        if entry.kind() == PacketType::Pingreq {
            let follows = at > 0 && self.pings.last().is_some_and(|ping| *ping as usize == at - 1);
            match pause {
                Some(pause) if follows => self.intervals.push(pause.length()),
                Some(pause) => self.rests.push(pause.length()),
                None => {}
            }
            self.pings.push(at as u32);
        }
        if let Some(pause) = pause {
            self.measure(&pause);
            if pause.is_long() {
                self.long.push(at as u32);
            }
        }
    }

    fn measure(&mut self, pause: &Pause) {
        let Some(keep_alive) = pause.keep_alive else { return };
        if pause.doubt != Some(Doubt::Clock) {
            self.longest = self.longest.max(pause.length());
        }
        if let Some(count) = self.bands.get_mut(band(pause.length(), keep_alive)) {
            *count += 1;
        }
    }

    /// The pause that a packet of the client began, up to the next one, which is `packet`.
    fn between(&self, before: usize, index: &Index, packet: Option<PacketId>) -> Option<Pause> {
        let (from, to) = (self.sent.get(before)?, self.sent.get(before + 1)?);
        let doubt = packet.and_then(|packet| index.get(packet)).and_then(|entry| entry.pause_doubt());
        let keep_alive = to.watched.then(|| self.keep_alive()).flatten();
        Some(Pause { since: self.since(from), until: to.begin, end: PauseEnd::Packet(packet), keep_alive, doubt })
    }

    /// When the pause after a packet begins to count: the wait for CONNACK does not.
    fn since(&self, from: &Sent) -> Timestamp {
        let accepted = self.accepted.filter(|(place, _)| from.place < *place).map(|(_, at)| at);
        accepted.map_or(from.end, |at| at.max(from.end))
    }

    fn last_pause(&self, connection: &Connection, now: Timestamp, live: bool) -> Option<Pause> {
        let summary = &connection.summary;
        if let Some(last) = summary.last_silence {
            let end = match last.end {
                SilenceEnd::Packet => PauseEnd::Packet(None),
                SilenceEnd::Closed(role) => PauseEnd::Closed(role),
                SilenceEnd::Capture => PauseEnd::Open,
            };
            // Nobody waited for frames of a file behind its last one.
            let until = if live && end == PauseEnd::Open && summary.ending == Ending::Open { now } else { last.until.time };
            let (since, until, keep_alive) = (last.since.time, until.max(last.until.time), Some(last.keep_alive));
            return Some(Pause { since, until, end, keep_alive, doubt: last.doubt });
        }
        if let Some(silence) = summary.silence {
            let (since, until) = (silence.since.time, now.max(summary.last));
            let doubt = silence.doubt.filter(|_| until.since(since) > silence.keep_alive);
            return Some(Pause { since, until, end: PauseEnd::Open, keep_alive: Some(silence.keep_alive), doubt });
        }
        let from = self.sent.last()?;
        let (until, end) = match summary.closed {
            Some((role, closed)) => (closed.time, PauseEnd::Closed(role)),
            None if summary.ending == Ending::Open => (now.max(summary.last), PauseEnd::Open),
            None => (summary.last, PauseEnd::Open),
        };
        Some(Pause { since: self.since(from), until, end, keep_alive: None, doubt: None })
    }

    fn keep_alive(&self) -> Option<Duration> {
        let seconds = self.basis.keep_alive.filter(|seconds| self.basis.in_force && *seconds > 0);
        seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// A CONNACK accepted the connection.
    pub fn is_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    /// A Keep Alive is in force: silences count.
    pub fn is_watched(&self) -> bool {
        self.basis.in_force
    }

    /// Packets of the client.
    pub fn sent(&self) -> usize {
        self.sent.len()
    }

    /// PINGREQs.
    pub fn pings(&self) -> usize {
        self.pings.len()
    }

    /// PINGREQs without PINGRESP.
    pub fn unanswered(&self) -> usize {
        self.pings.len().saturating_sub(self.answers)
    }

    /// PINGREQs that were answered, in order, as far as it is known which PINGRESP answers which.
    pub fn trips(&self) -> &[Trip] {
        &self.trips
    }

    /// From one PINGREQ to the next, where the client sent nothing else between.
    pub fn intervals(&self) -> &[Duration] {
        &self.intervals
    }

    /// From another packet of the client to the PINGREQ that followed it.
    pub fn rests(&self) -> &[Duration] {
        &self.rests
    }

    /// The pause that goes on to the end of the connection, or of what is known.
    pub fn last(&self) -> Option<Pause> {
        self.last
    }

    /// The longest pause under a Keep Alive, as the session counts: not one that the end of the capture cut off.
    pub fn longest(&self) -> Duration {
        let last = self.last.filter(|last| last.end != PauseEnd::Open && last.keep_alive.is_some() && last.doubt != Some(Doubt::Clock));
        self.longest.max(last.map_or(Duration::ZERO, |last| last.length()))
    }

    /// How many pauses were up to a half, once, one and a half times the Keep Alive, and longer.
    pub fn bands(&self) -> [u64; 4] {
        let mut bands = self.bands;
        if let Some(last) = self.last.filter(|last| last.end != PauseEnd::Open)
            && let Some(keep_alive) = last.keep_alive
            && let Some(count) = bands.get_mut(band(last.length(), keep_alive))
        {
            *count += 1;
        }
        bands
    }

    /// Pauses that were longer than the Keep Alive, in order, the last one included.
    pub fn long<'a>(&'a self, index: &'a Index, connection: &'a Connection) -> impl DoubleEndedIterator<Item = Pause> + 'a {
        self.long_from(0, index, connection)
    }

    /// The same from the first one that ended behind `time`.
    pub fn long_behind<'a>(
        &'a self,
        time: Timestamp,
        index: &'a Index,
        connection: &'a Connection,
    ) -> impl DoubleEndedIterator<Item = Pause> + 'a {
        let begin = |at: u32| self.sent.get(at as usize).map(|sent| sent.begin);
        self.long_from(self.long.partition_point(|at| begin(*at).is_some_and(|begin| begin <= time)), index, connection)
    }

    fn long_from<'a>(&'a self, first: usize, index: &'a Index, connection: &'a Connection) -> impl DoubleEndedIterator<Item = Pause> + 'a {
        let ended = self.long.get(first..).unwrap_or_default().iter();
        let ended = ended.filter_map(move |at| self.pause(*at as usize - 1, index, connection));
        ended.chain(self.last.filter(Pause::is_long))
    }

    /// The pause that began with a packet of the client (by its place among them).
    fn pause(&self, at: usize, index: &Index, connection: &Connection) -> Option<Pause> {
        match self.sent.get(at + 1) {
            Some(next) => self.between(at, index, connection.packets.at(next.place as usize).copied()),
            None => self.last,
        }
    }

    /// The pause that there was at a time: at the very time of a packet, the one that it ended.
    pub fn pause_at(&self, time: Timestamp, index: &Index, connection: &Connection) -> Option<Pause> {
        let before = self.sent.partition_point(|sent| sent.end < time).checked_sub(1)?;
        self.pause(before, index, connection).filter(|pause| pause.since <= time)
    }

    /// How many packets of the client, and how many PINGREQs, came before a time.
    pub fn before(&self, time: Timestamp) -> (usize, usize) {
        let sent = self.sent.partition_point(|sent| sent.end < time);
        (sent, self.pings.partition_point(|ping| (*ping as usize) < sent))
    }

    /// How many PINGRESPs with a PINGREQ came before a time.
    pub fn answers_before(&self, time: Timestamp) -> usize {
        self.trips.partition_point(|trip| trip.at < time)
    }

    /// The last PINGREQ at or before a time.
    pub fn ping_at(&self, time: Timestamp, connection: &Connection) -> Option<PacketId> {
        let (_, pings) = self.before(time.after(Duration::from_nanos(1)));
        let ping = self.sent.get(*self.pings.get(pings.checked_sub(1)?)? as usize)?;
        connection.packets.at(ping.place as usize).copied()
    }
}

/// Up to a half, once, one and a half times the Keep Alive, or beyond.
fn band(length: Duration, keep_alive: Duration) -> usize {
    match () {
        () if length * 2 <= keep_alive => 0,
        () if length <= keep_alive => 1,
        () if length * 2 <= keep_alive * 3 => 2,
        () => 3,
    }
}

/// The median, and how far from it nine of ten are at most; `None` of nothing.
pub fn typical(times: &[Duration]) -> Option<(Duration, Duration)> {
    let mut times = times.to_vec();
    if times.is_empty() {
        return None;
    }
    let middle = times.len() / 2;
    let median = *times.select_nth_unstable(middle).1;
    times.iter_mut().for_each(|time| *time = time.abs_diff(median));
    let most = (times.len() * 9).div_ceil(10) - 1;
    Some((median, *times.select_nth_unstable(most).1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typical_is_the_median_and_where_nine_of_ten_are() {
        let seconds = |seconds: &[u64]| typical(&seconds.iter().map(|seconds| Duration::from_secs(*seconds)).collect::<Vec<_>>());
        let told = |median, spread| Some((Duration::from_secs(median), Duration::from_secs(spread)));
        assert_eq!(seconds(&[]), None);
        assert_eq!(seconds(&[7]), told(7, 0));
        assert_eq!(seconds(&[60, 61, 60, 60, 60, 59, 60, 60, 60, 92]), told(60, 1));
    }

    #[test]
    fn limits_belong_to_the_band_below() {
        let bands =
            [0, 5_000, 5_001, 10_000, 10_001, 15_000, 15_001].map(|millis| band(Duration::from_millis(millis), Duration::from_secs(10)));
        assert_eq!(bands, [0, 0, 1, 1, 2, 2, 3]);
    }
}
