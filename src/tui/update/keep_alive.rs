//! The keep-alive timeline: keys and transitions.

use ratatui::layout::Rect;

use crate::index::{ConnectionId, Lane, PacketId, Pause};
use crate::report::style::sign;
use crate::session::Ending;
use crate::time::Timestamp;
use crate::tui::keymap::{Action as Key, Binding, Context, bind};
use crate::tui::message::Effect;
use crate::tui::model::keep_alive::marks::extent;
use crate::tui::model::keep_alive::window::{Window, earlier};
use crate::tui::model::{Model, Motion, Pane};
use crate::tui::view::keep_alive as view;

/// What only this pane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// Less time on the screen.
    ZoomIn,
    /// More time on the screen.
    ZoomOut,
    /// All of the capture.
    All,
    /// All of the selected connection.
    Connection,
    /// Half a screen to the left.
    Left,
    /// Half a screen to the right.
    Right,
    /// To the next silence that was too long.
    NextLate,
    /// To the one before.
    PreviousLate,
    /// To the next end of a connection.
    NextEnd,
    /// To the one before.
    PreviousEnd,
    /// To the next finding.
    NextFinding,
    /// To the one before.
    PreviousFinding,
    /// The packet at the cursor, field by field.
    Packet,
}

const HERE: &[Context] = &[Context::KeepAlive];

/// Keys of this pane.
pub const KEYS: &[Binding] = &[
    bind("+ =", HERE, Key::KeepAlive(Action::ZoomIn), "zoom in around the cursor (left and right move it)"),
    bind("-", HERE, Key::KeepAlive(Action::ZoomOut), "zoom out"),
    bind("0", HERE, Key::KeepAlive(Action::All), "all of the capture"),
    bind("z", HERE, Key::KeepAlive(Action::Connection), "all of the selected connection"),
    bind("H", HERE, Key::KeepAlive(Action::Left), "half a screen to the left"),
    bind("L", HERE, Key::KeepAlive(Action::Right), "half a screen to the right"),
    bind("]", HERE, Key::KeepAlive(Action::NextLate), "next late ping: silent for more than 1× and the grace"),
    bind("[", HERE, Key::KeepAlive(Action::PreviousLate), "previous late ping"),
    bind("c", HERE, Key::KeepAlive(Action::NextEnd), "next end of a connection"),
    bind("C", HERE, Key::KeepAlive(Action::PreviousEnd), "previous end of a connection"),
    bind("v", HERE, Key::KeepAlive(Action::NextFinding), "next finding"),
    bind("V", HERE, Key::KeepAlive(Action::PreviousFinding), "previous finding"),
    bind("o", HERE, Key::KeepAlive(Action::Packet), "packet nearest to the cursor, field by field (Enter: in the ladder)"),
];

/// Takes an action.
pub fn act(model: &mut Model, action: Key) -> Vec<Effect> {
    match action {
        Key::Move(Motion::Left) => step(model, false),
        Key::Move(Motion::Right) => step(model, true),
        Key::Move(motion) => {
            let len = rows(model).len();
            model.keep_alive.list.go(motion, len);
            select(model, model.keep_alive.list.selected);
        }
        Key::Open => open(model, Pane::Ladder),
        Key::Explain => explain(model),
        Key::KeepAlive(action) => own(model, action),
        _ => {}
    }
    Vec::new()
}

