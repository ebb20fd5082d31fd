//! Topic Filters that a client subscribed to, and Topic Aliases of either direction.

use std::collections::BTreeMap;

use crate::flow::Role;
use crate::mqtt::{Suback, Subscribe, Unsubscribe};

/// How many filters of one connection are remembered; the rest is counted only.
const FILTER_LIMIT: usize = 4096;

/// How many bytes of topics the aliases of one direction may hold.
const ALIAS_BYTES: usize = 256 * 1024;

/// One Topic Filter of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Subscription options as sent (3.1.1: the requested QoS).
    pub options: u8,
    /// The code of SUBACK; `None` before it came.
    pub granted: Option<u8>,
    /// Identifier of the SUBSCRIBE and place of the filter in it, until SUBACK came.
    pending: Option<(u16, usize)>,
}

/// The filters of one connection (not those of an earlier connection of its session).
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    filters: BTreeMap<Box<[u8]>, Subscription>,
    forgotten: u64,
}

impl Subscriptions {
    /// Notes the filters of a SUBSCRIBE.
    pub fn subscribe(&mut self, subscribe: &Subscribe<'_>) {
        let Some(id) = subscribe.packet_id else { return };
        for (place, entry) in subscribe.filters.iter().enumerate() {
            if self.filters.len() >= FILTER_LIMIT && !self.filters.contains_key(entry.filter.bytes) {
                self.forgotten += 1;
                continue;
            }
            let subscription = Subscription { options: entry.options.0, granted: None, pending: Some((id, place)) };
            self.filters.insert(entry.filter.bytes.into(), subscription);
        }
    }

    /// Notes what SUBACK granted.
    pub fn granted(&mut self, suback: &Suback<'_>) {
        for subscription in self.filters.values_mut() {
            if let Some((id, place)) = subscription.pending
                && suback.packet_id == Some(id)
            {
                subscription.granted = suback.codes.get(place).copied();
                subscription.pending = None;
            }
        }
    }

    /// Forgets the filters of an UNSUBSCRIBE.
    pub fn unsubscribe(&mut self, unsubscribe: &Unsubscribe<'_>) {
        for filter in unsubscribe.filters.iter() {
            self.filters.remove(filter.bytes);
        }
    }

    /// The subscription with a filter.
    pub fn get(&self, filter: &[u8]) -> Option<&Subscription> {
        self.filters.get(filter)
    }

    /// The filters, in byte order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Subscription)> {
        self.filters.iter().map(|(filter, subscription)| (&**filter, subscription))
    }

    /// True if every filter of this connection is known.
    pub fn is_complete(&self) -> bool {
        self.forgotten == 0
    }
}

/// Topic Aliases (5.0 section 3.3.2.3.4): one map per direction.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    topics: [BTreeMap<u16, Box<[u8]>>; 2],
    bytes: [usize; 2],
}

impl Aliases {
    /// A PUBLISH of `from` with an alias: a topic sets it, an empty one asks for it. Returns the topic meant, if known.
    pub fn resolve(&mut self, from: Role, alias: u16, topic: &[u8]) -> Option<&[u8]> {
        let (map, bytes) = (self.topics.get_mut(from.index())?, self.bytes.get_mut(from.index())?);
        if !topic.is_empty() && map.get(&alias).is_none_or(|known| **known != *topic) {
            *bytes -= map.remove(&alias).map_or(0, |old| old.len());
            if *bytes + topic.len() <= ALIAS_BYTES {
                *bytes += topic.len();
                map.insert(alias, topic.into());
            }
        }
        map.get(&alias).map(|known| &**known)
    }

    /// The topic that an alias of `from` stands for.
    pub fn get(&self, from: Role, alias: u16) -> Option<&[u8]> {
        self.topics.get(from.index())?.get(&alias).map(|topic| &**topic)
    }
}
