//! State of the keep-alive pane: which stretch of time is on the screen, where the cursor is, and the timelines of the
//! connections that can be seen.

pub mod marks;
pub mod sentence;
pub mod window;

use std::collections::HashMap;

use super::{ConnectionId, Data, List};
use crate::index::{Connection, Lane};
use crate::rule::Policy;
use crate::time::Timestamp;
use marks::Lanes;
use window::Window;

/// Timelines that are kept, beyond those on the screen.
const KEPT: usize = 256;

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Selection and scroll position.
    pub list: List,
    /// The marked connections that are shown; `None`: all of the sessions.
    pub marked: Option<Vec<ConnectionId>>,
    /// What is on the screen.
    pub window: Window,
    /// The screen shows all of the capture, however long it grows.
    pub whole: bool,
    /// The time that is looked at; `None` until it was set.
    pub cursor: Option<Timestamp>,
    /// The latest time that is known.
    pub now: Timestamp,
    /// What is allowed on top of a Keep Alive.
    pub policy: Policy,
    /// Timelines, as far as they were needed.
    pub lanes: HashMap<ConnectionId, Lane>,
}

impl State {
    /// A timeline that was made.
    pub fn lane(&self, id: ConnectionId) -> Option<&Lane> {
        self.lanes.get(&id)
    }

    /// Brings the timeline of a connection up to date.
    pub fn refresh(&mut self, data: &Data, id: ConnectionId) -> Option<&Lane> {
        let lane = self.lanes.entry(id).or_default();
        lane.refresh(&data.index, id, self.now);
        Some(lane)
    }

    /// Forgets timelines that are not on the screen, if there are many.
    pub fn forget(&mut self, shown: &[ConnectionId]) {
        if self.lanes.len() > KEPT + shown.len() {
            self.lanes.retain(|id, _| shown.contains(id));
        }
    }

    /// What marks are made from.
    pub fn lanes<'m>(&self, data: &'m Data) -> Lanes<'m> {
        Lanes { index: &data.index, window: self.window, now: self.now, grace: self.policy.keep_alive_grace }
    }

    /// All of the capture, in so many columns; of a live one, what can be read again.
    pub fn all(&self, data: &Data, width: u16) -> Window {
        let window = if data.live { data.index.window_begin() } else { None };
        let begin = window.or_else(|| data.summary(0).map(|found| found.first.time));
        Window::between(begin.map_or(self.now, |begin| begin.min(self.now)), self.now, width)
    }

    /// The whole of one connection.
    pub fn extent(&self, connection: &Connection, width: u16) -> Window {
        let (begin, end) = marks::extent(connection, self.now);
        Window::between(begin, end.unwrap_or(self.now), width)
    }

    /// The time that is looked at.
    pub fn cursor(&self) -> Timestamp {
        self.cursor.unwrap_or_else(|| self.window.begin(self.window.width.saturating_sub(1)))
    }
}
