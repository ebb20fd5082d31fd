//! A list whose first items may be gone: what is left of it is a slice, and places in it count those that are gone.

use std::ops::Deref;

/// The list.
#[derive(Clone, Debug)]
pub struct Tail<T> {
    items: Vec<T>,
    /// How many of `items` are gone but still take room.
    dead: usize,
    /// How many are gone altogether.
    gone: usize,
}

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Self { items: Vec::new(), dead: 0, gone: 0 }
    }
}

impl<T> Tail<T> {
    /// How many are gone; the first that is left has this place.
    pub fn gone(&self) -> usize {
        self.gone
    }

    /// How many there ever were.
    pub fn end(&self) -> usize {
        self.gone + self.len()
    }

    /// The item at a place, if it is not gone.
    pub fn at(&self, place: usize) -> Option<&T> {
        self.get(place.checked_sub(self.gone)?)
    }

    pub(super) fn push(&mut self, item: T) {
        self.items.push(item);
    }

    pub(super) fn append(&mut self, mut items: Vec<T>) {
        self.items.append(&mut items);
    }

    /// Lets go of the first ones.
    pub(super) fn forget(&mut self, count: usize) {
        let count = count.min(self.len());
        (self.dead, self.gone) = (self.dead + count, self.gone + count);
        // Moving what is left costs no more than what has gone has cost to put in.
        if self.dead > self.items.len() / 2 {
            self.items.drain(..self.dead);
            self.dead = 0;
            self.items.shrink_to(2 * self.items.len());
        }
    }
}

impl<T> Deref for Tail<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.items.get(self.dead..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_what_is_gone() {
        let mut tail = Tail::default();
        (0..100).for_each(|item| tail.push(item));
        for gone in 1..=100 {
            tail.forget(1);
            assert_eq!((tail.gone(), tail.end(), tail.len()), (gone, 100, 100 - gone));
            assert_eq!((tail.at(gone - 1), tail.at(gone)), (None, (gone < 100).then_some(&gone)));
            assert!(tail.iter().copied().eq(gone..100));
        }
        tail.forget(1);
        tail.push(100);
        assert_eq!((tail.gone(), &*tail), (100, &[100][..]));
    }
}
