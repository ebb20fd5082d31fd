//! The findings: in groups by rule, by client or by side, the worst first, each group open or closed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Data, List, Scope, column};
use crate::analysis::Connection;
use crate::finding::{Blame, Severity};
use crate::flow::Endpoint;
use crate::index::{ConnectionId, Found, PacketId};
use crate::report::sides::Who;
use crate::rule::{Binds, Rule};
use crate::rules;
use crate::show;

/// Longest client id in the name of a group.
const NAME: usize = 60;

/// What findings have in common in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumIter)]
pub enum By {
    /// The rule that was broken.
    #[default]
    Rule,
    /// The client of the connection, whoever is to blame.
    Client,
    /// Who is to blame: the clients, or one of the servers.
    Side,
}

impl By {
    /// The word in the heading.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule => "by rule",
            Self::Client => "by client",
            Self::Side => "by side",
        }
    }

    /// The one that comes after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Rule => Self::Client,
            Self::Client => Self::Side,
            Self::Side => Self::Rule,
        }
    }
}

/// By what a group is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A rule.
    Rule(&'static str),
    /// A client.
    Client(Who),
    /// All clients are to blame.
    Clients,
    /// A server is to blame.
    Server(Endpoint),
    /// The network is to blame.
    Network,
    /// On connections that are not known one by one.
    Elsewhere,
    /// Findings if the silences that go on ended now.
    Pending,
}

impl Key {
    /// The name of the group, fit for a terminal.
    pub fn name(&self) -> String {
        match self {
            Self::Rule(rule) => (*rule).to_owned(),
            Self::Client(Who::Client(id)) => show::short(id, NAME),
            Self::Client(Who::ClientAt(end) | Who::Server(end)) => end.to_string(),
            Self::Clients => "clients".to_owned(),
            Self::Server(end) => format!("server {end}"),
            Self::Network => "network".to_owned(),
            Self::Elsewhere => "further connections".to_owned(),
            Self::Pending => "pending while silence goes on".to_owned(),
        }
    }
}

/// What stands in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// A finding, by its place in the index.
    Finding(u32),
    /// What would be one if the silence of the client ended now, by its place among those of its connection.
    Pending(ConnectionId, u32),
    /// Further findings of a rule on a connection, which were only counted.
    Counted {
        /// The rule.
        rule: &'static str,
        /// The connection; `None`: several, which are not known one by one.
        connection: Option<ConnectionId>,
        /// How many.
        more: u64,
        /// How bad.
        severity: Severity,
    },
}

/// Findings that have something in common.
#[derive(Clone, Debug)]
pub struct Group {
    /// What.
    pub key: Key,
    /// How many of each severity (info, warning, error), counted ones too.
    pub counts: [u64; 3],
    /// The worst first; those of one rule on one connection stand together.
    pub items: Vec<Item>,
}

impl Group {
    /// The worst.
    pub fn worst(&self) -> Severity {
        Severity::ALL.into_iter().rev().find(|severity| self.counts[*severity as usize] > 0).unwrap_or(Severity::Info)
    }

    /// How many, counted ones too.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// A row of the list: a group, or one of what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Place of the group.
    pub group: usize,
    /// Place in the group.
    pub item: Option<usize>,
}

/// State of the pane.
#[derive(Clone, Debug)]
pub struct State {
    /// Selection and scroll position in `rows`.
    pub list: List,
    /// What is listed.
    pub rows: Vec<Row>,
    /// All groups.
    pub groups: Vec<Group>,
    /// What they have in common.
    pub by: By,
    /// The details of what is selected are shown, where there is room.
    pub details: bool,
    /// Lines of them that are scrolled away.
    pub scroll: usize,
    open: BTreeSet<Key>,
    /// All groups are open, because there is room: until somebody opens or closes one.
    all_open: bool,
    touched: bool,
    /// What the user has selected.
    pinned: Option<(Key, Option<Item>)>,
    made: Option<Made>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            list: List::default(),
            rows: Vec::new(),
            groups: Vec::new(),
            by: By::default(),
            details: true,
            scroll: 0,
            open: BTreeSet::new(),
            all_open: false,
            touched: false,
            pinned: None,
            made: None,
        }
    }
}

/// What groups were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Made {
    findings: usize,
    scope: u64,
    sums: u64,
    pending: u64,
    by: By,
}

