//! Topic Filters that a client subscribed to, and Topic Aliases of either direction.

use std::collections::BTreeMap;

use crate::flow::Role;
use crate::mqtt::{Suback, Subscribe, Unsubscribe};

/// How many filters of one connection are remembered, and how many bytes of them; the rest is counted only.
const FILTER_LIMIT: usize = 4096;
const FILTER_BYTES: usize = 1 << 20;

/// How many bytes of topics the aliases of one direction may hold.
const ALIAS_BYTES: usize = 256 * 1024;

/// One Topic Filter of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Subscription options as sent (3.1.1: the requested QoS).
    pub options: u8,
    /// The code of SUBACK; `None` before it came.
    pub granted: Option<u8>,
    /// Requested QoS of the last SUBSCRIBE of this filter that SUBACK refused without a reason (0x80 or 0x83).
    pub refused_qos: Option<u8>,
    /// The filter was subscribed before on this connection: its SUBSCRIBE renews an older subscription.
    pub renews: bool,
    /// Which SUBACK of the connection answered it, counted from 1; 0 before it came.
    answered_by: u64,
    /// Identifier of the SUBSCRIBE and place of the filter in it, until SUBACK came.
    pending: Option<(u16, usize)>,
}

/// The filters of one connection (not those of an earlier connection of its session).
#[derive(Clone, Debug, Default)]
pub struct Subscriptions {
    filters: BTreeMap<Box<[u8]>, Subscription>,
    /// The filters that wait for a SUBACK: identifier of the SUBSCRIBE and place of the filter in it.
    pending: BTreeMap<(u16, usize), Box<[u8]>>,
    bytes: usize,
    subacks: u64,
    forgotten: u64,
}

impl Subscriptions {
    /// Notes the filters of a SUBSCRIBE.
    pub fn subscribe(&mut self, subscribe: &Subscribe<'_>) {
        let Some(id) = subscribe.packet_id else { return };
        for (place, entry) in subscribe.filters.iter().enumerate() {
            let filter = entry.filter.bytes;
            let old = self.forget(filter);
            if self.filters.len() >= FILTER_LIMIT || self.bytes + filter.len() > FILTER_BYTES {
                self.forgotten += 1;
                continue;
            }
            let (renews, refused_qos) = (old.is_some(), old.and_then(|old| old.refused_qos));
            let (options, pending) = (entry.options.0, Some((id, place)));
            let subscription = Subscription { options, granted: None, refused_qos, renews, answered_by: 0, pending };
            self.filters.insert(filter.into(), subscription);
            self.pending.insert((id, place), filter.into());
            self.bytes += filter.len();
        }
    }

    /// Notes what SUBACK granted.
    pub fn granted(&mut self, suback: &Suback<'_>) {
        self.subacks += 1;
        let Some(id) = suback.packet_id else { return };
        while let Some((&(waits, place), _)) = self.pending.range((id, 0)..).next()
            && waits == id
        {
            let filter = self.pending.remove(&(id, place)).unwrap_or_default();
            if let Some(subscription) = self.filters.get_mut(&filter)
                && subscription.pending == Some((id, place))
            {
                subscription.granted = suback.codes.get(place).copied();
                subscription.answered_by = self.subacks;
                subscription.pending = None;
                if subscription.granted.is_some_and(|code| matches!(code, 0x80 | 0x83)) {
                    subscription.refused_qos = Some(subscription.options & 3);
                }
            }
        }
        if self.pending.is_empty() {
            // An emptied map keeps its last node, which most connections never need again.
            self.pending = BTreeMap::new();
        }
    }

    /// Forgets the filters of an UNSUBSCRIBE.
    pub fn unsubscribe(&mut self, unsubscribe: &Unsubscribe<'_>) {
        for filter in unsubscribe.filters.iter() {
            self.forget(filter.bytes);
        }
    }

    fn forget(&mut self, filter: &[u8]) -> Option<Subscription> {
        let old = self.filters.remove(filter)?;
        self.bytes -= filter.len();
        if let Some(pending) = old.pending
            && self.pending.get(&pending).is_some_and(|waits| **waits == *filter)
        {
            self.pending.remove(&pending);
        }
        Some(old)
    }

