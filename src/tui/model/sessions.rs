//! The sessions: which connections are listed, in which order, with which columns.

use std::cmp::Ordering;

use strum::IntoEnumIterator;

use super::column::Column;
use super::data::ConnectionId;
use super::{Data, List, Scope};

/// State of the pane.
#[derive(Clone, Debug)]
pub struct State {
    /// Selection and scroll position in `rows`.
    pub list: List,
    /// The connections that are listed, sorted.
    pub rows: Vec<ConnectionId>,
    /// How many of the connections were looked at.
    seen: ConnectionId,
    /// [`Scope::version`] when they were.
    scope: u64,
    /// What they are sorted by.
    pub sort: Column,
    /// The largest first.
    pub descending: bool,
    /// The columns that are shown, where there is room.
    pub columns: Vec<Column>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            list: List::default(),
            rows: Vec::new(),
            seen: 0,
            scope: 0,
            sort: Column::Start,
            descending: false,
            columns: Column::iter().filter(|column| !column.shape().hidden).collect(),
        }
    }
}

impl State {
    /// The selected connection.
    pub fn selected(&self) -> Option<ConnectionId> {
        self.rows.get(self.list.selected).copied()
    }

    /// Adds what came since, or chooses all rows anew if the scope has changed.
    pub fn refresh(&mut self, data: &Data, scope: &Scope) {
        if self.scope != scope.version {
            self.scope = scope.version;
            self.rows.clear();
            self.seen = 0;
        } else if self.seen as usize == data.connections.len() {
            return;
        }
        let all = ConnectionId::try_from(data.connections.len()).unwrap_or(ConnectionId::MAX);
        self.rows.extend((self.seen..all).filter(|connection| scope.fits(data, *connection)));
        self.seen = all;
        self.order(data);
    }

    /// Sorts the rows.
    pub fn order(&mut self, data: &Data) {
        let (sort, descending) = (self.sort, self.descending);
        // Stable, and fast on what is sorted but for its end.
        self.rows.sort_by(|a, b| {
            let (Some(a), Some(b)) = (data.connection(*a), data.connection(*b)) else { return Ordering::Equal };
            let order = sort.compare(a, b);
            (if descending { order.reverse() } else { order }).then(a.number.cmp(&b.number))
        });
    }

    /// Selects a connection, if it is listed.
    pub fn select(&mut self, connection: ConnectionId) {
        if let Some(at) = self.rows.iter().position(|row| *row == connection) {
            self.list.selected = at;
        }
    }

    /// Shows a column, or not. One has to stay.
    pub fn toggle(&mut self, column: Column) {
        if let Some(at) = self.columns.iter().position(|shown| *shown == column) {
            if self.columns.len() > 1 {
                self.columns.remove(at);
            }
        } else {
            self.columns.push(column);
            self.columns.sort_by_key(|column| Column::iter().position(|known| known == *column));
        }
    }
}
