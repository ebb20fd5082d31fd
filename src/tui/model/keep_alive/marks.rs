//! What stands in each column of a lane.
//!
//! A column is a stretch of time in which much may happen. What tells the most wins, in this order:
//!
//! 1. the end of the connection
//! 2. a silence that passed 1.5× the Keep Alive
//! 3. an error
//! 4. a silence that passed 1× the Keep Alive and became late (by more than the grace)
//! 5. a warning
//! 6. a hole in the capture
//! 7. the begin of the connection
//! 8. PINGREQ, 9. another packet of the client
//! 10. PINGRESP
//! 11. a silence that is in doubt, or between 1× and 1.5×
//! 12. another packet of the server; the begin of what is older than the capture
//! 13. a silence below 1×

use std::time::Duration;

use super::window::{Window, earlier};
use crate::finding::Severity;
use crate::flow::Role;
use crate::index::{Connection, Index, Lane, Pause, TcpEventKind};
use crate::session::{Ending, Grace};
use crate::time::Timestamp;

/// How many of one kind are in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// One.
    One,
    /// Two to nine.
    Some,
    /// Ten or more.
    Many,
}

impl Density {
    fn of(count: usize) -> Option<Self> {
        match count {
            0 => None,
            1 => Some(Self::One),
            2..10 => Some(Self::Some),
            _ => Some(Self::Many),
        }
    }
}

/// What a column shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// The connection was not there.
    #[default]
    Nothing,
    /// It ended as it should.
    Ended,
    /// The same client connected anew.
    TakenOver,
    /// It ended as it should not.
    Broken,
    /// It began.
    Opened,
    /// It is older than the capture.
    Older,
    /// A finding, error or warning.
    Found(Severity),
    /// Bytes of this side are missing in the capture.
    Hole(Role),
    /// A silence that may not have been one.
    Doubtful,
    /// PINGREQ.
    Pingreq,
    /// Other packets of the client.
    Client(Density),
    /// PINGRESP.
    Pingresp,
    /// Other packets of the server.
    Server(Density),
    /// No Keep Alive is in force.
    Unwatched,
    /// Silent, up to half the Keep Alive.
    Fresh,
    /// Silent, up to the Keep Alive.
    Quiet,
    /// Silent for just the Keep Alive.
    Limit,
    /// Silent for longer.
    Overdue,
    /// Silent for more than 1.5 times the Keep Alive.
    Expired,
}

/// When a lane begins and ends.
pub fn extent(connection: &Connection, now: Timestamp) -> (Timestamp, Option<Timestamp>) {
    let summary = &connection.summary;
    let end = match summary.closed {
        Some((_, stamp)) => Some(stamp.time),
        None if summary.ending == Ending::Open => None,
        None => Some(summary.last),
    };
    (summary.first.time, end.map(|end| end.min(now.max(end))))
}

/// The mark of an end.
pub fn ended(ending: Ending) -> Mark {
    match ending {
        Ending::Disconnect | Ending::ServerDisconnect(0) => Mark::Ended,
        Ending::TakenOver | Ending::ServerDisconnect(0x8e) => Mark::TakenOver,
        _ => Mark::Broken,
    }
}

/// All that marks are made from.
#[derive(Clone, Copy, Debug)]
pub struct Lanes<'m> {
    /// The capture.
    pub index: &'m Index,
    /// What is on the screen.
    pub window: Window,
    /// The latest time that is known.
    pub now: Timestamp,
    /// What is allowed on top of a Keep Alive.
    pub grace: Grace,
}