    /// The filters that wait for the SUBACK with an identifier, with their place in it.
    pub fn pending(&self, packet_id: u16) -> impl Iterator<Item = (&[u8], &Subscription, usize)> {
        self.pending.range((packet_id, 0)..=(packet_id, usize::MAX)).filter_map(|(waits, filter)| {
            let subscription = self.filters.get(filter).filter(|subscription| subscription.pending == Some(*waits))?;
            Some((&**filter, subscription, waits.1))
        })
    }

    /// The subscription with a filter.
    pub fn get(&self, filter: &[u8]) -> Option<&Subscription> {
        self.filters.get(filter)
    }

    /// Whether the last SUBACK of the connection is the one that answered a subscription.
    pub fn is_answered_last(&self, subscription: &Subscription) -> bool {
        subscription.answered_by > 0 && subscription.answered_by == self.subacks
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
    used: [Option<AliasUse>; 2],
    /// Aliases whose topic was not kept.
    forgotten: [u64; 2],
}

/// Which Topic Aliases one side has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AliasUse {
    /// The lowest.
    pub lowest: u16,
    /// The highest.
    pub highest: u16,
    /// One was used for a topic that it did not stand for yet, as far as that is known.
    pub unmapped: bool,
}

impl Aliases {
    /// A PUBLISH of `from` with an alias: a topic sets it, an empty one asks for it. Returns the topic meant, if known.
    pub fn resolve(&mut self, from: Role, alias: u16, topic: &[u8]) -> Option<&[u8]> {
        let (map, bytes) = (self.topics.get_mut(from.index())?, self.bytes.get_mut(from.index())?);
        let used = self.used.get_mut(from.index())?.get_or_insert(AliasUse { lowest: alias, highest: alias, unmapped: false });
        used.lowest = used.lowest.min(alias);
        used.highest = used.highest.max(alias);
        used.unmapped |= topic.is_empty() && !map.contains_key(&alias);
        if !topic.is_empty() && map.get(&alias).is_none_or(|known| **known != *topic) {
            *bytes -= map.remove(&alias).map_or(0, |old| old.len());
            if *bytes + topic.len() <= ALIAS_BYTES {
                *bytes += topic.len();
                map.insert(alias, topic.into());
            } else if let Some(forgotten) = self.forgotten.get_mut(from.index()) {
                *forgotten += 1;
            }
        }
        map.get(&alias).map(|known| &**known)
    }

    /// Which aliases `from` has used, if any.
    pub fn used(&self, from: Role) -> Option<AliasUse> {
        self.used.get(from.index()).copied().flatten()
    }

    /// True if the topics of all aliases of `from` were kept.
    pub fn is_complete(&self, from: Role) -> bool {
        self.forgotten.get(from.index()) == Some(&0)
    }

