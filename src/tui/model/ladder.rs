//! The ladder: which packets and TCP events of the chosen connections are rows, and in which order.
//!
//! Rows are made once and grow with the capture; of a million packets in one connection, only what is seen is looked at again.

use super::{Data, List, Loading, Scope};
use crate::index::{Connection, ConnectionId, PacketId, TcpEvent};
use crate::time::Timestamp;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A connection begins; only where there are several.
    Opened(ConnectionId),
    /// A packet.
    Packet(PacketId),
    /// A TCP event, by its place among those of its connection.
    Event(ConnectionId, u32),
    /// A connection ended, or is still open.
    Ended(ConnectionId),
}

/// State of the pane.
#[derive(Clone, Debug)]
pub struct State {
    /// Selection and scroll position.
    pub list: List,
    /// The row that is selected, wherever it goes.
    pub at: Option<Row>,
    /// TCP events are rows.
    pub events: bool,
    /// All rows but the last ones of connections.
    rows: Vec<Row>,
    /// Last rows of connections, and where they stand among all.
    ends: Vec<(usize, ConnectionId)>,
    lanes: Vec<Lane>,
    made_from: Option<Made>,
}

/// How far a connection has been made into rows.
#[derive(Clone, Debug)]
struct Lane {
    connection: ConnectionId,
    is_begun: bool,
    packets: usize,
    /// Those of them that the filter hides.
    hidden: u64,
    events: usize,
    /// Latest time of its rows.
    time: Timestamp,
    /// How many rows there are up to its last one.
    end: usize,
}

impl Default for State {
    fn default() -> Self {
        Self { list: List::default(), at: None, events: true, rows: Vec::new(), ends: Vec::new(), lanes: Vec::new(), made_from: None }
    }
}

/// What rows were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    /// [`Scope::version`].
    scope: u64,
    /// [`Data::version`].
    loaded: u64,
    events: bool,
    /// The first packet that was left.
    first: PacketId,
}

impl State {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len() + self.ends.len()
    }

    /// Packets that the filter hides.
    pub fn hidden(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.hidden).sum()
    }

    /// A row.
    pub fn row(&self, at: usize) -> Option<Row> {
        let before = self.ends.partition_point(|(end, _)| *end < at);
        match self.ends.get(before) {
            Some((end, connection)) if *end == at => Some(Row::Ended(*connection)),
            _ => self.rows.get(at - before).copied(),
        }
    }

    /// Where a row is.
    pub fn position(&self, row: Row) -> Option<usize> {
        if let Row::Ended(connection) = row {
            return self.ends.iter().find(|(_, ended)| *ended == connection).map(|(at, _)| *at);
        }
        let at = self.rows.iter().position(|known| *known == row)?;
        let before = self.ends.iter().enumerate().take_while(|(before, (end, _))| end - before <= at).count();
        Some(at + before)
    }

    /// Which of those shown a connection is.
    pub fn place(&self, connection: ConnectionId) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.connection == connection)
    }

    /// The connections shown.
    pub fn connections(&self) -> impl ExactSizeIterator<Item = ConnectionId> {
        self.lanes.iter().map(|lane| lane.connection)
    }

    /// Brings the rows in line with what is loaded, chosen and filtered.
    pub fn refresh(&mut self, data: &Data, scope: &Scope, chosen: &[ConnectionId]) {
        let now = Made { scope: scope.version, loaded: data.version, events: self.events, first: data.index.first() };
        let goes_on = self.made_from.is_some_and(|made| Made { loaded: now.loaded, ..made } == now);
        let same = goes_on && self.connections().eq(chosen.iter().copied());
        if same && self.made_from == Some(now) {
            return;
        }
        self.made_from = Some(now);
        // What was found about a packet later may have changed what the filter says of it.
        if !same || (scope.filter.is_some() && data.loading != Loading::Begun) {
            self.rows.clear();
            self.lanes = chosen.iter().map(|connection| Lane::new(*connection)).collect();
        }
        self.extend(data, scope);
        self.conclude(data);
    }

    /// Adds what has come since.
    fn extend(&mut self, data: &Data, scope: &Scope) {
        let events = self.events;
        if let [lane] = self.lanes.as_mut_slice() {
            // Nothing to merge: rows need not be looked at.
            lane.take(data, scope, false, events, &mut |row| self.rows.push(row));
            lane.end = self.rows.len();
            return;
        }
        let mut new: Vec<(Timestamp, u32, Row)> = Vec::new();
        for (place, lane) in (0..).zip(&mut self.lanes) {
            // Rows of one connection stay in order even where the capture goes backwards.
            let mut latest = lane.time;
            lane.take(data, scope, true, events, &mut |row| {
                latest = row.time(data).map_or(latest, |time| time.max(latest));
                new.push((latest, place, row));
            });
            lane.time = latest;
        }
        new.sort_by_key(|(time, ..)| *time);
        for (_, place, row) in new {
            self.rows.push(row);
            if let Some(lane) = self.lanes.get_mut(place as usize) {
                lane.end = self.rows.len();
            }
        }
    }

    /// The end of a connection stands right behind its last row.
    fn conclude(&mut self, data: &Data) {
        let all = self.rows.len();
        let known = self.lanes.iter().filter_map(|lane| Some((lane, data.connection(lane.connection)?)));
        self.ends = known.map(|(lane, found)| (if found.is_open() { all } else { lane.end }, lane.connection)).collect();
        self.ends.sort_by_key(|(end, _)| *end);
        self.ends.iter_mut().enumerate().for_each(|(before, (end, _))| *end += before);
    }
}