impl State {
    /// Brings groups and rows in line with what is loaded and with the scope, for a list of `height` rows.
    pub fn refresh(&mut self, data: &Data, scope: &Scope, height: usize) {
        let findings = data.index.findings().len();
        let made = Some(Made { findings, scope: scope.version, sums: data.sums, pending: data.index.pending_version(), by: self.by });
        let stale = self.made != made;
        if stale {
            self.made = made;
            self.groups = groups(data, scope, self.by);
        }
        let rows = self.groups.len() + self.groups.iter().map(|group| group.items.len()).sum::<usize>();
        let all_open = !self.touched && rows <= height;
        if stale || all_open != self.all_open {
            if !all_open && let Some((key, Some(_))) = &self.pinned {
                self.open.insert(key.clone());
            }
            self.all_open = all_open;
            self.lay_out();
        }
    }

    /// Whether what stands in a group is listed.
    pub fn is_open(&self, group: usize) -> bool {
        self.all_open || self.groups.get(group).is_some_and(|group| self.open.contains(&group.key))
    }

    /// Opens or closes a group.
    pub fn open(&mut self, group: usize, open: bool) {
        self.touch();
        let Some(key) = self.groups.get(group).map(|group| group.key.clone()) else { return };
        if open {
            self.open.insert(key)
        } else {
            self.open.remove(&key)
        };
        self.lay_out();
    }

    /// Closes all groups, or opens them if none is open.
    pub fn toggle_all(&mut self) {
        self.touch();
        if self.open.is_empty() {
            self.open = self.groups.iter().map(|group| group.key.clone()).collect();
        } else {
            self.open.clear();
        }
        self.lay_out();
    }

    /// The selected row.
    pub fn selected(&self) -> Option<Row> {
        self.rows.get(self.list.selected).copied()
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize) {
        self.list.selected = row.min(self.rows.len().saturating_sub(1));
        self.scroll = 0;
        self.pinned = self.selected().and_then(|row| Some((self.groups.get(row.group)?.key.clone(), self.item(row))));
    }

    /// Selects an item, and opens its group.
    pub fn show(&mut self, group: usize, item: usize) {
        if !self.is_open(group) {
            self.open(group, true);
        }
        if let Some(row) = self.rows.iter().position(|row| *row == Row { group, item: Some(item) }) {
            self.select(row);
        }
    }

    /// What a row is about, if not about a group.
    pub fn item(&self, row: Row) -> Option<Item> {
        self.groups.get(row.group)?.items.get(row.item?).copied()
    }

    /// Findings that are listed in open or closed groups, and how many of them were only counted.
    pub fn totals(&self) -> (u64, u64) {
        let counted = |item: &Item| match item {
            Item::Finding(_) | Item::Pending(..) => 0,
            Item::Counted { more, .. } => *more,
        };
        let all = self.groups.iter().filter(|group| group.key != Key::Pending).map(Group::total).sum();
        (all, self.groups.iter().flat_map(|group| &group.items).map(counted).sum())
    }

    fn touch(&mut self) {
        if self.all_open {
            self.open = self.groups.iter().map(|group| group.key.clone()).collect();
            self.all_open = false;
        }
        self.touched = true;
    }

    /// Makes the rows; what was selected stays selected.
    fn lay_out(&mut self) {
        let mut rows = Vec::new();
        for (group, found) in self.groups.iter().enumerate() {
            rows.push(Row { group, item: None });
            if self.is_open(group) {
                rows.extend((0..found.items.len()).map(|item| Row { group, item: Some(item) }));
            }
        }
        self.rows = rows;
        let Some((key, item)) = &self.pinned else { return };
        let here = |row: &Row| self.groups.get(row.group).is_some_and(|group| group.key == *key);
        let same = self.rows.iter().position(|row| here(row) && self.item(*row) == *item);
        if let Some(row) = same.or_else(|| self.rows.iter().position(here)) {
            self.list.selected = row;
        }
    }
}

/// The rule of a name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    rules::all().iter().find(|rule| rule.name == name)
}

/// The finding, or what may become one, that an item is.
pub fn found(data: &Data, item: Item) -> Option<&Found> {
    match item {
        Item::Finding(place) => data.index.findings().get(place as usize),
        Item::Pending(connection, place) => data.index.pending_of(connection).get(place as usize),
        Item::Counted { .. } => None,
    }
}

/// Where a finding is to be looked at: its packet, or else the last one of its connection before it.
pub fn place(data: &Data, found: &Found) -> Option<PacketId> {
    let before = || {
        let packets = &data.connection(found.connection)?.packets;
        let is_before = |packet: &PacketId| data.index.get(*packet).is_some_and(|entry| entry.time() <= found.finding.place.time);
        let behind = packets.partition_point(is_before);
        packets.get(behind.saturating_sub(1)).copied()
    };
    found.packet.filter(|packet| data.index.get(*packet).is_some()).or_else(before)
}

