//! What becomes of a TCP connection: probed, found to be MQTT and followed, or named and left alone.

use std::time::Duration;

use super::mqtt::{Mqtt, Opening};
use super::probe::{Early, Probe};
use super::view::{Opened, SegmentView};
use super::{Observer, Shared};
use crate::flow::{Endpoint, Role};
use crate::frame::Stamp;
use crate::framing::Position;
use crate::net::Segment;
use crate::stream::{Connection, Entry, Item, Side, Stretch};
use crate::time::Timestamp;
use crate::transport::{Detection, Ports, Transport, detect};

/// What is known of what a connection carries.
#[derive(Debug, Default)]
pub enum Flow {
    /// Nothing was said yet.
    #[default]
    Silent,
    /// Something was said, not enough to know.
    Probing(Probing),
    /// MQTT.
    Mqtt(Box<Mqtt>),
    /// Recognised, but not read.
    Named,
    /// Something else.
    Other,
}

/// The first bytes.
#[derive(Debug)]
pub struct Probing(Box<Probe>);

/// Which connection it is.
#[derive(Clone, Copy, Debug)]
struct Origin {
    number: u64,
    ends: [Endpoint; 2],
}

/// What the handshake and the ports say of a connection.
#[derive(Clone, Copy, Debug)]
struct Assumptions {
    origin: Origin,
    from_start: [bool; 2],
    first: Stamp,
    opened: Option<Stamp>,
    /// Sides of which no byte was captured so far.
    silent: [bool; 2],
    /// The side whose port is declared, and as what.
    declared: Option<(Side, Transport)>,
    /// How much earlier the present frame is than one before it.
    behind: Duration,
}

impl Assumptions {
    fn new(connection: &Connection, origin: Origin, ports: &Ports) -> Self {
        let declared = |side: Side, end: Endpoint| ports.get(end.port).map(|transport| (side, transport));
        let [a, b] = origin.ends;
        // Where both ports are declared, the opener's is the chance one.
        let declared = match connection.opened_by() {
            Some(Side::A) => declared(Side::B, b),
            Some(Side::B) => declared(Side::A, a),
            None => declared(Side::A, a).or_else(|| declared(Side::B, b)),
        };
        Self {
            origin,
            from_start: [Side::A, Side::B].map(|side| connection.from_start(side)),
            first: connection.first(),
            opened: connection.opened(),
            silent: [Side::A, Side::B].map(|side| !connection.has_begun(side)),
            declared,
            behind: Duration::ZERO,
        }
    }

    fn begins_with(&self, side: Side) -> bool {
        let [a, b] = self.from_start;
        match side {
            Side::A => a,
            Side::B => b,
        }
    }
}

/// Where a segment was captured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its frame.
    pub stamp: Stamp,
    /// Where in the input its payload is.
    pub position: Option<u64>,
}

/// Takes a segment; returns whether the connection is closed.
pub(super) fn segment(
    entry: &mut Entry<Flow>,
    side: Side,
    segment: &Segment<'_>,
    Place { stamp, position }: Place,
    shared: &mut Shared,
    observer: &mut impl Observer,
) -> bool {
    let limits = shared.settings.limits;
    let origin = (!matches!(entry.user, Flow::Mqtt(_))).then(|| Origin { number: entry.number, ends: entry.ends() });
    let Entry { number, connection, user: flow, .. } = entry;
    if matches!(flow, Flow::Other | Flow::Named) {
        // Only the handshake and the end of the connection matter still.
        connection.close_only(side, segment, stamp);
        return connection.is_closed();
    }
    connection.open(side, segment);
    let (offset, read) = (connection.offset_of(side, segment), connection.read(side));
    observer.segment(&SegmentView { connection: *number, segment, stamp, position, offset, read });
    // Bytes that are sent again do not show what was sent behind them.
    let read = i64::try_from(read).unwrap_or(i64::MAX);
    let goes_on = offset == read || offset.saturating_add(i64::from(segment.payload_len)) > read;
    let before = kept_bytes(flow, connection);
    let behind = connection.behind(stamp.time);
    if let Flow::Mqtt(mqtt) = flow {
        if shared.clock.leapt_since(connection.last().time) {
            mqtt.leapt();
        }
        mqtt.seen(side, stamp, behind);
        if connection.is_waiting(side) {
            mqtt.delayed(side);
        }
    }
    let assumptions = origin.map(|origin| Assumptions { behind, ..Assumptions::new(connection, origin, &shared.settings.ports) });
    connection.segment(side, segment, stamp, limits.hold, &mut |from, item| {
        if let Flow::Mqtt(mqtt) = flow {
            mqtt.item(from, &item, shared, observer);
        } else if let Some(assumptions) = assumptions {
            early(flow, from, &item, assumptions, shared, observer);
        }
    });
    if let Flow::Mqtt(mqtt) = flow {
        for side in [Side::A, Side::B].into_iter().filter(|side| connection.is_waiting(*side)) {
            mqtt.delayed(side);
        }
        for side in [Side::A, Side::B].into_iter().filter(|side| connection.is_delivered(*side)) {
            mqtt.delivered(side, stamp);
        }
        if goes_on && !connection.is_waiting(side) {
            mqtt.goes_on(side, stamp.time);
        }
    }
    if let Flow::Mqtt(mqtt) = flow
        && assumptions.is_some()
        && mqtt.awaits_server()
        && let Some(ack) = segment.ack
    {
        connection.begin(side.peer(), ack);
    }
    let after = kept_bytes(flow, connection);
    shared.buffered = (shared.buffered + after).saturating_sub(before);
    if shared.buffered > limits.buffered && after > before {
        shared.hits.held += 1;
        connection.flush(stamp, &mut |from, item| {
            if let Flow::Mqtt(mqtt) = flow {
                mqtt.item(from, &item, shared, observer);
            }
        });
        if let Flow::Mqtt(mqtt) = flow {
            mqtt.drop_kept();
        }
        shared.buffered = (shared.buffered + kept_bytes(flow, connection)).saturating_sub(after);
    }
    connection.is_closed()
}

