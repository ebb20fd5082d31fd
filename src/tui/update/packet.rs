//! The packet: keys and transitions.

use ratatui::layout::Rect;

use crate::index::{Detail, PacketId};
use crate::tui::keymap::{Action as Key, Binding, Context, bind};
use crate::tui::message::Effect;
use crate::tui::model::{Model, Motion};
use crate::tui::view;

/// What only this pane does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Action {
    /// To the next packet of the connection.
    Next,
    /// To the one before.
    Previous,
    /// To the next one with a finding.
    NextFinding,
    /// To the one with a finding before.
    PreviousFinding,
    /// To the next packet of the exchange.
    Along,
    /// The payload in another form.
    Form,
    /// Further down in the payload.
    Down,
    /// Further up in the payload.
    Up,
}

const HERE: &[Context] = &[Context::Packet];

/// Keys of this pane.
pub const KEYS: &[Binding] = &[
    bind("] .", HERE, Key::Packet(Action::Next), "next packet of the connection"),
    bind("[ ,", HERE, Key::Packet(Action::Previous), "previous packet of the connection"),
    bind("}", HERE, Key::Packet(Action::NextFinding), "next packet with a finding"),
    bind("{", HERE, Key::Packet(Action::PreviousFinding), "previous packet with a finding"),
    bind("o", HERE, Key::Packet(Action::Along), "along the exchange: request, answers, and around"),
    bind("r", HERE, Key::Packet(Action::Form), "payload as JSON, text, hex"),
    bind("Ctrl-d", HERE, Key::Packet(Action::Down), "payload: further down"),
    bind("Ctrl-u", HERE, Key::Packet(Action::Up), "payload: further up"),
];

/// Takes an action.
pub fn act(model: &mut Model, action: Key) -> Vec<Effect> {
    let state = &mut model.packet;
    match action {
        Key::Move(Motion::Left) => state.fold(Some(false)),
        Key::Move(Motion::Right) => state.fold(Some(true)),
        Key::Move(motion) => state.list.go(motion, state.rows.len()),
        Key::Open => state.fold(None),
        Key::Packet(Action::Next) => beside(model, true, |_, _| true),
        Key::Packet(Action::Previous) => beside(model, false, |_, _| true),
        Key::Packet(Action::NextFinding) => beside(model, true, is_judged),
        Key::Packet(Action::PreviousFinding) => beside(model, false, is_judged),
        Key::Packet(Action::Along) => along(model),
        Key::Packet(Action::Form) => form(model),
        Key::Packet(Action::Down) => state.scroll += 5,
        Key::Packet(Action::Up) => state.scroll = state.scroll.saturating_sub(5),
        Key::Explain => {
            let packet = model.focus.packet;
            let rule = packet.and_then(|packet| model.data.index.findings_of(packet).next()).map(|found| found.finding.rule);
            match rule {
                Some(rule) => super::explain(model, rule),
                None => model.tell("nothing was found about this packet"),
            }
        }
        _ => {}
    }
    Vec::new()
}

fn is_judged(model: &Model, packet: PacketId) -> bool {
    model.data.index.get(packet).is_some_and(|entry| entry.severity().is_some())
}

/// To the nearest packet of the connection that is `wanted`.
fn beside(model: &mut Model, forward: bool, wanted: fn(&Model, PacketId) -> bool) {
    let Some(packet) = model.focus.packet else { return };
    let Some(connection) = model.data.index.get(packet).and_then(|entry| model.data.connection(entry.connection())) else { return };
    let at = connection.packets.binary_search(&packet).unwrap_or_default();
    let (before, behind) = (connection.packets.get(..at).unwrap_or_default(), connection.packets.get(at + 1..).unwrap_or_default());
    let is_wanted = |packet: &&PacketId| wanted(model, **packet);
    let found = if forward { behind.iter().find(is_wanted) } else { before.iter().rev().find(is_wanted) };
    match found.copied() {
        Some(packet) => model.focus.packet = Some(packet),
        None => model.tell(if forward { "this is the last one" } else { "this is the first one" }),
    }
}

