//! Search in a ladder of any length: what is the same in many packets is looked at once.

use std::collections::HashMap;

use super::words::{shape, words};
use super::{mark, said};
use crate::index::{Entry, PacketId};
use crate::mqtt::PacketType;
use crate::show;
use crate::tui::model::Model;

/// Words to look for in rows: each has to be somewhere in a row.
pub struct Search<'a> {
    model: &'a Model,
    words: Vec<&'a str>,
    /// Which of the words are in a topic, by where the index keeps it, as bits.
    topics: HashMap<(*const u8, usize), u64>,
    /// The same for all else but Packet Identifier and size, by what that is made from.
    shapes: HashMap<u64, u64>,
}

impl<'a> Search<'a> {
    /// Looks for the words of `needle` (in lower case).
    pub fn new(model: &'a Model, needle: &'a str) -> Self {
        let words = needle.split_whitespace().take(u64::BITS as usize).collect();
        Self { model, words, topics: HashMap::new(), shapes: HashMap::new() }
    }

    /// Whether a row has all of them.
    pub fn hits(&mut self, row: usize) -> bool {
        let Some(row) = self.model.ladder.row(row) else { return false };
        let entry = row.packet().and_then(|packet| Some((packet, self.model.data.index.get(packet)?)));
        let mut found = match entry {
            Some((packet, entry)) => self.packet(packet, entry),
            None => {
                let (kind, rest, _) = said(self.model, row);
                within(&self.words, &format!("{kind} {rest}"))
            }
        };
        if row.is_judged(&self.model.data) {
            row.findings(&self.model.data).iter().for_each(|finding| found |= within(&self.words, &mark(finding)));
        }
        found.count_ones() as usize == self.words.len()
    }

    fn packet(&mut self, packet: PacketId, entry: &Entry) -> u64 {
        let (data, needles) = (&self.model.data, &self.words);
        if entry.kind() == PacketType::Connect {
            return within(needles, &words(data, packet, entry).1) | within(needles, entry.kind().name());
        }
        let key = u64::from(entry.first_byte())
            | entry.code().map_or(0, |code| 0x100 | u64::from(code) << 16)
            | u64::from(entry.is_malformed()) << 9
            | u64::from(entry.is_certain()) << 10
            | (entry.completeness() as u64) << 24
            | (entry.version() as u64) << 32;
        let mut found = *self.shapes.entry(key).or_insert_with(|| within(needles, &shape(entry)));
        if let Some(topic) = data.index.topic(entry) {
            let kept = (topic.as_ptr(), topic.len());
            found |= *self.topics.entry(kept).or_insert_with(|| within(needles, &show::text(topic)));
        }
        if let Some(id) = entry.packet_id()
            && needles.iter().any(|word| word.starts_with('#'))
        {
            found |= within(needles, &format!("#{id}"));
        }
        found
    }
}

/// Which of the words a text has, as bits.
fn within(words: &[&str], text: &str) -> u64 {
    let text = text.to_lowercase();
    words.iter().enumerate().filter(|(_, word)| text.contains(**word)).map(|(at, _)| 1 << at).sum()
}