/// Why a connection is not followed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// It has closed, or there were too many.
    Closed,
    /// No frame came for long.
    Idle,
    /// The capture has ended.
    Capture,
}

/// By when a connection has to be looked after of which a frame came at `now`. All later frames ask for a time behind it, unless
/// it is a new silence that counts: for those that are not live, it is enough to ask for it once.
#[inline]
pub(super) fn due(entry: &Entry<Flow>, now: Timestamp, shared: &Shared) -> Timestamp {
    let idle = now.after(shared.shortest_idle);
    match &entry.user {
        Flow::Mqtt(mqtt) if shared.settings.live => mqtt.due(now, &shared.settings.policy).map_or(idle, |due| now.after(due).min(idle)),
        _ => idle,
    }
}

/// Looks after a connection whose time has come.
pub(super) fn look_after(entry: &mut Entry<Flow>, now: Timestamp, shared: &mut Shared, observer: &mut impl Observer) {
    if let Flow::Mqtt(mqtt) = &mut entry.user
        && shared.settings.live
    {
        mqtt.look_after(now, shared, observer);
    }
}

/// Ends a connection.
pub(super) fn end(entry: Entry<Flow>, cut: Cut, now: Stamp, shared: &mut Shared, observer: &mut impl Observer) {
    let origin = Origin { number: entry.number, ends: entry.ends() };
    let Entry { mut connection, user: mut flow, .. } = entry;
    shared.buffered = shared.buffered.saturating_sub(kept_bytes(&flow, &connection));
    let assumptions = Assumptions::new(&connection, origin, &shared.settings.ports);
    connection.flush(connection.last(), &mut |from, item| match &mut flow {
        Flow::Mqtt(mqtt) => mqtt.item(from, &item, shared, observer),
        Flow::Named | Flow::Other => {}
        Flow::Silent | Flow::Probing(_) => early(&mut flow, from, &item, assumptions, shared, observer),
    });
    if let Flow::Probing(Probing(probe)) = &mut flow {
        // Nothing more will come: what it could not be by its content it may be by its port.
        let probe = std::mem::take(&mut **probe);
        if let Some((side, _)) = assumptions.declared.filter(|(_, transport)| *transport == Transport::Plain) {
            flow = Flow::Mqtt(Box::new(start(probe, side.peer(), 0, assumptions, shared, observer)));
        }
    }
    match flow {
        Flow::Mqtt(mqtt) => mqtt.end(&connection, cut, now, shared, observer),
        Flow::Silent | Flow::Probing(_) => observer.dismissed(origin.number),
        Flow::Named | Flow::Other => {}
    }
}

fn kept_bytes(flow: &Flow, connection: &Connection) -> usize {
    connection.held_bytes()
        + match flow {
            Flow::Mqtt(mqtt) => mqtt.kept_bytes(),
            Flow::Probing(Probing(probe)) => probe.kept_bytes(),
            _ => 0,
        }
}

