//! How long answers take, from the exchanges that the session sees.
//!
//! As the index does, but without a guess: where it is not certain which packet an answer belongs to (one was repeated, or came
//! before its turn, or another one waits under the same identifier), nothing is measured.

use std::collections::BTreeSet;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;

use super::families::Labels;
use crate::analysis::PacketView;
use crate::flow::Role;
use crate::frame::Stamp;
use crate::mqtt::PacketType;
use crate::session::{Family as Ids, Step};

/// Request, answer, and who may send the answer.
const KINDS: [(PacketType, PacketType, &[Role]); 7] = [
    (PacketType::Connect, PacketType::Connack, &[Role::Server]),
    (PacketType::Publish, PacketType::Puback, &[Role::Client, Role::Server]),
    (PacketType::Publish, PacketType::Pubrec, &[Role::Client, Role::Server]),
    (PacketType::Pubrel, PacketType::Pubcomp, &[Role::Client, Role::Server]),
    (PacketType::Subscribe, PacketType::Suback, &[Role::Server]),
    (PacketType::Unsubscribe, PacketType::Unsuback, &[Role::Server]),
    (PacketType::Pingreq, PacketType::Pingresp, &[Role::Server]),
];

/// Measures answers.
pub(super) struct RoundTrips {
    /// By type of the answer and its sender.
    histograms: [[Option<Histogram>; 2]; 16],
    /// Exchanges in which it is not certain what answers what: connection, who began it, identifier.
    muddled: BTreeSet<(u64, Role, Ids, u16)>,
}

impl RoundTrips {
    /// Measures into the histograms of a family.
    pub fn new(family: &Family<Labels<3>, Histogram>) -> Self {
        let mut histograms: [[Option<Histogram>; 2]; 16] = Default::default();
        for (request, answer, senders) in KINDS {
            for sender in senders {
                let labels = [("request", request.name().into()), ("answer", answer.name().into()), ("sender", sender.name().into())];
                if let Some(slot) = histograms.get_mut(answer.index()).and_then(|senders| senders.get_mut(sender.index())) {
                    *slot = Some(family.get_or_create_owned(&labels));
                }
            }
        }
        Self { histograms, muddled: BTreeSet::new() }
    }

    /// Takes note of a packet, and measures it if it is an answer.
    pub fn packet(&mut self, view: &PacketView<'_>) {
        let kind = view.packet.packet_type();
        let Some(request) = self.request(view, kind).filter(|_| view.framed.certain) else { return };
        let answer = view.framed.end.time;
        // A clock that was set back in between measures nothing.
        if answer >= request.time
            && let Some(Some(histogram)) = self.histograms.get(kind.index()).and_then(|senders| senders.get(view.from.index()))
        {
            histogram.observe(answer.since(request.time).as_secs_f64());
        }
    }

    /// Forgets a connection.
    pub fn ended(&mut self, connection: u64) {
        self.muddled.retain(|(number, ..)| *number != connection);
    }

    #[cfg(test)]
    pub fn is_clear(&self) -> bool {
        self.muddled.is_empty()
    }

    /// When the packet passed that this one answers, if that is certain.
    fn request(&mut self, view: &PacketView<'_>, kind: PacketType) -> Option<Stamp> {
        let session = view.session;
        match (kind, view.from) {
            (PacketType::Connack, Role::Server) => {
                session.connect().filter(|_| session.connects() == 1 && session.connacks() == 0).map(|connect| connect.stamp)
            }
            // If an answer before it was lost, the oldest one is not what it answers.
            (PacketType::Pingresp, Role::Server) => session.oldest_ping().filter(|_| session.pings_waiting() == 1),
            _ => self.exchange(view, kind),
        }
    }

    fn exchange(&mut self, view: &PacketView<'_>, kind: PacketType) -> Option<Stamp> {
        let step = &view.effect.step;
        if matches!(step, Step::None | Step::Began { .. } | Step::Unknown { .. } | Step::AnsweredLate) {
            return None;
        }
        let (began_by, ids) = match kind {
            PacketType::Publish | PacketType::Pubrel => (view.from, Ids::Publish),
            PacketType::Subscribe => (view.from, Ids::Subscribe),
            PacketType::Unsubscribe => (view.from, Ids::Unsubscribe),
            PacketType::Suback => (view.from.peer(), Ids::Subscribe),
            PacketType::Unsuback => (view.from.peer(), Ids::Unsubscribe),
            _ => (view.from.peer(), Ids::Publish),
        };
        let packet_id = view.packet.packet_id()?;
        let key = (view.connection, began_by, ids, packet_id);
        let was_muddled = self.muddled.contains(&key);
        let is_open = view.session.exchanges().is_open(began_by, ids, packet_id);
        // An exchange that goes on behind its last answer waits for another one of the same kind.
        let goes_on = is_open && !matches!(kind, PacketType::Pubrec | PacketType::Pubrel);
        let certain = match step {
            Step::Answered(answered) if !answered.mixed && !goes_on => Some(answered.request),
            _ => None,
        };
        if !is_open {
            self.muddled.remove(&key);
        } else if certain.is_none() {
            self.muddled.insert(key);
        }
        certain.filter(|_| !was_muddled)
    }
}