fn along(model: &mut Model) {
    let Some(packet) = model.focus.packet else { return };
    let exchange = model.data.index.exchange(packet);
    let at = exchange.iter().position(|step| *step == packet).unwrap_or_default();
    match exchange.iter().cycle().nth(at + 1).copied().filter(|next| *next != packet) {
        Some(next) => model.focus.packet = Some(next),
        None => model.tell("nothing else belongs to this packet"),
    }
}

fn form(model: &mut Model) {
    if model.packet.payload().is_empty() {
        return model.tell("there is no payload");
    }
    // Where there is no room for both, the payload is shown while it is selected.
    let is_shown = view::packet::areas(model, view::areas(model.size).body).payload.height > 0;
    if is_shown {
        model.packet.next_form();
    }
    if let Some(row) = model.packet.rows.iter().position(|row| row.name == view::packet::PAYLOAD) {
        model.packet.list.selected = row;
    }
}

/// Brings rows and scroll position in line with the model.
pub fn fit(model: &mut Model, area: Rect) -> Vec<Effect> {
    let connection = model.selected();
    let of = |packet: PacketId| model.data.index.get(packet).map(crate::index::Entry::connection);
    let focused = model.focus.packet.filter(|packet| connection.is_none() || of(*packet) == connection);
    let first = || model.data.connection(connection?)?.packets.first().copied();
    model.focus.packet = focused.or_else(first);
    let Some(packet) = model.focus.packet else {
        model.packet.leave();
        return Vec::new();
    };
    let before = model.packet.asked;
    if model.packet.turn(packet) {
        return vec![Effect::Read(packet)];
    }
    if before != Some(packet) {
        begin(model, packet);
    }
    let areas = view::packet::areas(model, area);
    let state = &mut model.packet;
    state.list.fit(state.rows.len(), areas.tree.height.into());
    state.lay_out(areas.payload.width.into());
    let lines = view::packet::payload_lines(state, areas.payload);
    state.scroll = state.scroll.min(lines.saturating_sub(usize::from(areas.payload.height).saturating_sub(1)));
    Vec::new()
}

/// Shows what was read of a packet from its beginning, or from where it is at fault.
fn begin(model: &mut Model, packet: PacketId) {
    let mut findings = model.data.index.findings_of(packet).map(|found| &found.finding);
    let fault = findings.find_map(|finding| finding.evidence.marked.as_ref().map(|range| range.start).or(finding.offset));
    model.packet.begin(fault);
}

/// Takes a packet that was read again; if another one is asked for by now, it comes too late.
pub fn read(model: &mut Model, packet: PacketId, detail: Result<Box<Detail>, String>) {
    if model.packet.asked == Some(packet) {
        model.packet.detail = Some(detail);
        begin(model, packet);
    }
}

/// Selects the next row that has `needle` (in lower case).
pub fn find(model: &mut Model, needle: &str, forward: bool) -> bool {
    let state = &mut model.packet;
    let (len, from) = (state.rows.len(), state.list.selected);
    let mut rows = (1..=len).map(|step| if forward { (from + step) % len } else { (from + len - step) % len });
    let has = |row: &crate::tui::model::packet::Row| format!("{}: {}", row.name, row.value).to_lowercase().contains(needle);
    let found = rows.find(|row| state.rows.get(*row).is_some_and(has));
    state.list.selected = found.unwrap_or(from);
    found.is_some()
}

/// A click on a field selects it, on a byte the field that it belongs to; one on the selected field shows or hides its parts.
pub fn click(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    let body = view::areas(model.size).body;
    let areas = view::packet::areas(model, body);
    let (x, y) = (body.x + x, body.y + y);
    if areas.tree.contains((x, y).into()) {
        let before = model.packet.list.selected;
        let len = model.packet.rows.len();
        if model.packet.list.click(y - areas.tree.y, len) && model.packet.list.selected == before {
            model.packet.fold(None);
        }
    } else if let Some(row) = view::packet::byte_at(&model.packet, areas.hex, x, y).and_then(|byte| model.packet.row_of(byte)) {
        model.packet.list.selected = row;
    }
    Vec::new()
}