fn own(model: &mut Model, action: Action) {
    match action {
        Action::ZoomIn => zoom(model, true),
        Action::ZoomOut => zoom(model, false),
        Action::All => model.keep_alive.whole = true,
        Action::Connection => {
            if let Some(connection) = model.selected().and_then(|id| model.data.connection(id)) {
                let window = model.keep_alive.extent(connection, model.keep_alive.window.width);
                set(model, window);
                let (begin, end) = (window.from, earlier(window.to(), std::time::Duration::from_nanos(1)));
                model.keep_alive.cursor = Some(model.keep_alive.cursor().clamp(begin, end.max(begin)));
            }
        }
        Action::Left => pan(model, false),
        Action::Right => pan(model, true),
        Action::NextLate => jump(model, true, late, "no late ping"),
        Action::PreviousLate => jump(model, false, late, "no late ping"),
        Action::NextEnd => jump(model, true, ends, "no connection has ended"),
        Action::PreviousEnd => jump(model, false, ends, "no connection has ended"),
        Action::NextFinding => jump(model, true, findings, "no findings"),
        Action::PreviousFinding => jump(model, false, findings, "no findings"),
        Action::Packet => open(model, Pane::Packet),
    }
}

/// The connections that have a lane, in their order.
pub fn rows(model: &Model) -> &[ConnectionId] {
    model.keep_alive.marked.as_deref().unwrap_or(&model.sessions.rows)
}

/// Brings rows, window and the timelines on the screen in line with the model.
pub fn fit(model: &mut Model, area: Rect) -> Vec<Effect> {
    let areas = view::areas(area);
    let marked = model.marked.iter().copied().filter(|id| model.scope.fits(&model.data, *id));
    model.keep_alive.marked = if model.marked.is_empty() { None } else { Some(marked.collect()) };
    let latest = model.data.index.len().checked_sub(1).and_then(|last| model.data.index.get(last)).map(|entry| entry.time());
    let last = model.data.report.as_ref().and_then(|report| report.stats.last_time);
    let state = &mut model.keep_alive;
    state.now = latest.into_iter().chain(last).chain(model.data.index.now()).fold(state.now, Timestamp::max);
    let len = rows(model).len();
    if model.follow {
        model.keep_alive.cursor = None;
    }
    let selected = rows(model).get(model.keep_alive.list.selected).copied();
    if let Some(focus) = model.selected()
        && selected != Some(focus)
        && let Some(at) = rows(model).iter().position(|row| *row == focus)
    {
        model.keep_alive.list.selected = at;
    }
    model.keep_alive.list.fit(len, areas.lanes.height.into());
    let all = model.keep_alive.all(&model.data, areas.width);
    let (state, follow) = (&mut model.keep_alive, model.follow);
    if state.window.width == 0 || state.whole {
        (state.window, state.whole) = (all, true);
    }
    state.window.width = areas.width;
    if follow {
        state.window = Window { from: all.to(), ..state.window };
    }
    state.window = state.window.within(all);
    let shown: Vec<ConnectionId> = rows(model).get(model.keep_alive.list.visible(len)).unwrap_or_default().to_vec();
    let chosen = selected_row(model);
    for id in shown.iter().copied().chain(chosen) {
        model.keep_alive.refresh(&model.data, id);
    }
    model.keep_alive.forget(&shown);
    Vec::new()
}

/// The connection whose lane is selected.
pub fn selected_row(model: &Model) -> Option<ConnectionId> {
    rows(model).get(model.keep_alive.list.selected).copied()
}

/// Selects the next lane whose label has `needle` (in lower case).
pub fn find(model: &mut Model, needle: &str, forward: bool) -> bool {
    let len = rows(model).len();
    let from = model.keep_alive.list.selected;
    let mut steps = (1..=len).map(|step| if forward { (from + step) % len } else { (from + len - step) % len });
    let has = |row: &usize| rows(model).get(*row).is_some_and(|id| view::name(model, *id, usize::MAX / 8).to_lowercase().contains(needle));
    let found = steps.find(has);
    if let Some(row) = found {
        select(model, row);
    }
    found.is_some()
}

/// A click selects a lane; right of the labels it puts the cursor there as well.
pub fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let areas = view::areas(Rect { x: 0, y: 0, ..crate::tui::view::areas(model.size).body });
    let len = rows(model).len();
    if areas.lanes.contains((x, y).into()) && model.keep_alive.list.click(y - areas.lanes.y, len) {
        select(model, model.keep_alive.list.selected);
    }
    if y < areas.lanes.bottom()
        && let Some(column) = x.checked_sub(areas.label)
    {
        look(model, column);
    }
    Vec::new()
}

