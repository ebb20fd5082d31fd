//! A list that grows without moving what is in it: so adding to a long one takes no longer than adding to a short one. Its first
//! items can be let go, many at a time; places in it count those that are gone.

use std::collections::VecDeque;

/// Items per chunk; few in tests, so that something is let go.
pub(super) const CHUNK: usize = if cfg!(test) { 1 << 3 } else { 1 << 14 };

/// The list.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    chunks: VecDeque<Vec<T>>,
    /// Chunks that are gone.
    gone: usize,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: VecDeque::new(), gone: 0 }
    }
}

impl<T> Chunks<T> {
    pub fn push(&mut self, item: T) {
        match self.chunks.back_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(item),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(item);
                self.chunks.push_back(chunk);
            }
        }
    }

    /// How many there ever were.
    pub fn len(&self) -> usize {
        self.chunks.back().map_or(self.gone * CHUNK, |last| (self.gone + self.chunks.len() - 1) * CHUNK + last.len())
    }

    /// The place of the first that is left.
    pub fn first(&self) -> usize {
        self.gone * CHUNK
    }

    pub fn get(&self, index: usize) -> Option<&T> {
        self.chunks.get((index / CHUNK).checked_sub(self.gone)?)?.get(index % CHUNK)
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.chunks.get_mut((index / CHUNK).checked_sub(self.gone)?)?.get_mut(index % CHUNK)
    }

    /// Those that are left.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// The last item of the first chunk, if that is full and not the only one.
    pub fn oldest(&self) -> Option<&T> {
        self.chunks.front().filter(|_| self.chunks.len() > 1)?.last()
    }

    /// Lets go of the first chunk, if it is full and not the only one.
    pub fn forget(&mut self) -> Vec<T> {
        if self.chunks.len() < 2 {
            return Vec::new();
        }
        self.gone += 1;
        self.chunks.pop_front().unwrap_or_default()
    }
}
