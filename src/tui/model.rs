//! All that the screen depends on, and nothing else: a model is the same on every machine and at every time.

pub mod column;
pub mod data;
pub mod findings;
pub mod keep_alive;
pub mod ladder;
mod list;
pub mod packet;
pub mod prompt;
pub mod sessions;
pub mod statistics;

use std::collections::BTreeSet;

pub use data::{Data, Loading};
pub use list::{List, Motion};
pub use prompt::Prompt;

use super::filter;
use super::message::What;
use super::theme::Theme;
use crate::filter::Filter;
use crate::index::load::Message as Loaded;
use crate::index::{ConnectionId, Found, PacketId};
use crate::report::number;
use crate::time::Timestamp;

/// What the body of the screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumIter)]
pub enum Pane {
    /// One row per MQTT connection.
    #[default]
    Sessions,
    /// Who sent what to whom.
    Ladder,
    /// One packet, field by field.
    Packet,
    /// Silences of clients.
    KeepAlive,
    /// What broke the specification.
    Findings,
    /// Rates and shares.
    Statistics,
}

impl Pane {
    /// The name on its tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Ladder => "Ladder",
            Self::Packet => "Packet",
            Self::KeepAlive => "Keep alive",
            Self::Findings => "Findings",
            Self::Statistics => "Statistics",
        }
    }
}

/// How times are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// Time of day, UTC.
    #[default]
    Absolute,
    /// Since the first frame of the capture.
    Relative,
    /// Since the row above.
    Delta,
}

impl TimeFormat {
    /// The one that comes after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Absolute => Self::Relative,
            Self::Relative => Self::Delta,
            Self::Delta => Self::Absolute,
        }
    }

    /// A time of a row, where the row above has another, in a capture that starts at `start`.
    pub fn tell(self, at: Timestamp, above: Option<Timestamp>, start: Option<Timestamp>) -> String {
        let since = |reference: Option<Timestamp>| {
            let Some(reference) = reference else { return String::new() };
            let (sign, time) = if at < reference { ('-', reference.since(at)) } else { ('+', at.since(reference)) };
            format!("{sign}{}", number::elapsed(time))
        };
        match self {
            Self::Absolute => at.to_string().chars().skip("2026-11-20T".len()).take("12:00:00.123".len()).collect(),
            Self::Relative => since(start),
            Self::Delta => since(above),
        }
    }
}

/// What lies over the body and takes the keys.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// What the keys do in the pane below.
    Help(List),
    /// Text to read.
    Text {
        /// What it is.
        title: String,
        /// Fit for a terminal; lines that are too long for it are broken.
        text: String,
        /// Where one is in it.
        list: List,
    },
    /// Which columns the sessions have.
    Columns(List),
    /// What to save.
    Save(List),
}

impl Overlay {
    /// Where one is in it.
    pub fn list(&mut self) -> &mut List {
        match self {
            Self::Help(list) | Self::Columns(list) | Self::Save(list) | Self::Text { list, .. } => list,
        }
    }
}

/// Something to tell in the status line until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub text: String,
    /// It is about something that went wrong.
    pub is_trouble: bool,
}

/// The connection and the packet that all panes are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// The connection; `None` until one was selected.
    pub connection: Option<ConnectionId>,
    /// The packet.
    pub packet: Option<PacketId>,
}

/// Which connections are shown.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Only what fits this expression.
    pub filter: Option<Filter>,
    /// Only connections of this client id.
    pub linked: Option<Box<[u8]>>,
    /// Another number whenever the scope changes: rows that were chosen by it are to be chosen anew.
    pub version: u64,
}

impl Scope {
    /// Whether a connection is shown.
    pub fn fits(&self, data: &Data, connection: ConnectionId) -> bool {
        self.linked.as_deref().is_none_or(|id| data.summary(connection).and_then(column::named) == Some(id))
            && self.filter.as_ref().is_none_or(|filter| filter::fits(filter, data, connection))
    }

    /// Whether a packet is shown.
    #[allow(dead_code, reason = "for the panes that list packets")]
    pub fn fits_packet(&self, data: &Data, packet: PacketId) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter::fits_packet(filter, data, packet))
    }

    /// Whether a finding is shown.
    pub fn fits_finding(&self, data: &Data, found: &Found) -> bool {
        let linked = |id: &[u8]| data.summary(found.connection).and_then(column::named) == Some(id);
        self.linked.as_deref().is_none_or(linked) && self.filter.as_ref().is_none_or(|filter| filter::fits_finding(filter, data, found))
    }

    /// Sets another filter.
    pub fn filter(&mut self, filter: Option<Filter>) {
        self.filter = filter;
        self.version += 1;
    }

    /// Sets another client id.
    pub fn link(&mut self, linked: Option<Box<[u8]>>) {
        self.linked = linked;
        self.version += 1;
    }
}

