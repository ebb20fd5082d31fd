//! The columns of the sessions: what each says of a connection, how it sorts, how wide it is, and how soon it gives way.

use std::cmp::Ordering;

use super::{Data, TimeFormat};
use crate::analysis::Connection;
use crate::finding::Severity;
use crate::index::ConnectionId;
use crate::mqtt::Version;
use crate::report::number;
use crate::report::session::longest_gap;
use crate::report::style::sign;
use crate::session::Ending;
use crate::show;
use crate::time::Timestamp;

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::EnumIter)]
pub enum Column {
    /// Number of the connection.
    Number,
    /// When its first frame came.
    Start,
    /// Client Identifier.
    Client,
    /// The client's end.
    Address,
    /// The server's end.
    Server,
    /// Version.
    Version,
    /// Keep Alive.
    KeepAlive,
    /// Longest silence, as a share of it.
    Gap,
    /// User Name.
    User,
    /// Control packets of client and server.
    Packets,
    /// Bytes of MQTT, both ways.
    Bytes,
    /// PUBLISH packets, both ways.
    Publishes,
    /// Findings by severity.
    Findings,
    /// How long it was seen.
    Duration,
    /// How it ended, and why.
    Ended,
}

/// Columns of this rank and below give way only where there is not even their least width.
pub const ESSENTIAL: u8 = 5;

/// How a column is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its heading.
    pub title: &'static str,
    /// Narrowest width at which it makes sense.
    pub least: u16,
    /// Width that it keeps before columns come in that are not essential.
    pub enough: u16,
    /// Width at which it shows most of what it has.
    pub most: u16,
    /// Columns of a higher rank give way first where there is no room; up to [`ESSENTIAL`], all become narrower before.
    pub rank: u8,
    /// Numbers stand to the right.
    pub right: bool,
    /// Not shown unless chosen.
    pub hidden: bool,
}

const fn left(title: &'static str, least: u16, most: u16, rank: u8) -> Shape {
    Shape { title, least, enough: least, most, rank, right: false, hidden: false }
}

const fn right(title: &'static str, width: u16, rank: u8) -> Shape {
    Shape { right: true, ..left(title, width, width, rank) }
}

impl Column {
    /// How it is laid out.
    pub const fn shape(self) -> Shape {
        match self {
            // Who chooses what is hidden at first wants to see it.
            Self::Number => Shape { hidden: true, ..right("conn", 7, 5) },
            Self::Start => left("start", 12, 12, 6),
            Self::Client => left("client id", 14, 24, 0),
            Self::Address => left("address", 21, 27, 9),
            Self::Server => Shape { hidden: true, ..left("server", 20, 27, 6) },
            Self::Version => left("ver", 5, 5, 7),
            Self::KeepAlive => right("keep alive", 10, 3),
            Self::Gap => right("gap", 6, 2),
            Self::User => left("user", 8, 16, 13),
            Self::Packets => right("packets ↑ / ↓", 13, 8),
            Self::Bytes => right("bytes", 8, 11),
            Self::Publishes => right("publishes", 9, 12),
            Self::Findings => left("findings", 9, 12, 1),
            Self::Duration => right("duration", 12, 10),
            // The longest common one has 40 columns.
            Self::Ended => Shape { enough: 30, ..left("ended", 16, 40, 4) },
        }
    }