/// The client of a connection.
fn client(connection: &Connection) -> Who {
    column::named(connection).map_or(Who::ClientAt(connection.client), |id| Who::Client(id.into()))
}

fn groups(data: &Data, scope: &Scope, by: By) -> Vec<Group> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    let mut put = |key: Key, item: Item, severity: Severity, count: u64| {
        let group = groups.entry(key.clone()).or_insert(Group { key, counts: [0; 3], items: Vec::new() });
        group.counts[severity as usize] += count;
        group.items.push(item);
    };
    let key = |rule: &'static str, id: ConnectionId, blames: Blame, name: Option<&[u8]>| {
        let connection = data.summary(id);
        match (by, blames) {
            (By::Rule, _) => Key::Rule(rule),
            (By::Client, _) => match (connection, name) {
                (Some(connection), _) => Key::Client(client(connection)),
                // The connection is gone.
                (None, Some(name)) => Key::Client(Who::Client(name.into())),
                (None, None) => Key::Elsewhere,
            },
            (By::Side, Blame::Client) => Key::Clients,
            (By::Side, Blame::Server) => connection.map_or(Key::Elsewhere, |connection| Key::Server(connection.server)),
            (By::Side, Blame::Network) => Key::Network,
        }
    };
    // By rule and connection: whether any of those that were kept is shown, and whom it blames.
    let mut kept: HashMap<(&str, u64), (bool, Blame)> = HashMap::new();
    for (place, found) in (0..).zip(data.index.findings()) {
        let finding = &found.finding;
        let fits = scope.fits_finding(data, found);
        let any = kept.entry((finding.rule, finding.connection)).or_insert((false, finding.blames));
        *any = (any.0 || fits, finding.blames);
        if fits {
            let key = key(finding.rule, found.connection, finding.blames, finding.client_id.as_deref());
            put(key, Item::Finding(place), finding.severity, 1);
        }
    }
    for found in data.index.pending().filter(|found| scope.fits_finding(data, found)) {
        let before = data.index.pending_of(found.connection).iter().take_while(|other| !std::ptr::eq(*other, found)).count();
        put(Key::Pending, Item::Pending(found.connection, before as u32), found.finding.severity, 1);
    }
    for (item, number) in counted(data) {
        let Item::Counted { rule, connection, more, severity } = item else { continue };
        let known = kept.get(&(rule, number)).filter(|_| connection.is_some());
        let fits = match (known, connection) {
            (Some((fits, _)), _) => *fits,
            (None, Some(id)) => scope.fits(data, id),
            (None, None) => scope.filter.is_none() && scope.linked.is_none(),
        };
        let bound = || if self::rule(rule).is_some_and(|rule| rule.binds == Binds::Server) { Blame::Server } else { Blame::Client };
        let blames = known.map_or_else(bound, |(_, blames)| *blames);
        if fits {
            let key = match (connection, by) {
                (Some(id), _) => key(rule, id, blames, None),
                (None, By::Rule) => Key::Rule(rule),
                (None, _) => Key::Elsewhere,
            };
            put(key, item, severity, more);
        }
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| (Reverse(group.worst()), Reverse(group.total())));
    for group in &mut groups {
        group.items.sort_by_cached_key(|item| match *item {
            Item::Finding(place) | Item::Pending(_, place) => {
                let found = self::found(data, *item);
                let order = found.map(|found| (Reverse(found.finding.severity), found.finding.rule, found.connection));
                (order.unwrap_or((Reverse(Severity::Info), "", ConnectionId::MAX)), place)
            }
            Item::Counted { rule, connection, severity, .. } => {
                ((Reverse(severity), rule, connection.unwrap_or(ConnectionId::MAX)), u32::MAX)
            }
        });
    }
    groups
}

/// What was only counted, with the number of the connection: known when all is read.
fn counted(data: &Data) -> Vec<(Item, u64)> {
    let Some(report) = &data.report else { return Vec::new() };
    let mut places: HashMap<u64, Option<ConnectionId>> = report.repeats.iter().map(|repeats| (repeats.connection, None)).collect();
    if !places.is_empty() {
        for (id, connection) in data.index.connections() {
            if let Some(place) = places.get_mut(&connection.summary.number) {
                *place = Some(id);
            }
        }
    }
    let listed = report.repeats.iter().map(|repeats| {
        let connection = places.get(&repeats.connection).copied().flatten();
        (Item::Counted { rule: repeats.rule, connection, more: repeats.more, severity: repeats.severity }, repeats.connection)
    });
    let unlisted = report
        .unlisted
        .iter()
        .map(|unlisted| (Item::Counted { rule: unlisted.rule, connection: None, more: unlisted.more, severity: unlisted.severity }, 0));
    listed.chain(unlisted).collect()
}
