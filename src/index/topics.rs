//! Topics by number, so that a packet needs four bytes for its own.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::entry::NONE;

/// Bytes of topics kept; packets with other topics have none in the index.
const TOPIC_BYTES: usize = 256 << 20;

/// What a topic takes besides its text, in two lists and a table.
const TOPIC: usize = 96;

/// Topics by number, each once.
#[derive(Default)]
pub(super) struct Topics {
    table: HashTable<u32>,
    list: Vec<Arc<[u8]>>,
    hasher: RandomState,
    bytes: usize,
}

impl Topics {
    /// The number of a topic; a new one goes into `fresh` as well.
    pub fn number(&mut self, topic: &[u8], fresh: &mut Vec<Arc<[u8]>>) -> u32 {
        let Self { table, list, hasher, bytes } = self;
        let hash = hasher.hash_one(topic);
        let is_it = |number: &u32| list.get(*number as usize).is_some_and(|known| **known == *topic);
        if let Some(number) = table.find(hash, is_it) {
            return *number;
        }
        // Short ones cost more than their text.
        if *bytes + topic.len() + TOPIC > TOPIC_BYTES {
            return NONE;
        }
        *bytes += topic.len() + TOPIC;
        let number = list.len() as u32;
        let topic: Arc<[u8]> = topic.into();
        list.push(Arc::clone(&topic));
        fresh.push(topic);
        table.insert_unique(hash, number, |number| list.get(*number as usize).map_or(0, |topic| hasher.hash_one(&**topic)));
        number
    }
}
