//! What an index of a live source lets go of, so that days of it do not fill the memory: packets that have left the window of
//! what can be read again, many at a time, and connections that are over and have no packet any more. Numbers go on, those of
//! what is gone are not used again. Of files nothing is ever let go.

use super::chunks::CHUNK;
use super::entry::Bytes;
use super::{ConnectionId, Index, PacketId};
use crate::finding::Severity;
use crate::time::Timestamp;

/// Most packets that are kept, whatever the window holds: tiny ones could fill it by the hundred million.
const PACKETS: usize = 2 << 20;

/// Most pieces of packets.
const PIECES: usize = 4 << 20;

/// Most connections that are over.
const OVER: usize = 1 << 16;

/// Bytes kept of packets that came in IP fragments.
const FRAGMENT_BYTES: usize = 16 << 20;

/// What was counted of connections that are gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// How many.
    pub connections: u64,
    /// Their findings by severity, with repetitions.
    pub findings: [u64; 3],
    /// Holes in their byte streams.
    pub gaps: u64,
    /// Their segments that repeated bytes.
    pub retransmissions: u64,
}

impl Index {
    /// The first packet that is not gone; another one whenever some have gone.
    pub fn first(&self) -> PacketId {
        self.entries.first() as PacketId
    }

    /// Connections that are gone.
    pub fn gone(&self) -> &Gone {
        &self.gone
    }

    /// Lets go of what has left the window, which begins at `begin`.
    pub(super) fn evict(&mut self, begin: Option<Timestamp>) {
        while let Some(oldest) = self.entries.oldest()
            && (begin.is_some_and(|begin| oldest.time < begin) || self.entries.len() - self.entries.first() > PACKETS)
        {
            self.forget_packets();
        }
        while self.pieces.len() - self.pieces.first() > PIECES {
            self.pieces.forget();
        }
        let surplus = self.kept.len().saturating_sub(FRAGMENT_BYTES);
        // Moved only when it is worth it.
        if surplus > FRAGMENT_BYTES / 4 {
            self.kept.forget(surplus);
        }
        while let Some(id) = self.over.front().copied() {
            let stays =
                self.connection(id).is_some_and(|one| !one.packets.is_empty() || begin.is_none_or(|begin| one.summary.last >= begin));
            if stays && self.over.len() <= OVER {
                break;
            }
            self.over.pop_front();
            self.forget_connection(id);
        }
    }

    fn forget_packets(&mut self) {
        let gone = self.entries.forget();
        let first = self.first();
        let mut pieces = 0;
        for entry in gone {
            if let Some(Some(connection)) = self.connections.get_mut(entry.connection as usize) {
                let count = connection.packets.partition_point(|packet| *packet < first);
                connection.packets.forget(count);
            }
            if let Bytes::Pieces { first, count } = entry.place() {
                pieces = pieces.max(first + count as u64);
            }
        }
        while self.pieces.oldest().is_some() && (self.pieces.first() + CHUNK) as u64 <= pieces {
            self.pieces.forget();
        }
    }

    fn forget_connection(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id as usize).and_then(Option::take) else { return };
        let summary = &connection.summary;
        if let Some(key) = super::client_key(summary)
            && let Some(all) = self.clients.get_mut(&key)
        {
            all.retain(|other| *other != id);
            if all.is_empty() {
                self.clients.remove(&key);
            }
        }
        self.live.settle(id);
        self.gone.connections += 1;
        for severity in Severity::ALL {
            self.gone.findings[severity as usize] += summary.count(severity);
        }
        self.gone.gaps += summary.gaps;
        self.gone.retransmissions += summary.retransmissions;
        while self.connections.get(self.eldest as usize).is_some_and(Option::is_none) {
            self.eldest += 1;
        }
        while self.connections.first() + CHUNK <= self.eldest as usize && !self.connections.forget().is_empty() {}
    }
}