    /// The topic that an alias of `from` stands for.
    pub fn get(&self, from: Role, alias: u16) -> Option<&[u8]> {
        self.topics.get(from.index())?.get(&alias).map(|topic| &**topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::{Body, FixedHeader, VarInt, Version, decode};

    #[test]
    fn aliases_of_each_side_are_its_own() {
        let mut aliases = Aliases::default();
        assert_eq!(aliases.resolve(Role::Client, 1, b"a"), Some(&b"a"[..]));
        assert_eq!(aliases.resolve(Role::Client, 1, b""), Some(&b"a"[..]));
        assert_eq!(aliases.resolve(Role::Server, 1, b""), None);
        assert_eq!(aliases.used(Role::Client), Some(AliasUse { lowest: 1, highest: 1, unmapped: false }));
        assert_eq!(aliases.used(Role::Server), Some(AliasUse { lowest: 1, highest: 1, unmapped: true }));
    }

    #[test]
    fn range_of_aliases_is_kept() {
        let mut aliases = Aliases::default();
        assert_eq!(aliases.used(Role::Client), None);
        for alias in [7, 3, 9] {
            aliases.resolve(Role::Client, alias, b"a");
        }
        assert_eq!(aliases.used(Role::Client), Some(AliasUse { lowest: 3, highest: 9, unmapped: false }));
    }

    #[test]
    fn topics_beyond_the_bound_are_known_to_be_missing() {
        let mut aliases = Aliases::default();
        let long = vec![b'a'; 60_000];
        for alias in 1..=4 {
            aliases.resolve(Role::Client, alias, &long);
        }
        assert!(aliases.is_complete(Role::Client));
        assert_eq!(aliases.resolve(Role::Client, 5, &long), None);
        assert!(!aliases.is_complete(Role::Client) && aliases.is_complete(Role::Server));
    }
    fn packet(first_byte: u8, body: &[u8], then: impl FnOnce(Body<'_>)) {
        let remaining_length = VarInt { value: body.len() as u32, encoded_len: 4 };
        then(decode(FixedHeader { first_byte, remaining_length }, body, Version::V3_1_1).body);
    }

    fn subscribe(subscriptions: &mut Subscriptions, id: u8, filters: &[&[u8]]) {
        let mut body = vec![0, id];
        for filter in filters {
            body.extend_from_slice(&(filter.len() as u16).to_be_bytes());
            body.extend_from_slice(filter);
            body.push(1);
        }
        packet(0x82, &body, |body| match body {
            Body::Subscribe(subscribe) => subscriptions.subscribe(&subscribe),
            _ => panic!("a SUBSCRIBE"),
        });
    }

    fn suback(subscriptions: &mut Subscriptions, body: [u8; 4]) {
        packet(0x90, &body, |body| match body {
            Body::Suback(suback) => subscriptions.granted(&suback),
            _ => panic!("a SUBACK"),
        });
    }

    fn granted(subscriptions: &Subscriptions, filter: &[u8]) -> Option<u8> {
        subscriptions.get(filter).and_then(|subscription| subscription.granted)
    }

    #[test]
    fn suback_grants_what_its_subscribe_asked_for() {
        let mut subscriptions = Subscriptions::default();
        subscribe(&mut subscriptions, 1, &[b"a", b"b"]);
        subscribe(&mut subscriptions, 2, &[b"b", b"c"]);
        assert_eq!(subscriptions.pending(1).map(|(filter, ..)| filter).collect::<Vec<_>>(), [b"a"], "\"b\" waits for the second");
        suback(&mut subscriptions, [0, 1, 0, 1]);
        assert_eq!([b"a", b"b", b"c"].map(|filter| granted(&subscriptions, filter)), [Some(0), None, None]);
        suback(&mut subscriptions, [0, 2, 0x80, 1]);
        assert_eq!([b"a", b"b", b"c"].map(|filter| granted(&subscriptions, filter)), [Some(0), Some(0x80), Some(1)]);
        subscribe(&mut subscriptions, 3, &[b"b"]);
        let again = subscriptions.get(b"b").unwrap();
        assert_eq!((again.granted, again.refused_qos), (None, Some(1)), "what was refused is remembered");
    }

    #[test]
    fn subscriptions_know_which_suback_came_last_and_whether_they_are_renewed() {
        let mut subscriptions = Subscriptions::default();
        let facts = |subscriptions: &Subscriptions, filter: &[u8]| {
            let subscription = subscriptions.get(filter).unwrap();
            (subscriptions.is_answered_last(subscription), subscription.renews)
        };
        subscribe(&mut subscriptions, 1, &[b"a"]);
        assert_eq!(facts(&subscriptions, b"a"), (false, false));
        suback(&mut subscriptions, [0, 1, 0, 0]);
        assert_eq!(facts(&subscriptions, b"a"), (true, false));
        subscribe(&mut subscriptions, 2, &[b"b"]);
        suback(&mut subscriptions, [0, 2, 0, 0]);
        assert_eq!([b"a", b"b"].map(|filter| facts(&subscriptions, filter)), [(false, false), (true, false)]);
        subscribe(&mut subscriptions, 3, &[b"a"]);
        assert_eq!(facts(&subscriptions, b"a"), (false, true));
    }

    #[test]
    fn filters_beyond_the_bounds_are_known_to_be_missing() {
        let mut subscriptions = Subscriptions::default();
        let long: Vec<Vec<u8>> = (0..17).map(|first| [&[first][..], &[b'a'; 65_000]].concat()).collect();
        for _ in 0..2 {
            long.iter().take(16).for_each(|filter| subscribe(&mut subscriptions, 1, &[filter]));
        }
        assert!(subscriptions.is_complete(), "a filter takes its own place");
        subscribe(&mut subscriptions, 1, &[&long[16]]);
        assert!(!subscriptions.is_complete() && subscriptions.get(&long[16]).is_none());
    }
}
