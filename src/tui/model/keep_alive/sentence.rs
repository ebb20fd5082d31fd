//! What the keep alive of one connection came to, in one sentence.

use std::time::Duration;

use crate::analysis;
use crate::flow::Role;
use crate::index::{Connection, Index, Lane, Pause, PauseEnd, TcpEventKind, typical};
use crate::mqtt::Version;
use crate::report::number;
use crate::rule::Policy;
use crate::session::Ending;

/// Reason Code "Keep Alive timeout".
const KEEP_ALIVE_TIMEOUT: u8 = 0x8d;

/// The sentence.
pub fn sentence(index: &Index, connection: &Connection, lane: &Lane, policy: &Policy) -> String {
    let summary = &connection.summary;
    let mut parts = vec![start(summary, lane, policy)];
    let judged = lane.is_watched();
    if judged {
        let long: Vec<Pause> = lane.long(index, connection).collect();
        parts.extend(lateness(summary, lane, &long, policy));
        let doubted = long.iter().filter_map(|pause| pause.doubt).collect::<Vec<_>>();
        if let Some(doubt) = doubted.first() {
            parts.push(format!("{} unsure: {doubt}", number::counted(doubted.len() as u64, "long pause")));
        }
        parts.extend(let_pass(&long, policy));
    }
    let (unanswered, [_, server]) = (lane.unanswered() as u64, summary.packets);
    if unanswered > 0 && server > 0 {
        let gap = connection.events.iter().any(|event| event.kind == TcpEventKind::Gap && event.from == Role::Server);
        let gap = if gap { " (bytes of the server are missing in the capture)" } else { "" };
        parts.push(format!("{} unanswered{gap}", number::counted(unanswered, "ping")));
    }
    parts.push(match lane.last() {
        Some(last) if summary.last_silence.is_none() && summary.ending == Ending::Open && index.now().is_some() => present(&last, policy),
        _ => end(summary, lane, policy),
    });
    let text = parts.join("; ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// The Keep Alive in words: `a keep alive of 60 s`.
fn keep_alive(summary: &analysis::Connection) -> String {
    let seconds = summary.keep_alive.unwrap_or_default();
    match summary.asked_keep_alive {
        Some(0) => format!("a keep alive of {seconds} s, set by the server (the client asked for none)"),
        Some(asked) if asked != seconds => format!("a keep alive of {seconds} s, set by the server (the client asked for {asked} s)"),
        _ => format!("a keep alive of {seconds} s"),
    }
}

/// How the client keeps the connection alive.
fn start(summary: &analysis::Connection, lane: &Lane, policy: &Policy) -> String {
    let pings = pings(summary, lane, policy);
    match (summary.keep_alive, pings) {
        (None, pings) => {
            let pings = pings.unwrap_or_else(|| "no pings".to_owned());
            format!("keep alive not known: the CONNECT is not in the capture; {pings}")
        }
        (Some(0), pings) => {
            let by = if summary.asked_keep_alive.is_some_and(|asked| asked > 0) { " by the server" } else { "" };
            let pings = pings.unwrap_or_else(|| "no pings".to_owned());
            format!("keep alive turned off{by} (0): no silence is too long; {pings}")
        }
        (Some(seconds), _) if !lane.is_watched() => match summary.ending {
            Ending::Refused(_) => format!("a keep alive of {seconds} s was asked for"),
            _ if lane.is_accepted() => {
                format!("a keep alive of {seconds} s was asked for, but CONNACK stands before CONNECT: silences are not judged")
            }
            _ => format!("a keep alive of {seconds} s was asked for, but no CONNACK is in the capture: silences are not judged"),
        },
        (Some(_), Some(pings)) => format!("{pings} on {}", keep_alive(summary)),
        (Some(_), None) if lane.sent() > 2 => {
            format!("no pings, only other packets, on {}", keep_alive(summary))
        }
        (Some(_), None) => format!("no pings, on {}", keep_alive(summary)),
    }
}

/// `pings every 60.0 s ± 0.1 s`; late ones are told apart.
fn pings(summary: &analysis::Connection, lane: &Lane, policy: &Policy) -> Option<String> {
    let (intervals, rests) = (lane.intervals(), lane.rests());
    let keep_alive = summary.keep_alive.filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(seconds.into()));
    let limit = keep_alive.map_or(Duration::MAX, |limit| limit + policy.keep_alive_grace.on(limit));
    let told = |times: &[Duration]| {
        let kept: Vec<Duration> = times.iter().copied().filter(|time| *time <= limit).collect();
        let times = if kept.is_empty() { times } else { &kept };
        let (median, spread) = typical(times)?;
        let (least, most) = (times.iter().min()?, times.iter().max()?);
        Some(match times.len() {
            // Few say nothing of how they are distributed.
            1..5 if most.abs_diff(*least) < Duration::from_millis(100) => seconds(median),
            1..5 => format!("{:.1} to {}", least.as_secs_f64(), seconds(*most)),
            _ => format!("{} ± {}", seconds(median), seconds(spread)),
        })
    };
    match lane.pings() {
        0 => None,
        2 if intervals.len() == 1 => Some(format!("two pings, {} apart", told(intervals)?)),
        _ if intervals.len() >= rests.len() && !intervals.is_empty() => Some(format!("pings every {}", told(intervals)?)),
        pings if keep_alive.is_some_and(|limit| typical(rests).is_some_and(|(median, _)| median < limit / 2)) => {
            Some(format!("{} between other packets", number::counted(pings as u64, "ping")))
        }
        1 if !rests.is_empty() => Some(format!("one ping, {} after the packet before it", told(rests)?)),
        1 => Some("one ping".into()),
        _ if !rests.is_empty() => Some(format!("pings {} after the packet before", told(rests)?)),
        pings => Some(number::counted(pings as u64, "ping")),
    }
}

/// How many pauses were late, and the worst.
fn lateness(summary: &analysis::Connection, lane: &Lane, long: &[Pause], policy: &Policy) -> Option<String> {
    let late: Vec<&Pause> = long.iter().filter(|pause| pause.is_late(policy.keep_alive_grace)).collect();
    let worst = late.iter().filter_map(|pause| pause.share()).fold(0.0, f64::max);
    let sure = long.iter().filter(|pause| pause.doubt.is_none());
    let graced = sure.filter_map(Pause::share).fold(0.0, f64::max);
    let within = long.iter().filter(|pause| pause.doubt.is_none()).count() - late.len();
    let within =
        if within > 0 { format!(", {} more than 1× but within the grace", number::grouped(within as u64)) } else { String::new() };
    match late.len() {
        0 if graced > 0.0 => Some(format!("never late (longest pause {graced:.2}×, within the grace)")),
        0 if lane.bands().iter().sum::<u64>() == 0 || !long.is_empty() => None,
        0 => Some(format!(
            "never late (longest pause {:.2}×)",
            lane.longest().as_secs_f64() / f64::from(summary.keep_alive.unwrap_or(1).max(1))
        )),
        1 => Some(format!("1 late, {worst:.2}×{within}")),
        count => Some(format!("{} late, worst {worst:.2}×{within}", number::grouped(count as u64))),
    }
}

/// Silences that the server ought to have ended, and did not.
fn let_pass(long: &[Pause], policy: &Policy) -> Option<String> {
    let passed = long
        .iter()
        .filter(|pause| pause.end != PauseEnd::Open && pause.end != PauseEnd::Closed(Role::Server) && is_too_late(pause, policy));
    let worst = passed.filter_map(Pause::share).fold(0.0, f64::max);
    (worst > 0.0).then(|| format!("the server did not close at 1.5×, as it must, but let {worst:.2}× pass"))
}

/// The server had to close before.
fn is_too_late(pause: &Pause, policy: &Policy) -> bool {
    let limit = |keep_alive: Duration| keep_alive * 3 / 2 + policy.keep_alive_grace.on(keep_alive) + policy.close_timeout;
    pause.doubt.is_none() && pause.keep_alive.is_some_and(|keep_alive| pause.length() > limit(keep_alive))
}

/// What the silence that goes on has come to.
fn present(last: &Pause, policy: &Policy) -> String {
    match last.share() {
        Some(share) if last.doubt.is_none() && is_too_late(last, policy) => {
            format!("silent for {share:.2}× now, and the server has not closed, as it must at 1.5×")
        }
        Some(share) if last.doubt.is_none() && share >= 1.0 => format!("silent for {share:.2}× now"),
        _ => "open".into(),
    }
}

/// How it ended.
fn end(summary: &analysis::Connection, lane: &Lane, policy: &Policy) -> String {
    let last = lane.last();
    let share = last.and_then(|last| last.share());
    let by_server = last.is_some_and(|last| last.end == PauseEnd::Closed(Role::Server));
    let at = share.map_or_else(String::new, |share| format!(" at {share:.2}×"));
    let describe = || summary.ending.describe(summary.version.unwrap_or(Version::V3_1_1));
    match (summary.ending, last, share) {
        (Ending::KeepAliveExpired | Ending::ServerDisconnect(KEEP_ALIVE_TIMEOUT), Some(last), Some(share)) if by_server => match () {
            () if last.doubt.is_some() => format!("the server closed for the keep alive{at}, if nothing is missing in the capture"),
            () if is_too_late(&last, policy) => format!("the server closed{at}, too late: it must at 1.5×"),
            () if share >= 1.5 => format!("the server closed{at}, as it must"),
            () if is_early(&last, policy) => format!("the server closed for the keep alive{at}, too early: not before 1.5×"),
            () => format!("the server closed{at}, just before 1.5×"),
        },
        (Ending::ServerDisconnect(KEEP_ALIVE_TIMEOUT), ..) if summary.keep_alive == Some(0) => {
            "the server closed for a keep alive that is off".into()
        }
        (Ending::Open, Some(last), Some(share)) => match () {
            () if last.doubt.is_some() => "open when the capture ended".into(),
            () if is_too_late(&last, policy) => {
                format!("silent for {share:.2}× when the capture ended, and the server has not closed, as it must at 1.5×")
            }
            () if share >= 1.0 => format!("silent for {share:.2}× when the capture ended"),
            () => "open when the capture ended".into(),
        },
        (Ending::Open, ..) => "open when the capture ended".into(),
        (Ending::ServerClosed, Some(last), Some(_)) if last.doubt.is_none() && by_server => match is_too_late(&last, policy) {
            true => format!("the server closed{at}, too late: it must at 1.5×"),
            false => format!("the server closed{at}, not for the keep alive"),
        },
        (_, _, Some(_)) => format!("{}{at}", describe()),
        _ => describe(),
    }
}

/// The server closed for the keep alive before it may.
fn is_early(pause: &Pause, policy: &Policy) -> bool {
    let least = |keep_alive: Duration| (keep_alive * 3 / 2).saturating_sub(policy.keep_alive_grace.on(keep_alive));
    pause.keep_alive.is_some_and(|keep_alive| pause.length() < least(keep_alive))
}

/// `60.0 s`, `12 ms`.
fn seconds(time: Duration) -> String {
    if time >= Duration::from_secs(1) { format!("{:.1} s", time.as_secs_f64()) } else { number::duration(time) }
}