impl Lanes<'_> {
    /// The columns of one lane.
    pub fn marks(&self, connection: &Connection, lane: &Lane) -> Vec<Mark> {
        let window = self.window;
        let (begin, end) = extent(connection, self.now);
        let mut marks = self.packets(connection, lane, begin, end.unwrap_or(self.now));
        let mut put = |time: Timestamp, mark: Mark| {
            if let Some(place) = window.column(time).and_then(|column| marks.get_mut(usize::from(column)))
                && rank(mark) < rank(*place)
            {
                *place = mark;
            }
        };
        put(begin, if connection.summary.from_start { Mark::Opened } else { Mark::Older });
        if let Some(end) = end {
            put(end, ended(connection.summary.ending));
        }
        for event in connection.events.iter().filter(|event| event.kind == TcpEventKind::Gap) {
            put(event.time, Mark::Hole(event.from));
        }
        for found in connection.findings.iter().filter_map(|place| self.index.findings().get(*place as usize)) {
            if found.finding.severity > Severity::Info {
                put(found.finding.place.time, Mark::Found(found.finding.severity));
            }
        }
        let mut behind = window.from;
        while let Some(pause) = lane.long_behind(behind, self.index, connection).next()
            && pause.since < window.to()
        {
            behind = pause.until;
            if pause.doubt.is_some() {
                let first = window.column(pause.since).unwrap_or_default();
                let last = window.column(pause.until).unwrap_or(window.width.saturating_sub(1));
                (first..=last).for_each(|column| put(window.begin(column).max(pause.since), Mark::Doubtful));
            } else {
                if let Some(at) = pause.passed(2).filter(|_| pause.is_late(self.grace)) {
                    put(at, Mark::Limit);
                }
                if let Some(at) = pause.passed(3) {
                    put(at, Mark::Expired);
                    // Nothing in this column tells more.
                    behind =
                        behind.max(window.column(at).map_or(behind, |column| earlier(window.begin(column + 1), Duration::from_nanos(1))));
                }
            }
            if Some(pause) == lane.last() {
                break;
            }
        }
        marks
    }

    /// What the packets say, and the silences between them.
    fn packets(&self, connection: &Connection, lane: &Lane, begin: Timestamp, end: Timestamp) -> Vec<Mark> {
        let window = self.window;
        let packets = |time: Timestamp| {
            let earlier = |packet: &u32| self.index.get(*packet).is_some_and(|entry| entry.time() < time);
            connection.packets.partition_point(earlier)
        };
        let counts = |time: Timestamp| {
            let (sent, pings) = lane.before(time);
            (packets(time), sent, pings, lane.answers_before(time))
        };
        let first = if begin > window.from { window.column(begin).unwrap_or(window.width) } else { 0 };
        let mut marks = vec![Mark::Nothing; first.into()];
        let mut before = counts(window.begin(first));
        for column in first..window.width {
            let (from, to) = (window.begin(column), window.begin(column + 1));
            if from > end {
                marks.resize(window.width.into(), Mark::Nothing);
                break;
            }
            let upto = counts(to);
            let new = (
                upto.0 - before.0.min(upto.0),
                upto.1 - before.1.min(upto.1),
                upto.2 - before.2.min(upto.2),
                upto.3 - before.3.min(upto.3),
            );
            before = upto;
            let silence = || silence(lane.pause_at(to.min(end), self.index, connection), from, to.min(end));
            let server = new.0.saturating_sub(new.1);
            marks.push(match new {
                (_, _, 1.., _) => Mark::Pingreq,
                (_, sent @ 1.., _, _) => Density::of(sent).map_or_else(silence, Mark::Client),
                (_, _, _, 1..) => Mark::Pingresp,
                _ if server > 0 => match silence() {
                    silence @ (Mark::Limit | Mark::Overdue | Mark::Expired | Mark::Doubtful) => silence,
                    _ => Density::of(server).map_or(Mark::Unwatched, Mark::Server),
                },
                _ => silence(),
            });
        }
        marks
    }
}

/// How far a silence had come in a column that had nothing else.
fn silence(pause: Option<Pause>, from: Timestamp, to: Timestamp) -> Mark {
    let Some((pause, share)) = pause.and_then(|pause| Some((pause, pause.share_at(to)?))) else { return Mark::Unwatched };
    match () {
        () if pause.is_long() && pause.doubt.is_some() => Mark::Doubtful,
        () if share >= 1.5 => Mark::Expired,
        () if share >= 1.0 && pause.passed(2).is_some_and(|at| at >= from) => Mark::Limit,
        () if share >= 1.0 => Mark::Overdue,
        () if share >= 0.5 => Mark::Quiet,
        () => Mark::Fresh,
    }
}

/// What tells the most comes first. A silence that goes on gives way to all that happens: what passes a limit in a column is put
/// there by its own rank.
fn rank(mark: Mark) -> u8 {
    match mark {
        Mark::Ended | Mark::TakenOver | Mark::Broken => 1,
        Mark::Expired => 2,
        Mark::Found(Severity::Error) => 3,
        Mark::Limit => 4,
        Mark::Found(_) => 5,
        Mark::Hole(_) => 6,
        Mark::Opened => 7,
        Mark::Pingreq => 8,
        Mark::Client(_) => 9,
        Mark::Pingresp => 10,
        Mark::Doubtful | Mark::Overdue => 11,
        Mark::Server(_) | Mark::Older => 12,
        Mark::Quiet | Mark::Fresh | Mark::Unwatched => 13,
        Mark::Nothing => 14,
    }
}
