//! The statistics: what was counted, put into numbers that fit a screen. Made anew when enough was loaded meanwhile.

use std::time::Duration;

use super::{Data, List, Loading, column};
use crate::index::{ConnectionId, Rates, Volume};
use crate::mqtt::PacketType;

/// How many topics and clients are listed.
pub const TOP: usize = 10;

/// Batches after which numbers that take long are made anew.
const PATIENCE: u64 = 32;

/// Packets up to which making them does not take long.
const FEW: u32 = 200_000;

/// What topics, clients and QoS are measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// PUBLISH packets.
    #[default]
    Messages,
    /// Their bytes.
    Bytes,
}

impl Measure {
    /// The measure of a volume.
    pub const fn of(self, volume: &Volume) -> u64 {
        match self {
            Self::Messages => volume.messages,
            Self::Bytes => volume.bytes,
        }
    }

    /// `messages` or `bytes`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Bytes => "bytes",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Messages => Self::Bytes,
            Self::Bytes => Self::Messages,
        }
    }
}

/// What can be selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A topic.
    Topic(Box<[u8]>),
    /// A client, by one of its connections.
    Client(ConnectionId),
}

impl Target {
    /// A filter that only its connections pass.
    pub fn filter(&self, data: &Data) -> String {
        match self {
            Self::Topic(topic) => format!("topic={}", quoted(topic)),
            Self::Client(id) => match data.summary(*id) {
                Some(connection) => match column::named(connection) {
                    Some(name) => format!("client={}", quoted(name)),
                    None => format!("connection={}", connection.number),
                },
                None => String::new(),
            },
        }
    }
}

/// A value of a filter expression; in quotes where it would not be read as one.
fn quoted(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    if !text.is_empty() && !text.contains([' ', '\t', '(', ')', '"', '\\']) {
        return text.into_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Numbers that take a look at every topic or connection.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// The topics with the most.
    pub topics: Vec<(Box<[u8]>, Volume)>,
    /// The clients with the most, by one of their connections.
    pub clients: Vec<(ConnectionId, Volume)>,
    /// Holes in the byte streams of all connections.
    pub gaps: u64,
    /// Segments that repeated bytes.
    pub retransmissions: u64,
}

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Scroll positions: of the left column, or the only one, and of the right one.
    pub lists: [List; 2],
    /// What is selected.
    pub selected: Option<Target>,
    /// By what topics, clients and QoS are measured.
    pub measure: Measure,
    /// Sums, as of `made`.
    pub sums: Sums,
    made: Option<(u64, bool, Measure)>,
}

impl State {
    /// Brings the sums in line with what is loaded.
    pub fn refresh(&mut self, data: &Data) {
        let finished = data.loading != Loading::Begun;
        let wanted = (data.version, finished, self.measure);
        let fresh = self.made.is_some_and(|(version, ended, measure)| {
            let few = data.index.len() <= FEW;
            let age = data.version - version;
            (ended, measure) == (finished, self.measure) && (age == 0 || (!few && age < PATIENCE))
        });
        if fresh {
            return;
        }
        self.made = Some(wanted);
        let measure = |volume: &Volume| self.measure.of(volume);
        let topics = data.index.top_topics(TOP, measure).into_iter().map(|(topic, volume)| (topic.into(), volume)).collect();
        let clients = data.index.top_clients(TOP, measure);
        let (gaps, retransmissions) =
            data.index.connections().fold((data.index.gone().gaps, data.index.gone().retransmissions), |(gaps, repeats), (_, one)| {
                (gaps + one.summary.gaps, repeats + one.summary.retransmissions)
            });
        self.sums = Sums { topics, clients, gaps, retransmissions };
    }
}

/// Packets over time, in as many columns as fit a screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Packets of each column by type.
    pub columns: Vec<[u64; 16]>,
    /// How long each column is.
    pub widths: Vec<Duration>,
    /// How long all of them are together.
    pub span: Duration,
}

impl Series {
    /// At most `wanted` columns: each covers one or several buckets, or, where there are few of those, there are fewer columns.
    pub fn new(rates: &Rates, wanted: usize) -> Self {
        let buckets = rates.buckets();
        let columns = wanted.min(buckets.len());
        let mut series = Self::default();
        for column in 0..columns {
            let (from, to) = (column * buckets.len() / columns, (column + 1) * buckets.len() / columns);
            let part = buckets.get(from..to).unwrap_or_default();
            series.columns.push(part.iter().fold([0; 16], |sum, bucket| std::array::from_fn(|kind| sum[kind] + u64::from(bucket[kind]))));
            series.widths.push(rates.width() * u32::try_from(part.len()).unwrap_or(u32::MAX));
        }
        series.span = series.widths.iter().sum();
        series
    }

    /// Packets per second of each column: of one type, or of all.
    pub fn rates(&self, kind: Option<PacketType>) -> Vec<f64> {
        let count = |column: &[u64; 16]| match kind {
            Some(kind) => column.get(kind.index()).copied().unwrap_or_default(),
            None => column.iter().sum(),
        };
        self.columns.iter().zip(&self.widths).map(|(column, width)| count(column) as f64 / width.as_secs_f64()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    #[test]
    fn values_are_read_back_as_they_are() {
        for value in ["a/b", "a b", "a\"b\\c", "", "(x)", "größe/°C", "or"] {
            let text = format!("topic={}", quoted(value.as_bytes()));
            let filter = Filter::parse(&text).unwrap().unwrap();
            assert!(filter.holds(&mut |term| term.text(value.as_bytes())), "{text}");
            assert!(!filter.holds(&mut |term| term.text(b"another")), "{text}");
        }
    }
}
