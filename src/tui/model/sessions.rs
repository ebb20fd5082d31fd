//! The sessions: which connections are listed, in which order, with which columns.

use std::cmp::Ordering;

use strum::IntoEnumIterator;

use super::column::Column;
use super::{Data, List, Loading, Scope};
use crate::index::ConnectionId;

/// Batches after which a filter is asked again about connections that it was asked about.
const PATIENCE: u64 = 32;

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
    /// [`Data::version`] when they were.
    loaded: u64,
    /// Connections that were gone by then.
    gone: u64,
    /// [`Data::version`] when all of them were chosen anew.
    chosen: u64,
    /// Somebody has chosen a row, rather than to follow the newest.
    pub picked: bool,
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
            loaded: 0,
            gone: 0,
            chosen: 0,
            picked: false,
            sort: Column::Start,
            descending: false,
            columns: Column::iter().filter(|column| !column.shape().hidden).collect(),
        }
    }
}

impl State {
    /// The newest connections come last.
    pub fn is_chronological(&self) -> bool {
        matches!(self.sort, Column::Start | Column::Number) && !self.descending
    }

    /// The selected connection.
    pub fn selected(&self) -> Option<ConnectionId> {
        self.rows.get(self.list.selected).copied()
    }

    /// Brings the rows in line with what is loaded and with the scope.
    pub fn refresh(&mut self, data: &Data, scope: &Scope) {
        if self.scope == scope.version && self.loaded == data.version {
            return;
        }
        // What a connection did since may have changed what the filter says of it.
        let late = scope.filter.is_some() && (data.version - self.chosen >= PATIENCE || data.loading != Loading::Begun);
        if self.scope != scope.version || late {
            self.rows.clear();
            self.seen = 0;
            self.chosen = data.version;
        }
        (self.scope, self.loaded) = (scope.version, data.version);
        let all = data.index.connection_count();
        if self.gone != data.index.gone().connections {
            self.gone = data.index.gone().connections;
            self.rows.retain(|row| data.connection(*row).is_some());
        }
        self.rows.extend((self.seen..all).filter(|row| data.connection(*row).is_some() && scope.fits(data, *row)));
        self.seen = all;
        self.order(data);
    }

    /// Sorts the rows.
    pub fn order(&mut self, data: &Data) {
        let (sort, descending) = (self.sort, self.descending);
        // Stable, and fast on what is sorted but for its end.
        self.rows.sort_by(|a, b| {
            let (Some(a), Some(b)) = (data.summary(*a), data.summary(*b)) else { return Ordering::Equal };
            let order = sort.compare(a, b, data.index.now());
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
