//! How far each side has used what the other allows it (5.0 sections 3.1.2.11, 3.2.2.3 and 4.9).

use std::time::Duration;

use super::{Aliases, Doubt, Session, Step};
use crate::flow::Role;
use crate::frame::Stamp;
use crate::framing::Framed;
use crate::mqtt::{Body, Packet, PacketType};

/// How long a client that did not wait for CONNACK may go on with what it had in hand when CONNACK came.
///
/// Bytes that wait in its socket leave in segments that acknowledge CONNACK although they were written before. One second
/// empties the buffer of any link that MQTT is used on, a few round trips of a slow start included.
const UNAWARE: Duration = Duration::from_secs(1);

/// PUBLISH packets with QoS above 0 that one side has sent, counted as 5.0 section 4.9 counts: one more for each PUBLISH (not
/// for its repeats), one less for each PUBACK, each PUBCOMP and each PUBREC of 0x80 or above, whatever it answers, and never
/// less than none. Acknowledgements count as soon as they pass, which is before the sender can know them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// How many are used.
    pub used: u32,
    /// Since when the Receive Maximum of the peer is reached; `None` if it is not, or not known.
    pub full: Option<Stamp>,
    /// The last time that it was reached, from when to when.
    pub was_full: Option<(Stamp, Stamp)>,
}

/// The most that the client has asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Highest QoS of its PUBLISH packets.
    pub published_qos: u8,
    /// Highest QoS that it requested in SUBSCRIBE.
    pub requested_qos: u8,
}

impl Session {
    /// What `role` has used of its peer's Receive Maximum, the packet that is judged included.
    pub fn quota(&self, role: Role) -> &Quota {
        let [client, server] = &self.quotas;
        if role == Role::Client { client } else { server }
    }

    /// What the client has asked for.
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// The client has begun to authenticate again (5.0 section 4.12.1), and the server has not said that it is done.
    pub fn is_reauthenticating(&self) -> bool {
        self.reauthentications > 0
    }

    /// Topic Aliases of both sides, if any was used.
    pub fn aliases(&self) -> Option<&Aliases> {
        self.topics.as_deref().map(|(_, aliases)| aliases)
    }

    /// Whether the client had received CONNACK when it sent a packet: its segment acknowledges it, and had not waited in a
    /// socket since before.
    pub fn has_connack(&self, framed: &Framed<'_>) -> bool {
        let Some(connack) = self.connack() else { return false };
        let fresh = !self.unaware || framed.begin.stamp.time.since(connack.stamp.time) > UNAWARE;
        fresh && framed.begin.acked.is_some_and(|acked| acked >= connack.end)
    }

    /// PUBLISH packets that one side may have unacknowledged; `None` if that is not known.
    fn receive_maximum(&self, role: Role) -> Option<u32> {
        let maximum = match role {
            Role::Client => self.connack().map(|connack| connack.limits.receive_maximum),
            Role::Server => self.connect().map(|connect| connect.limits.receive_maximum),
        };
        maximum.filter(|maximum| *maximum > 0).map(u32::from)
    }

    /// Counts what a packet does to the quotas.
    #[inline]
    pub(super) fn count(&mut self, packet: &Packet<'_>, step: &Step, from: Role, at: Stamp) {
        let (role, more) = match (packet.packet_type(), &packet.body) {
            (PacketType::Publish, _) if matches!(step, Step::Began { .. }) => (from, true),
            (PacketType::Puback | PacketType::Pubcomp, _) => (from.peer(), false),
            (PacketType::Pubrec, Body::Ack(ack)) if ack.reason_code.is_some_and(|code| code >= 0x80) => (from.peer(), false),
            _ => return,
        };
        let Some(quota) = self.quotas.get_mut(role.index()) else { return };
        quota.used = if more { quota.used.saturating_add(1) } else { quota.used.saturating_sub(1) };
        self.limit(role, at);
    }

    /// Holds what `role` has used against what its peer allows.
    pub(super) fn limit(&mut self, role: Role, at: Stamp) {
        let maximum = self.receive_maximum(role);
        let Some(quota) = self.quotas.get_mut(role.index()) else { return };
        let full = maximum.is_some_and(|maximum| quota.used >= maximum);
        match quota.full {
            None if full => quota.full = Some(at),
            Some(since) if !full => {
                quota.full = None;
                quota.was_full = Some((since, at));
            }
            _ => {}
        }
    }