impl Lane {
    fn new(connection: ConnectionId) -> Self {
        Self { connection, is_begun: false, packets: 0, hidden: 0, events: 0, time: Timestamp::from_nanos(i64::MIN), end: 0 }
    }

    /// Tells the rows that have come since, in their order.
    fn take(&mut self, data: &Data, scope: &Scope, several: bool, events: bool, tell: &mut impl FnMut(Row)) {
        let Some(connection) = data.connection(self.connection) else { return };
        if several && !self.is_begun {
            tell(Row::Opened(self.connection));
        }
        self.is_begun = true;
        (self.packets, self.events) = (self.packets.max(connection.packets.gone()), self.events.max(connection.events.gone()));
        loop {
            let event = connection.events.at(self.events).filter(|event| event.before as usize <= self.packets);
            if event.is_some() {
                if events {
                    tell(Row::Event(self.connection, self.events as u32));
                }
                self.events += 1;
            } else if let Some(packet) = connection.packets.at(self.packets) {
                if scope.fits_packet(data, *packet) {
                    tell(Row::Packet(*packet));
                } else {
                    self.hidden += 1;
                }
                self.packets += 1;
            } else {
                return;
            }
        }
    }
}

impl Row {
    /// Its connection.
    pub fn connection(self, data: &Data) -> Option<ConnectionId> {
        match self {
            Self::Opened(connection) | Self::Event(connection, _) | Self::Ended(connection) => Some(connection),
            Self::Packet(packet) => data.index.get(packet).map(crate::index::Entry::connection),
        }
    }

    /// Its packet.
    pub fn packet(self) -> Option<PacketId> {
        if let Self::Packet(packet) = self { Some(packet) } else { None }
    }

    /// Its TCP event.
    pub fn event(self, data: &Data) -> Option<&TcpEvent> {
        let Self::Event(connection, place) = self else { return None };
        data.connection(connection)?.events.at(place as usize)
    }

    /// When it was.
    pub fn time(self, data: &Data) -> Option<Timestamp> {
        match self {
            Self::Packet(packet) => data.index.get(packet).map(crate::index::Entry::time),
            Self::Event(..) => self.event(data).map(|event| event.time),
            Self::Opened(connection) => data.summary(connection).map(|found| found.first.time),
            Self::Ended(connection) => data.connection(connection).map(end),
        }
    }

    /// Findings about it: about its packet, or, where a connection ends, about none.
    pub fn findings(self, data: &Data) -> Vec<&crate::finding::Finding> {
        match self {
            Self::Packet(packet) => data.index.findings_of(packet).map(|found| &found.finding).collect(),
            Self::Ended(connection) => {
                let places = data.connection(connection).map_or(&[][..], |connection| &connection.findings);
                let all = places.iter().filter_map(|place| data.index.findings().get(*place as usize));
                all.filter(|found| found.packet.is_none()).map(|found| &found.finding).collect()
            }
            Self::Opened(_) | Self::Event(..) => Vec::new(),
        }
    }

    /// Whether there are any.
    pub fn is_judged(self, data: &Data) -> bool {
        match self {
            Self::Packet(packet) => data.index.get(packet).is_some_and(|entry| entry.severity().is_some()),
            _ => !self.findings(data).is_empty(),
        }
    }
}

/// When a connection was closed, or seen last.
fn end(connection: &Connection) -> Timestamp {
    let summary = &connection.summary;
    summary.closed.map_or(summary.last, |(_, stamp)| stamp.time.max(summary.last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(rows: u32, ends: &[(usize, ConnectionId)]) -> State {
        State { rows: (0..rows).map(Row::Packet).collect(), ends: ends.to_vec(), ..State::default() }
    }

    #[test]
    fn ends_stand_among_the_rows() {
        // Two connections end behind the second row, one at the very end.
        let state = state(3, &[(2, 7), (3, 8), (5, 9)]);
        let all: Vec<Row> = (0..state.len()).filter_map(|at| state.row(at)).collect();
        let packet = Row::Packet;
        assert_eq!(all, [packet(0), packet(1), Row::Ended(7), Row::Ended(8), packet(2), Row::Ended(9)]);
        assert_eq!(state.row(6), None);
        for (at, row) in all.into_iter().enumerate() {
            assert_eq!(state.position(row), Some(at));
        }
    }
}