/// The state of the program.
#[derive(Debug)]
pub struct Model {
    /// What was loaded.
    pub data: Data,
    /// The manual of a rule, by its name.
    pub explain: fn(&str) -> Option<String>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// How things look.
    pub theme: Theme,
    /// The pane that is open.
    pub pane: Pane,
    /// The panes that `Back` leads to, the nearest last.
    pub trail: Vec<Pane>,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// The line that is being typed.
    pub prompt: Option<Prompt>,
    /// What to tell.
    pub note: Option<Note>,
    /// What all panes are about.
    pub focus: Focus,
    /// The marked connections.
    pub marked: BTreeSet<ConnectionId>,
    /// Which connections are shown.
    pub scope: Scope,
    /// What was looked for last.
    pub search: String,
    /// How times are told.
    pub time: TimeFormat,
    /// The screen is held.
    pub paused: bool,
    /// What was loaded meanwhile.
    pub held: Vec<Loaded>,
    /// How much that is, in things that take room.
    pub load: usize,
    /// The selection stays at the end.
    pub follow: bool,
    /// Pane 1.
    pub sessions: sessions::State,
    /// Pane 2.
    pub ladder: ladder::State,
    /// Pane 3.
    pub packet: packet::State,
    /// Pane 4.
    pub keep_alive: keep_alive::State,
    /// Pane 5.
    pub findings: findings::State,
    /// Pane 6.
    pub statistics: statistics::State,
}

impl Model {
    /// Nothing loaded yet, from the inputs of these names.
    pub fn new(inputs: Vec<String>, theme: Theme, explain: fn(&str) -> Option<String>) -> Self {
        Self {
            data: Data::new(inputs),
            explain,
            size: (80, 24),
            theme,
            pane: Pane::default(),
            trail: Vec::new(),
            overlay: None,
            prompt: None,
            note: None,
            focus: Focus::default(),
            marked: BTreeSet::new(),
            scope: Scope::default(),
            search: String::new(),
            time: TimeFormat::default(),
            paused: false,
            held: Vec::new(),
            load: 0,
            follow: false,
            sessions: sessions::State::default(),
            ladder: ladder::State::default(),
            packet: packet::State::default(),
            keep_alive: keep_alive::State::default(),
            findings: findings::State::default(),
            statistics: statistics::State::default(),
        }
    }

    /// The same for a live source: what is new is on the screen.
    #[must_use]
    pub fn of_live(mut self) -> Self {
        (self.data.live, self.follow) = (true, true);
        self
    }

    /// Tells something in the status line.
    pub fn tell(&mut self, text: impl Into<String>) {
        self.note = Some(Note { text: text.into(), is_trouble: false });
    }

    /// Tells of trouble in the status line.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.note = Some(Note { text: text.into(), is_trouble: true });
    }

    /// The connection that all panes are about: the selected one.
    pub fn selected(&self) -> Option<ConnectionId> {
        self.focus.connection.or_else(|| self.sessions.selected())
    }

    /// The connections that panes are to show: the marked ones, or else the selected one.
    pub fn chosen(&self) -> Vec<ConnectionId> {
        if self.marked.is_empty() { self.selected().into_iter().collect() } else { self.marked.iter().copied().collect() }
    }

    /// Opens a pane; `Back` leads back to the one that is open.
    pub fn open(&mut self, pane: Pane) {
        if pane != self.pane {
            self.trail.push(self.pane);
            self.pane = pane;
        }
    }

    /// What can be saved now, and what it is called in the menu.
    pub fn savable(&self) -> &'static [(What, &'static str, &'static str)] {
        const ALL: &[(What, &str, &str)] = &[
            (What::Connections, "the marked connections, or the selected one, as pcapng", "connections.pcapng"),
            (What::Ladder, "the ladder of these connections, all of it, as text", "ladder.txt"),
            (What::Screen, "this screen as text", "screen.txt"),
            (What::Findings, "all findings as NDJSON", "findings.ndjson"),
            (What::Bundle, "the window as a bundle: capture.pcapng, findings.json, report.txt", "window"),
        ];
        let without = ALL.len() - usize::from(!self.data.live);
        ALL.get(..without).unwrap_or(ALL)
    }
}
