//! The client's silences, measured against the Keep Alive (3.1.1 section 3.1.2.10; 5.0 sections 3.1.2.10 and 3.2.2.3.14).
//!
//! What counts is what the *client* sends: packets that it receives do not reset its timer. A silence runs from the last
//! byte of one client packet to the first byte of the next, or to the end of the connection.

use std::time::Duration;

use super::Doubt;
use crate::flow::Role;
use crate::frame::Stamp;
use crate::time::Timestamp;

/// Frames whose times are out of order by no more than this were handed over so by the capture host; beyond it, the clock was
/// set back.
const DISORDER: Duration = Duration::from_millis(100);

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
    /// The lengths from which on something can be said of it: the client is late, it is silent for too long, the server should
    /// have closed. In this order; `closing` is what closing may take.
    pub fn limits(&self, grace: Grace, closing: Duration) -> [Duration; 3] {
        let (grace, hard) = (grace.on(self.keep_alive), self.hard_limit());
        [self.keep_alive + grace, hard + grace, hard + grace + closing]
    }

    /// How many times the Keep Alive it lasted.
    pub fn ratio(&self) -> f64 {
        self.length.as_secs_f64() / self.keep_alive.as_secs_f64()
    }

    /// One and a half times the Keep Alive.
    pub fn hard_limit(&self) -> Duration {
        self.keep_alive + self.keep_alive / 2
    }
}

/// The jitter allowed on top of a limit: the tap is not at the client, and clients round their timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace {
    /// At least this.
    pub least: Duration,
    /// Per cent of the Keep Alive, if that is more.
    pub percent: u32,
}

impl Default for Grace {
    /// 1 s, or 5 % if that is more.
    fn default() -> Self {
        Self { least: Duration::from_secs(1), percent: 5 }
    }
}

impl Grace {
    /// The grace on a Keep Alive.
    pub fn on(&self, keep_alive: Duration) -> Duration {
        self.least.max(keep_alive.saturating_mul(self.percent) / 100)
    }
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
    /// By how much the clock of the capture is behind what it was.
    behind: Duration,
    /// The most that it ever was.
    set_back: Duration,
    /// The clock leapt forward in the present silence.
    leapt: bool,
    doubt: Option<Doubt>,
    /// Frames were lost while capturing, no later than then.
    dropped: Option<Timestamp>,
    seen: [Option<Stamp>; 2],
    longest: Duration,
    over: bool,
    last: Option<Silence>,
}