/// Takes what a connection says before it is known what it carries.
fn early(flow: &mut Flow, from: Side, item: &Item<'_>, assumptions: Assumptions, shared: &mut Shared, observer: &mut impl Observer) {
    let Item::Stretch(stretch) = item else { return };
    if matches!(flow, Flow::Silent) {
        *flow = Flow::Probing(Probing(Box::default()));
    }
    let Flow::Probing(Probing(probe)) = flow else { return };
    match *stretch {
        Stretch::Bytes { offset, data, stamp, delayed, acked } => probe.bytes(from, data, Position { offset, stamp, acked, delayed }),
        Stretch::Gap { offset, len, stamp } => probe.gap(from, len, Position { offset, stamp, acked: None, delayed: true }),
    }
    match decide(probe, from, assumptions) {
        Decision::Wait => {}
        Decision::Mqtt { client, skip } => {
            let probe = std::mem::take(&mut **probe);
            *flow = Flow::Mqtt(Box::new(start(probe, client, skip, assumptions, shared, observer)));
        }
        Decision::Named(transport) => {
            observer.dismissed(assumptions.origin.number);
            // Who speaks first, here, is the client.
            let server = assumptions.declared.map_or(from.peer(), |(side, _)| side);
            let [a, b] = assumptions.origin.ends;
            shared.stats.leave(transport, if server == Side::A { a.port } else { b.port });
            *flow = Flow::Named;
        }
        Decision::Other => {
            observer.dismissed(assumptions.origin.number);
            *flow = Flow::Other;
        }
    }
}

enum Decision {
    Wait,
    Mqtt { client: Side, skip: usize },
    Named(Transport),
    Other,
}

fn decide(probe: &Probe, from: Side, assumptions: Assumptions) -> Decision {
    let head = probe.head(from);
    match detect(&head) {
        Detection::Connect { skip } => Decision::Mqtt { client: from, skip },
        Detection::Tls => Decision::Named(Transport::Tls),
        Detection::WebSocket => Decision::Named(Transport::WebSocket),
        Detection::Undecided if !probe.is_full() => Decision::Wait,
        Detection::Undecided | Detection::Other { .. } => by_port(probe, from, &head, assumptions),
    }
}

/// The content of `from` says nothing: the port of one side may.
fn by_port(probe: &Probe, from: Side, head: &[u8], assumptions: Assumptions) -> Decision {
    use crate::framing::{Look, look};
    match assumptions.declared {
        Some((server, Transport::Plain)) => {
            let role = if from == server { Role::Server } else { Role::Client };
            // Where the stream is read from its start, it has to begin like MQTT: another protocol may use the port.
            if assumptions.begins_with(from) {
                match look(head, role) {
                    Look::Packet => {}
                    Look::TooShort if !probe.is_full() => return Decision::Wait,
                    Look::TooShort | Look::Other => return Decision::Other,
                }
            }
            Decision::Mqtt { client: server.peer(), skip: 0 }
        }
        Some((_, transport)) => Decision::Named(transport),
        None => Decision::Other,
    }
}

/// Follows a connection as MQTT, beginning with what was kept.
fn start(probe: Probe, client: Side, skip: usize, assumptions: Assumptions, shared: &mut Shared, observer: &mut impl Observer) -> Mqtt {
    shared.stats.mqtt_connections += 1;
    // A CONNECT is the first packet wherever the capture began: its stream is known from there on, and so is that of the
    // server, which says nothing before, if it was silent so far: what the CONNECT acknowledges is where it begins. Where the
    // client's handshake was captured and the server's was not, its direction is not in the capture at all.
    let begins = matches!(detect(&probe.head(client)), Detection::Connect { .. });
    let whole = assumptions.begins_with(client);
    let silent = !whole && if client == Side::A { assumptions.silent[1] } else { assumptions.silent[0] };
    let from_start = [whole || begins, assumptions.begins_with(client.peer()) || (begins && silent)];
    let Origin { number, ends } = assumptions.origin;
    let opening = Opening { number, client, ends, from_start, opened: assumptions.opened, skip: skip as u64 };
    observer.opened(&Opened {
        connection: number,
        client: opening.end(Role::Client),
        server: opening.end(Role::Server),
        transport: Transport::Plain,
        first: assumptions.first,
    });
    let mut mqtt = Mqtt::new(opening, shared);
    mqtt.clock(assumptions.behind);
    for (side, early) in probe.items {
        let item = match &early {
            Early::Bytes(data, at) => {
                Item::Stretch(Stretch::Bytes { offset: at.offset, data, stamp: at.stamp, delayed: at.delayed, acked: at.acked })
            }
            Early::Gap(len, at) => Item::Stretch(Stretch::Gap { offset: at.offset, len: *len, stamp: at.stamp }),
        };
        mqtt.item(side, &item, shared, observer);
    }
    mqtt
}
