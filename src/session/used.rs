//! A set of Packet Identifiers that costs next to nothing when they are used in sequence, as peers do.

/// Identifiers used so far, as sorted ranges that do not touch.
#[derive(Debug, Default)]
pub struct UsedIds {
    ranges: Vec<(u16, u16)>,
}

impl UsedIds {
    /// Adds an identifier.
    pub fn insert(&mut self, id: u16) {
        let index = self.ranges.partition_point(|(_, last)| *last < id);
        if self.ranges.get(index).is_some_and(|(first, _)| *first <= id) {
            return;
        }
        let joins_left =
            index.checked_sub(1).and_then(|left| self.ranges.get(left)).is_some_and(|(_, last)| last.checked_add(1) == Some(id));
        let joins_right = self.ranges.get(index).is_some_and(|(first, _)| id.checked_add(1) == Some(*first));
        match (joins_left, joins_right) {
            (true, true) => {
                let (_, last) = self.ranges.remove(index);
                self.set_last(index - 1, last);
            }
            (true, false) => self.set_last(index - 1, id),
            (false, true) => {
                if let Some((first, _)) = self.ranges.get_mut(index) {
                    *first = id;
                }
            }
            (false, false) => self.ranges.insert(index, (id, id)),
        }
    }

    /// Whether the identifier was used.
    pub fn contains(&self, id: u16) -> bool {
        let index = self.ranges.partition_point(|(_, last)| *last < id);
        self.ranges.get(index).is_some_and(|(first, _)| *first <= id)
    }

    fn set_last(&mut self, index: usize, last: u16) {
        if let Some((_, end)) = self.ranges.get_mut(index) {
            *end = last;
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
        assert_eq!(used.ranges, [(1, 1000)]);
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(ids in prop::collection::vec(0u16..200, 0..300)) {
            let (mut used, mut set) = (UsedIds::default(), BTreeSet::new());
            for id in ids {
                used.insert(id);
                set.insert(id);
                prop_assert!(used.ranges.windows(2).all(|pair| u32::from(pair[0].1) + 1 < u32::from(pair[1].0)));
            }
            for id in 0..200 {
                prop_assert_eq!(used.contains(id), set.contains(&id));
            }
        }
    }
}