impl KeepAlive {
    /// The connection was accepted at `at` with this Keep Alive in seconds; 0 turns it off.
    pub fn accept(&mut self, seconds: u16, at: Stamp) {
        self.in_force = (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)));
        if let Some(since) = &mut self.since
            && at.time > since.time
        {
            *since = at;
            self.leapt = false;
        }
        if !self.behind.is_zero() {
            self.doubt(Doubt::Clock);
        }
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
        // Of several the graver one, whichever showed first. What shows after the end may have been before it.
        let graver = |known: Option<Doubt>| Some(known.map_or(doubt, |known| known.min(doubt)));
        self.doubt = graver(self.doubt);
        if let Some(last) = &mut self.last {
            last.doubt = graver(last.doubt);
        }
    }

    /// Frames were lost while capturing, no later than `until`: a silence that began before may be none.
    pub fn dropped(&mut self, until: Timestamp) {
        self.dropped = self.dropped.max(Some(until));
        self.doubt(Doubt::Dropped);
    }

    /// The clock leapt forward while nothing at all was captured. That the server closes next shows that time has passed; if they
    /// go on as if nothing had been, the clock may have been set.
    pub fn leapt(&mut self) {
        self.leapt = true;
    }

    /// Something else came than the server's close.
    pub fn goes_on(&mut self) {
        if std::mem::take(&mut self.leapt) {
            self.doubt(Doubt::Clock);
        }
    }

    /// A segment of `role` passed, whatever it held.
    pub fn seen(&mut self, role: Role, at: Stamp) {
        if let Some(seen) = self.seen.get_mut(role.index()) {
            *seen = Some(at);
        }
    }

    /// The present frame is so much earlier than one before it.
    pub fn clock(&mut self, behind: Duration) {
        self.behind = if behind > DISORDER { behind } else { Duration::ZERO };
        self.set_back = self.set_back.max(self.behind);
    }

    /// The clock of the capture was set back, as far as can be seen: times before and after do not go together.
    pub fn is_set_back(&self) -> bool {
        !self.set_back.is_zero()
    }

    fn latest(&self) -> Option<Timestamp> {
        self.seen.iter().flatten().map(|seen| seen.time).max()
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
        self.goes_on();
        let pause = match self.end(SilenceEnd::Packet, begin) {
            None => Pause::Unwatched,
            Some(silence) if silence.length <= silence.keep_alive => Pause::Kept,
            Some(silence) => Pause::Long(silence),
        };
        self.since = Some(end);
        // A clock that was set back may be set forward again before the next packet. Of a packet that waited for others it is not
        // known how the clock stood.
        let waited = self.latest().is_some_and(|latest| latest.since(end.time) > DISORDER);
        self.doubt = (!self.behind.is_zero() || (waited && !self.set_back.is_zero())).then_some(Doubt::Clock);
        self.dropped = self.dropped.filter(|until| *until >= end.time);
        if self.dropped.is_some() {
            self.doubt(Doubt::Dropped);
        }
        if let Some(last) = &mut self.last
            && (delayed || begin.time <= last.until.time)
        {
            // It was sent before the end that came first in the capture.
            last.doubt.get_or_insert(Doubt::Delayed);
        }
        pause
    }

    /// The silence that goes on at `now`; `None` if the client owes no packet.
    pub fn present(&self, now: Timestamp) -> Option<Silence> {
        let until = Stamp { time: now, ..self.since? };
        self.until(SilenceEnd::Capture, until)
    }

    /// The obligation is over: the client said DISCONNECT, or the server refused it.
    pub fn cease(&mut self) {
        self.over = true;
    }

    /// The end of the connection (or of the capture), or the begin of a packet that was cut short, ends the last silence.
    pub fn close(&mut self, end: SilenceEnd, until: Stamp) {
        if !self.over && end != SilenceEnd::Closed(Role::Server) {
            self.goes_on();
        }
        if let Some(silence) = self.end(end, until) {
            self.last = Some(silence);
        }
        self.cease();
    }

    /// The last silence, with what was seen since it ended; `None` if the client owed no packet.
    pub fn last(&self) -> Option<Silence> {
        let Silence { since, .. } = self.last?;
        let [client_seen, server_seen] = self.seen_after(since);
        self.last.map(|silence| Silence { client_seen, server_seen, ..silence })
    }

    fn seen_after(&self, since: Stamp) -> [Duration; 2] {
        self.seen.map(|seen| seen.map_or(Duration::ZERO, |seen| seen.time.since(since.time)))
    }

    /// The present silence, ended at `until`; `None` if no Keep Alive is in force.
    fn end(&mut self, end: SilenceEnd, until: Stamp) -> Option<Silence> {
        let silence = self.until(end, until)?;
        // Time after the last frame of an open connection is no silence of the client that a user would see.
        if end != SilenceEnd::Capture && self.doubt != Some(Doubt::Clock) {
            self.longest = self.longest.max(silence.length);
        }
        Some(silence)
    }

    fn until(&self, end: SilenceEnd, until: Stamp) -> Option<Silence> {
        if self.over {
            return None;
        }
        let (since, keep_alive) = (self.since?, self.in_force?);
        let length = until.time.since(since.time);
        let [client_seen, server_seen] = self.seen_after(since);
        Some(Silence { since, until, length, keep_alive, end, client_seen, server_seen, doubt: self.doubt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::FrameId;

    fn at(millis: i64) -> Stamp {
        Stamp { frame: FrameId::new(0, millis as u64), time: Timestamp::from_nanos(millis * 1_000_000) }
    }

    /// A connection accepted at 100 ms with a Keep Alive of 10 s; CONNECT came at 0.
    fn accepted() -> KeepAlive {
        let mut keep_alive = KeepAlive::default();
        assert!(matches!(keep_alive.client_packet(at(0), at(0), false), Pause::Unwatched));
        keep_alive.accept(10, at(100));
        keep_alive
    }

    fn long(pause: Pause) -> Silence {
        match pause {
            Pause::Long(silence) => silence,
            other => panic!("not long: {other:?}"),
        }
    }

    #[test]
    fn pause_runs_from_the_end_of_a_packet_to_the_begin_of_the_next() {
        let mut keep_alive = accepted();
        assert!(matches!(keep_alive.client_packet(at(10_100), at(25_000), false), Pause::Kept));
        assert!(matches!(keep_alive.client_packet(at(35_000), at(35_000), false), Pause::Kept));
        let silence = long(keep_alive.client_packet(at(45_001), at(46_000), false));
        assert_eq!((silence.since, silence.until, silence.length), (at(35_000), at(45_001), Duration::from_millis(10_001)));
        assert_eq!((silence.end, silence.doubt, silence.keep_alive), (SilenceEnd::Packet, None, Duration::from_secs(10)));
        assert_eq!(keep_alive.longest(), Duration::from_millis(10_001));
    }

    #[test]
    fn waiting_for_connack_is_no_silence() {
        let mut keep_alive = KeepAlive::default();
        keep_alive.client_packet(at(0), at(0), false);
        keep_alive.accept(10, at(60_000));
        assert!(matches!(keep_alive.client_packet(at(70_000), at(70_000), false), Pause::Kept));
    }

    #[test]
    fn packet_behind_connack_in_time_begins_the_silence() {
        let mut keep_alive = KeepAlive::default();
        keep_alive.client_packet(at(0), at(0), false);
        keep_alive.client_packet(at(500), at(500), false);
        keep_alive.accept(10, at(400));
        assert_eq!(long(keep_alive.client_packet(at(10_501), at(10_501), false)).since, at(500));
    }

    #[test]
    fn zero_turns_it_off() {
        let mut keep_alive = KeepAlive::default();
        keep_alive.client_packet(at(0), at(0), false);
        keep_alive.accept(0, at(1));
        assert!(matches!(keep_alive.client_packet(at(99_000), at(99_000), false), Pause::Unwatched));
        keep_alive.close(SilenceEnd::Capture, at(200_000));
        assert!(keep_alive.last().is_none());
        assert!(keep_alive.in_force().is_none());
    }

    #[test]
    fn doubt_lasts_until_the_next_packet() {
        let mut keep_alive = accepted();
        keep_alive.doubt(Doubt::Delayed);
        keep_alive.doubt(Doubt::Gap);
        keep_alive.doubt(Doubt::Delayed);
        assert_eq!(long(keep_alive.client_packet(at(20_000), at(20_000), false)).doubt, Some(Doubt::Gap));
        assert_eq!(long(keep_alive.client_packet(at(40_000), at(40_000), false)).doubt, None);
        assert_eq!(long(keep_alive.client_packet(at(60_000), at(60_000), true)).doubt, Some(Doubt::Delayed));
    }

    #[test]
    fn what_shows_after_the_end_casts_doubt_on_the_last_silence() {
        let mut keep_alive = accepted();
        keep_alive.close(SilenceEnd::Closed(Role::Server), at(25_100));
        assert_eq!(keep_alive.last().expect("a silence").doubt, None);
        let mut gap = keep_alive.clone();
        gap.doubt(Doubt::Gap);
        assert_eq!(gap.last().expect("a silence").doubt, Some(Doubt::Gap), "bytes of the client are missing");
        keep_alive.client_packet(at(25_000), at(25_200), false);
        assert_eq!(keep_alive.last().expect("a silence").doubt, Some(Doubt::Delayed), "a packet was sent before the end");
    }

    #[test]
    fn silence_that_begins_by_a_clock_set_back_proves_nothing() {
        let mut keep_alive = accepted();
        keep_alive.client_packet(at(5_000), at(5_000), false);
        keep_alive.clock(Duration::from_secs(60));
        keep_alive.client_packet(at(-54_000), at(-54_000), false);
        keep_alive.clock(Duration::ZERO);
        let silence = long(keep_alive.client_packet(at(7_000), at(7_000), false));
        assert_eq!((silence.doubt, keep_alive.longest()), (Some(Doubt::Clock), Duration::from_millis(4_900)));
        assert!(keep_alive.is_set_back());
        assert_eq!(long(keep_alive.client_packet(at(20_000), at(20_000), false)).doubt, None, "the clock is right again");
    }

    #[test]
    fn end_of_the_connection_ends_the_silence() {
        let mut keep_alive = accepted();
        keep_alive.seen(Role::Client, at(12_100));
        keep_alive.seen(Role::Server, at(15_100));
        keep_alive.close(SilenceEnd::Closed(Role::Server), at(15_100));
        keep_alive.seen(Role::Client, at(16_100));
        keep_alive.close(SilenceEnd::Capture, at(90_000));
        let silence = keep_alive.last().expect("a silence");
        assert_eq!((silence.length, silence.end), (Duration::from_secs(15), SilenceEnd::Closed(Role::Server)));
        assert_eq!((silence.client_seen, silence.server_seen), (Duration::from_secs(16), Duration::from_secs(15)), "to the very end");
        assert_eq!(keep_alive.longest(), Duration::from_secs(15));
    }

    #[test]
    fn hole_that_shows_after_the_end_was_before_it() {
        let mut keep_alive = accepted();
        keep_alive.close(SilenceEnd::Closed(Role::Server), at(15_100));
        keep_alive.doubt(Doubt::Gap);
        assert_eq!(keep_alive.last().and_then(|silence| silence.doubt), Some(Doubt::Gap));
    }

    #[test]
    fn end_of_the_capture_is_not_the_longest_silence() {
        let mut keep_alive = accepted();
        keep_alive.close(SilenceEnd::Capture, at(50_100));
        let silence = keep_alive.last().expect("a silence");
        assert_eq!((silence.length, silence.client_seen), (Duration::from_secs(50), Duration::ZERO));
        assert_eq!(keep_alive.longest(), Duration::ZERO);
    }

    #[test]
    fn nothing_is_owed_after_the_end() {
        let mut keep_alive = accepted();
        keep_alive.cease();
        assert!(matches!(keep_alive.client_packet(at(99_000), at(99_000), false), Pause::Unwatched));
        keep_alive.close(SilenceEnd::Capture, at(200_000));
        assert!(keep_alive.last().is_none());
    }

    #[test]
    fn limits_and_grace() {
        let mut keep_alive = accepted();
        let silence = long(keep_alive.client_packet(at(20_100), at(20_100), false));
        let grace = Grace::default();
        assert_eq!((silence.hard_limit(), grace.on(silence.keep_alive)), (Duration::from_secs(15), Duration::from_secs(1)));
        assert!((silence.ratio() - 2.0).abs() < 1e-9);
        assert_eq!(grace.on(Duration::from_secs(60)), Duration::from_secs(3));
    }
}
