//! Which version a connection speaks: said by CONNECT, assumed by the user, or found out from what only one layout allows.

use crate::mqtt::{Body, FixedHeader, Packet, PacketType, Version, decode};

/// What is known of the version.
#[derive(Clone, Copy, Debug)]
pub struct VersionState {
    decided: Option<Version>,
    /// Decided by CONNECT or by the user.
    stated: bool,
}

impl VersionState {
    /// Not known, or assumed.
    pub fn new(assumed: Option<Version>) -> Self {
        Self { decided: assumed, stated: assumed.is_some() }
    }

    /// A CONNECT says so.
    pub fn decide(&mut self, version: Version) {
        *self = Self { decided: Some(version), stated: true };
    }

    /// The version whose layout is sure: said, assumed or inferred.
    pub fn decided(&self) -> Option<Version> {
        self.decided
    }

    /// The version for judging by: not one that was only inferred.
    pub fn stated(&self) -> Option<Version> {
        self.decided.filter(|_| self.stated)
    }

    /// The layout to read by; 3.1.1 (which is that of 3.1 too) while nothing is known.
    pub fn layout(&self) -> Version {
        self.decided.unwrap_or(Version::V3_1_1)
    }

    /// Reads a packet of unknown version: by the one layout that it fits, which decides the question, or as 3.1.1.
    pub fn infer<'a>(&mut self, header: FixedHeader, body: &'a [u8]) -> Packet<'a> {
        let old = decode(header, body, Version::V3_1_1);
        if matches!(header.packet_type(), PacketType::Connect | PacketType::Pingreq | PacketType::Pingresp | PacketType::Reserved) {
            return old;
        }
        let new = decode(header, body, Version::V5_0);
        match (fits(&old), fits(&new)) {
            (true, false) => self.decided = Some(Version::V3_1_1),
            (false, true) => {
                self.decided = Some(Version::V5_0);
                return new;
            }
            _ => {}
        }
        old
    }
}

/// Whether a packet has a layout (and, where layouts are alike, contents) of the version it was read by.
pub fn fits(packet: &Packet<'_>) -> bool {
    if packet.malformed.is_some() || !packet.trailing.is_empty() {
        return false;
    }
    let v5 = packet.version == Version::V5_0;
    match &packet.body {
        Body::Connack(connack) => connack.code.is_some_and(|code| if v5 { code == 0 || code >= 0x80 } else { code <= 5 }),
        Body::Subscribe(subscribe) => {
            !subscribe.filters.is_empty()
                && subscribe
                    .filters
                    .iter()
                    .all(|entry| entry.filter.is_well_formed() && !entry.filter.is_empty() && entry.options.reserved(packet.version) == 0)
        }
        Body::Suback(suback) => !suback.codes.is_empty() && suback.codes.iter().all(|code| *code <= 2 || *code >= 0x80),
        Body::Unsubscribe(unsubscribe) => {
            !unsubscribe.filters.is_empty() && unsubscribe.filters.iter().all(|filter| filter.is_well_formed() && !filter.is_empty())
        }
        Body::Auth(_) => v5,
        _ => true,
    }
}