    /// Takes note of what a packet asks for.
    #[inline]
    pub(super) fn note_limits(&mut self, packet: &Packet<'_>, framed: &Framed<'_>, from: Role) {
        if from == Role::Client && !self.unaware {
            let acked = |end: u64| framed.begin.acked.is_some_and(|acked| acked >= end);
            let opens = matches!(packet.packet_type(), PacketType::Connect | PacketType::Auth);
            self.unaware = !opens && !self.connack().is_some_and(|connack| acked(connack.end));
        }
        match &packet.body {
            Body::Publish(_) if from == Role::Client => {
                self.demand.published_qos = self.demand.published_qos.max(packet.header.qos_bits());
            }
            Body::Subscribe(subscribe) if from == Role::Client => {
                let highest = subscribe.filters.iter().map(|entry| entry.options.qos()).max();
                self.demand.requested_qos = self.demand.requested_qos.max(highest.unwrap_or(0));
            }
            Body::Auth(auth) => self.note_reauthentication(auth.reason_code, framed, from),
            _ => {}
        }
    }

    /// Takes note of an AUTH with which one side begins to authenticate again, or says that it is done.
    fn note_reauthentication(&mut self, code: Option<u8>, framed: &Framed<'_>, from: Role) {
        let (steps, follows) = match from {
            Role::Client => (code == Some(0x19), self.accepted().is_some()),
            Role::Server => (matches!(code, None | Some(0)), self.reauthentications > 0),
        };
        if steps && follows {
            match from {
                Role::Client => self.reauthentications += 1,
                Role::Server => self.reauthentications -= 1,
            }
        } else if steps && self.is_ahead(framed, from) {
            // What it follows may stand behind it in the capture: CONNACK, or the AUTH that began.
            self.lost(from, Doubt::Gap);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::{Completeness, Position};
    use crate::mqtt::{HeaderStatus, fixed_header};
    use crate::time::Timestamp;
    use Role::{Client, Server};
    use hex_literal::hex;

    /// Two ends that see at once what the other one sends, unless `acked` is turned back.
    struct Wire {
        session: Session,
        sent: [u64; 2],
        seconds: i64,
    }

    impl Wire {
        fn new() -> Self {
            let mut wire = Self { session: Session::new([true; 2], None, None), sent: [0; 2], seconds: 0 };
            wire.take(Client, &hex!("10 12 0004 4d515454 05 02 003c 03 21 0001 0002 6331"));
            wire
        }

        fn framed<'a>(&self, from: Role, bytes: &'a [u8], acked: u64) -> Framed<'a> {
            let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("no header") };
            let stamp = Stamp { time: Timestamp::from_nanos(self.seconds * 1_000_000_000), ..Stamp::default() };
            Framed {
                header,
                body: &bytes[header.len()..],
                begin: Position { offset: self.sent[from.index()], stamp, acked: Some(acked), delayed: false },
                end: stamp,
                delayed: false,
                completeness: Completeness::Whole,
                certain: true,
                passed_payload: None,
            }
        }

        fn take(&mut self, from: Role, bytes: &[u8]) {
            self.take_acking(from, bytes, self.sent[from.peer().index()]);
        }

        fn take_acking(&mut self, from: Role, bytes: &[u8], acked: u64) {
            let framed = self.framed(from, bytes, acked);
            let packet = self.session.decode(framed.header, framed.body);
            self.session.observe(&packet, &framed, from);
            self.session.settle(&packet, &framed, from);
            self.sent[from.index()] += bytes.len() as u64;
            self.session.read(from, self.sent[from.index()]);
        }

        fn connack(&mut self) {
            self.take(Server, &hex!("20 06 00 00 03 21 0001"));
        }

