//! A set of Packet Identifiers that costs next to nothing when they are used in sequence, as peers do.

/// Identifiers used so far.
#[derive(Debug, Default)]
pub struct UsedIds {
    /// The range that grew last: nearly always the only one, so it is kept at hand.
    current: Option<(u16, u16)>,
    /// The others, sorted; they neither overlap nor touch each other.
    older: Vec<(u16, u16)>,
}

impl UsedIds {
    /// Adds an identifier.
    #[inline]
    pub fn insert(&mut self, id: u16) {
        match &mut self.current {
            Some((first, last)) if *first <= id && id <= *last => {}
            Some((_, last)) if last.checked_add(1) == Some(id) => *last = id,
            _ => self.start(id),
        }
    }

    /// Whether the identifier was used.
    pub fn contains(&self, id: u16) -> bool {
        let index = self.older.partition_point(|(_, last)| *last < id);
        let older = self.older.get(index).is_some_and(|(first, _)| *first <= id);
        older || self.current.is_some_and(|(first, last)| first <= id && id <= last)
    }

    /// Puts the present range aside, joined with those it meets, and begins a new one.
    fn start(&mut self, id: u16) {
        if let Some((mut first, mut last)) = self.current.replace((id, id)) {
            let from = self.older.partition_point(|(_, end)| end.saturating_add(1) < first);
            let to = self.older.partition_point(|(begin, _)| *begin <= last.saturating_add(1));
            for (begin, end) in self.older.drain(from..to.max(from)) {
                first = first.min(begin);
                last = last.max(end);
            }
            self.older.insert(from, (first, last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn sequence_is_one_range() {
        let mut used = UsedIds::default();
        (1..=1000).for_each(|id| used.insert(id));
        assert_eq!((used.current, used.older), (Some((1, 1000)), vec![]));
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(ids in prop::collection::vec(0u16..200, 0..300)) {
            let (mut used, mut set) = (UsedIds::default(), BTreeSet::new());
            for id in ids {
                used.insert(id);
                set.insert(id);
                prop_assert!(used.older.windows(2).all(|pair| u32::from(pair[0].1) + 1 < u32::from(pair[1].0)));
            }
            for id in 0..200 {
                prop_assert_eq!(used.contains(id), set.contains(&id));
            }
        }
    }
}