fn select(model: &mut Model, row: usize) {
    (model.keep_alive.list.selected, model.sessions.picked) = (row, true);
    model.focus.connection = rows(model).get(row).copied();
    model.focus.packet = None;
}

/// Puts the cursor on a column: at its end, so that what it reads is what the column shows.
fn look(model: &mut Model, column: u16) {
    let window = model.keep_alive.window;
    let end = window.begin(column.min(window.width.saturating_sub(1)) + 1);
    model.keep_alive.cursor = Some(earlier(end, std::time::Duration::from_nanos(1)));
}

fn step(model: &mut Model, right: bool) {
    let state = &mut model.keep_alive;
    let window = state.window;
    let at = window.column(state.cursor()).unwrap_or(if right { 0 } else { window.width });
    let over = if right { at + 1 >= window.width } else { at == 0 };
    if over {
        let quarter = window.span / 4;
        let from = if right { window.from.after(quarter) } else { earlier(window.from, quarter) };
        let all = state.all(&model.data, window.width);
        state.window = Window { from, ..window }.within(all);
        let at = state.window.column(state.cursor()).unwrap_or(at);
        return look(model, if right { at + 1 } else { at.saturating_sub(1) });
    }
    look(model, if right { at + 1 } else { at - 1 });
}

fn zoom(model: &mut Model, closer: bool) {
    let state = &model.keep_alive;
    let (window, all) = (state.window, state.all(&model.data, state.window.width));
    let span = if closer { window.span / 2 } else { window.span * 2 };
    let cursor = state.cursor();
    set(model, window.showing(cursor).zoomed(span, cursor, all));
    model.keep_alive.cursor = Some(cursor);
}

fn pan(model: &mut Model, right: bool) {
    let window = model.keep_alive.window;
    let half = window.span / 2;
    let moved = Window { from: if right { window.from.after(half) } else { earlier(window.from, half) }, ..window };
    let column = window.column(model.keep_alive.cursor());
    set(model, moved);
    if let Some(column) = column {
        look(model, column);
    }
}

fn set(model: &mut Model, window: Window) {
    let all = model.keep_alive.all(&model.data, window.width);
    model.follow = false;
    model.keep_alive.whole = window.span >= all.span;
    model.keep_alive.window = window.within(all);
}

/// Somewhere to go: when, and what is there.
struct Place {
    at: Timestamp,
    what: String,
}

/// All places of a connection, in order.
type Places = fn(&Model, ConnectionId) -> Vec<Place>;

/// To the next place behind the cursor on this lane, or else to the first one on the lanes below, from the last on to the first.
fn jump(model: &mut Model, forward: bool, places: Places, none: &str) {
    let (len, from, cursor) = (rows(model).len(), model.keep_alive.list.selected, model.keep_alive.cursor);
    let lanes = (0..=len).map(|step| (step, if forward { (from + step) % len.max(1) } else { (from + len - step) % len.max(1) }));
    let mut found = None;
    for (step, row) in lanes {
        let Some(id) = rows(model).get(row).copied() else { continue };
        let mut all = places(model, id);
        if let Some(cursor) = cursor.filter(|_| step == 0) {
            all.retain(|place| if forward { place.at > cursor } else { place.at < cursor });
        }
        if !forward {
            all.reverse();
        }
        if let Some(place) = all.into_iter().next() {
            found = Some((row, id, place));
            break;
        }
    }
    let Some((row, id, place)) = found else { return model.warn(none) };
    select(model, row);
    model.follow = false;
    let state = &mut model.keep_alive;
    state.cursor = Some(place.at);
    if state.window.column(place.at).is_none() {
        state.window = state.window.around(place.at);
    }
    let text = format!("{}: {}", view::name(model, id, 24), place.what);
    model.tell(text);
}