        /// Whether a PINGREQ that acknowledges so much would be sent by a client that has CONNACK.
        fn has_connack(&self, acked: u64) -> bool {
            self.session.has_connack(&self.framed(Client, &hex!("c0 00"), acked))
        }
    }

    const PUBLISH_1: &[u8] = &hex!("32 06 0001 61 0001 00");
    const PUBLISH_2: &[u8] = &hex!("34 06 0001 61 0002 00");

    #[test]
    fn quota_counts_as_the_specification_does() {
        let mut wire = Wire::new();
        wire.connack();
        wire.take(Client, PUBLISH_1);
        wire.take(Client, PUBLISH_2);
        assert_eq!((wire.session.quota(Client).used, wire.session.quota(Server).used), (2, 0));
        wire.take(Client, PUBLISH_1);
        assert_eq!(wire.session.quota(Client).used, 2, "a repeat takes no place");
        wire.take(Server, &hex!("50 02 0002"));
        wire.take(Client, &hex!("62 02 0002"));
        assert_eq!(wire.session.quota(Client).used, 2);
        wire.take(Server, &hex!("70 02 0002"));
        assert_eq!(wire.session.quota(Client).used, 1);
        wire.take(Server, &hex!("50 03 0001 87"));
        wire.take(Server, &hex!("40 02 0001"));
        assert_eq!(wire.session.quota(Client).used, 0, "never less than none");
    }

    #[test]
    fn quota_knows_when_it_was_full() {
        let mut wire = Wire::new();
        wire.take(Client, PUBLISH_1);
        assert_eq!(wire.session.quota(Client).full, None, "the limit is not known yet");
        wire.seconds = 1;
        wire.connack();
        let seconds = |stamp: Stamp| stamp.time.as_nanos() / 1_000_000_000;
        assert_eq!(wire.session.quota(Client).full.map(seconds), Some(1));
        wire.seconds = 5;
        wire.take(Server, &hex!("40 02 0001"));
        let quota = wire.session.quota(Client);
        assert_eq!((quota.full, quota.was_full.map(|(from, until)| (seconds(from), seconds(until)))), (None, Some((1, 5))));
    }

    #[test]
    fn client_has_what_it_acknowledges() {
        let mut wire = Wire::new();
        assert!(!wire.has_connack(8), "there is none");
        wire.connack();
        assert!(wire.has_connack(8));
        assert!(!wire.has_connack(7));
    }

    #[test]
    fn client_that_does_not_wait_may_have_written_before() {
        let mut wire = Wire::new();
        wire.take(Client, PUBLISH_1);
        wire.connack();
        assert!(!wire.has_connack(8));
        wire.seconds = 2;
        assert!(wire.has_connack(8));

        let mut wire = Wire::new();
        wire.connack();
        wire.take_acking(Client, PUBLISH_1, 0);
        assert!(!wire.has_connack(8), "one that crosses says the same");
    }

    #[test]
    fn demand_is_that_of_the_client() {
        let mut wire = Wire::new();
        wire.connack();
        wire.take(Server, PUBLISH_2);
        assert_eq!(wire.session.demand(), Demand::default());
        wire.take(Client, PUBLISH_1);
        wire.take(Client, &hex!("82 0b 0003 00 0001 61 02 0001 62 00"));
        assert_eq!(wire.session.demand(), Demand { published_qos: 1, requested_qos: 2 });
    }

    #[test]
    fn reauthentication_captured_before_connack_is_not_known() {
        let mut wire = Wire::new();
        wire.take(Client, &hex!("f0 02 19 00"));
        assert_eq!(wire.session.history(Client), Ok(()), "nothing is behind it");
        wire.take_acking(Client, &hex!("f0 02 19 00"), 8);
        assert_eq!(wire.session.history(Client), Err(Doubt::Gap));
        wire.connack();
        assert!(!wire.session.is_reauthenticating());
    }

    #[test]
    fn end_of_reauthentication_captured_before_its_begin_is_not_known() {
        let mut wire = Wire::new();
        wire.connack();
        wire.take(Server, &hex!("f0 00"));
        assert_eq!(wire.session.history(Server), Ok(()), "nothing is behind it");
        wire.take_acking(Server, &hex!("f0 00"), wire.sent[0] + 4);
        assert_eq!(wire.session.history(Server), Err(Doubt::Gap));
    }

    #[test]
    fn reauthentication_lasts_until_the_server_is_content() {
        let mut wire = Wire::new();
        wire.take(Client, &hex!("f0 02 19 00"));
        assert!(!wire.session.is_reauthenticating(), "not before CONNACK");
        wire.connack();
        wire.take(Client, &hex!("f0 02 19 00"));
        wire.take(Server, &hex!("f0 02 18 00"));
        assert!(wire.session.is_reauthenticating());
        wire.take(Server, &hex!("f0 00"));
        assert!(!wire.session.is_reauthenticating());
    }
}