    /// What it means, for the list of columns.
    pub const fn help(self) -> &'static str {
        match self {
            Self::Number => "number of the connection, as Wireshark's tcp.stream",
            Self::Start => "when its first frame came (w: how times are told)",
            Self::Client => "client id; in parentheses if the server gave it",
            Self::Address => "the client's address and port",
            Self::Server => "the server's address and port",
            Self::Version => "MQTT version",
            Self::KeepAlive => "Keep Alive in force",
            Self::Gap => "longest silence of the client, in Keep Alive periods",
            Self::User => "user name",
            Self::Packets => "control packets of the client / of the server",
            Self::Bytes => "bytes of MQTT, both ways",
            Self::Publishes => "PUBLISH packets, both ways",
            Self::Findings => "errors, warnings, notes",
            Self::Duration => "from the first to the last frame",
            Self::Ended => "how it ended, and why",
        }
    }

    /// What comes first when sorted by it: the worst, the most, the longest; else what is smallest.
    pub const fn is_descending_first(self) -> bool {
        matches!(self, Self::Gap | Self::Packets | Self::Bytes | Self::Publishes | Self::Findings | Self::Duration)
    }

    /// Ascending; what is equal stays in the order of the numbers.
    pub fn compare(self, a: &Connection, b: &Connection, now: Option<Timestamp>) -> Ordering {
        let sum = |counts: [u64; 2]| counts[0].saturating_add(counts[1]);
        match self {
            Self::Number => Ordering::Equal,
            Self::Start => a.first.time.cmp(&b.first.time),
            Self::Client => named(a).cmp(&named(b)),
            Self::Address => a.client.cmp(&b.client),
            Self::Server => a.server.cmp(&b.server),
            Self::Version => a.version.cmp(&b.version),
            Self::KeepAlive => a.keep_alive.cmp(&b.keep_alive),
            Self::Gap => gap(a, now).unwrap_or(-1.0).total_cmp(&gap(b, now).unwrap_or(-1.0)),
            Self::User => a.user_name.cmp(&b.user_name),
            Self::Packets => sum(a.packets).cmp(&sum(b.packets)),
            Self::Bytes => sum(a.bytes).cmp(&sum(b.bytes)),
            Self::Publishes => a.publishes.cmp(&b.publishes),
            Self::Findings => severities(a).cmp(&severities(b)),
            Self::Duration => a.duration().cmp(&b.duration()),
            Self::Ended => a.ending.name().cmp(b.ending.name()).then(a.ending.code().cmp(&b.ending.code())),
        }
    }

    /// What it says of a connection, in at most about `limit` characters; `above` is the row above.
    pub fn text(self, id: ConnectionId, above: Option<ConnectionId>, data: &Data, time: TimeFormat, limit: usize) -> String {
        let Some(connection) = data.summary(id) else { return String::new() };
        match self {
            Self::Number => connection.number.to_string(),
            Self::Start => {
                let above = above.and_then(|id| data.summary(id)).map(|above| above.first.time);
                time.tell(connection.first.time, above, data.start())
            }
            Self::Client => client(id, connection, data, limit),
            Self::Address => connection.client.to_string(),
            Self::Server => connection.server.to_string(),
            Self::Version => connection.version.map_or("?", Version::name).to_owned(),
            Self::KeepAlive => match connection.keep_alive {
                None => String::new(),
                Some(0) => "off".to_owned(),
                Some(seconds) => format!("{seconds} s"),
            },
            Self::Gap => gap(connection, data.index.now()).map_or_else(String::new, |ratio| format!("{ratio:.2}×")),
            Self::User => connection.user_name.as_deref().map_or_else(String::new, |name| show::short(name, limit)),
            Self::Packets => {
                let [up, down] = connection.packets.map(number::grouped);
                format!("{up} / {down}")
            }
            Self::Bytes => number::bytes(connection.bytes.iter().sum()),
            Self::Publishes => number::grouped(connection.publishes),
            Self::Findings => {
                let mut pending = [0; 3];
                data.index.pending_of(id).iter().for_each(|found| pending[found.finding.severity as usize] += 1);
                let (found, pending) = (marks(|severity| connection.count(severity)), marks(|severity| pending[severity as usize]));
                match (found.is_empty(), pending.is_empty()) {
                    (_, true) => found,
                    (true, false) => format!("({pending})"),
                    (false, false) => format!("{found} ({pending})"),
                }
            }
            Self::Duration => number::duration(connection.duration()),
            Self::Ended => connection.ending.describe(connection.version.unwrap_or(Version::V3_1_1)),
        }
    }
}

/// The longest silence of the client in keep-alive periods. Of a live source, where `now` is the present, the one that goes on
/// counts.
pub fn gap(connection: &Connection, now: Option<Timestamp>) -> Option<f64> {
    let longest = longest_gap(connection)?;
    let going = connection.silence.zip(now).map(|(silence, now)| (silence, now.since(silence.since.time)));
    let cut = connection.last_silence.filter(|_| now.is_some() && connection.ending == Ending::Open);
    let present = going.or(cut.map(|silence| (silence, silence.length))).filter(|(silence, _)| silence.doubt.is_none());
    Some(present.map_or(longest, |(silence, length)| longest.max(length.as_secs_f64() / silence.keep_alive.as_secs_f64())))
}

/// The identifier of CONNECT, or the one that the server gave.
pub fn named(connection: &Connection) -> Option<&[u8]> {
    let own = connection.client_id.as_deref().filter(|id| !id.is_empty());
    own.or(connection.assigned_client_id.as_deref())
}

fn client(id: ConnectionId, connection: &Connection, data: &Data, limit: usize) -> String {
    let own = connection.client_id.as_deref();
    match (own, named(connection)) {
        (Some([]), Some(assigned)) => format!("({})", show::short(assigned, limit.saturating_sub(2))),
        (Some([]), None) => "(empty)".to_owned(),
        (Some(text), _) => numbered(id, text, data, limit),
        (None, _) => "?".to_owned(),
    }
}

/// A client id in at most about `limit` characters; behind it, which connection of this client it is, from the second one on.
pub fn numbered(id: ConnectionId, client: &[u8], data: &Data, limit: usize) -> String {
    let ordinal = data.ordinal(id).filter(|ordinal| *ordinal > 1);
    let behind = ordinal.map_or_else(String::new, |ordinal| format!(" ({})", ordinal_word(ordinal)));
    show::short(client, limit.saturating_sub(behind.len())) + &behind
}

/// `2nd`.
fn ordinal_word(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn severities(connection: &Connection) -> [u64; 3] {
    [Severity::Error, Severity::Warning, Severity::Info].map(|severity| connection.count(severity))
}

/// `● 2 ▲ 40 · 1`.
fn marks(count: impl Fn(Severity) -> u64) -> String {
    let all = Severity::ALL.into_iter().rev().map(|severity| (sign(severity), count(severity)));
    all.filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign} {}", number::grouped(count))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals_are_english() {
        let words = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal_word);
        assert_eq!(words, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"]);
    }
}