fn late(model: &Model, id: ConnectionId) -> Vec<Place> {
    let Some(connection) = model.data.connection(id) else { return Vec::new() };
    let summary = &connection.summary;
    let limit = summary.keep_alive.filter(|seconds| *seconds > 0).map(|seconds| std::time::Duration::from_secs(seconds.into()));
    let last = summary.last_silence.map(|last| last.length);
    let longest = summary.longest_silence.into_iter().chain(last).max();
    // Most connections need not be looked at.
    if summary.ending != Ending::Open && limit.zip(longest).is_none_or(|(limit, longest)| longest <= limit) {
        return Vec::new();
    }
    let grace = model.keep_alive.policy.keep_alive_grace;
    let mut made = Lane::default();
    let lane = model.keep_alive.lane(id).unwrap_or_else(|| {
        made.refresh(&model.data.index, id, model.keep_alive.now);
        &made
    });
    let told = |pause: Pause| Place {
        at: pause.until,
        what: format!("silent for {:.1} s = {:.2}×", pause.length().as_secs_f64(), pause.share().unwrap_or_default()),
    };
    lane.long(&model.data.index, connection).filter(|pause| pause.is_late(grace)).map(told).collect()
}

fn ends(model: &Model, id: ConnectionId) -> Vec<Place> {
    let Some(connection) = model.data.connection(id) else { return Vec::new() };
    let summary = &connection.summary;
    let version = summary.version.unwrap_or(crate::mqtt::Version::V3_1_1);
    let (_, end) = extent(connection, model.keep_alive.now);
    end.map(|at| Place { at, what: summary.ending.describe(version) }).into_iter().collect()
}

fn findings(model: &Model, id: ConnectionId) -> Vec<Place> {
    let Some(connection) = model.data.connection(id) else { return Vec::new() };
    let all = connection.findings.iter().filter_map(|place| model.data.index.findings().get(*place as usize));
    let told = |found: &crate::index::Found| {
        let finding = &found.finding;
        Place { at: finding.place.time, what: format!("{} {}: {}", sign(finding.severity), finding.rule, finding.message) }
    };
    let mut places: Vec<Place> = all.map(told).collect();
    places.sort_by_key(|place| place.at);
    places.dedup_by_key(|place| place.at);
    places
}

/// Shows the packet nearest to the cursor in another pane.
fn open(model: &mut Model, pane: Pane) {
    let Some(id) = selected_row(model) else { return };
    model.focus.connection = Some(id);
    model.focus.packet = nearest(model, id);
    model.open(pane);
}

/// The packet of a connection that is nearest to the cursor.
fn nearest(model: &Model, id: ConnectionId) -> Option<PacketId> {
    let packets = &model.data.connection(id)?.packets;
    let cursor = model.keep_alive.cursor();
    let time = |packet: PacketId| model.data.index.get(packet).map(|entry| entry.time());
    let behind = packets.partition_point(|packet| time(*packet).is_some_and(|time| time < cursor));
    let two = [behind.checked_sub(1), Some(behind)].into_iter().flatten().filter_map(|at| packets.get(at).copied());
    two.min_by_key(|packet| time(*packet).map(|time| time.as_nanos().abs_diff(cursor.as_nanos())))
}

/// Explains the finding of the selected connection that is nearest to the cursor.
fn explain(model: &mut Model) {
    let connection = selected_row(model).and_then(|id| model.data.connection(id));
    let cursor = model.keep_alive.cursor();
    let places = connection.into_iter().flat_map(|connection| &connection.findings);
    let found = places.filter_map(|place| model.data.index.findings().get(*place as usize));
    let nearest = found.min_by_key(|found| found.finding.place.time.as_nanos().abs_diff(cursor.as_nanos()));
    match nearest.map(|found| found.finding.rule) {
        Some(rule) => super::explain(model, rule),
        None => model.tell("nothing was found on this connection"),
    }
}
