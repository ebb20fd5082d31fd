//! Findings that are known and accepted: a file that hides them from the report, so that new ones stand out.
//!
//! A finding is known by what stays the same from one capture to the next: the rule, the statement, who is to blame, and for
//! a client its Client Identifier. No frame, no time, no address. How often it was found belongs to it: one more is new.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::json;
use super::wire::text_and_hex;
use crate::analysis::Violation;
use crate::finding::Blame;

/// How many different findings a baseline holds at most: beyond, it is not a list of what is known, but a recording.
pub const ENTRY_LIMIT: usize = 100_000;

/// What `baseline` says: the number of the format.
const FORMAT: u32 = 1;

/// What a finding is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The rule.
    pub rule: Cow<'static, str>,
    /// The statement broken.
    pub clause: Cow<'static, str>,
    /// Who broke it.
    pub blames: Blame,
    /// The client's name, if it is to blame and has one.
    pub client_id: Option<Box<[u8]>>,
}

impl From<&Violation<'_>> for Key {
    fn from(violation: &Violation<'_>) -> Self {
        let named = violation.client_id.filter(|id| violation.blames == Blame::Client && !id.is_empty());
        Self { rule: violation.rule.into(), clause: violation.clause.into(), blames: violation.blames, client_id: named.map(Box::from) }
    }
}

/// How often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: u64,
    found: u64,
}

/// A baseline that a capture is held against.
#[derive(Clone, Debug, Default)]
pub struct Baseline(BTreeMap<Key, Count>);

impl Baseline {
    /// Reads one.
    ///
    /// # Errors
    /// It is not what [`Tally::write`] writes.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        let file: File = serde_json::from_str(text)?;
        if file.baseline != FORMAT {
            return Err(serde::de::Error::custom(format!("format {} is not known, only {FORMAT} is", file.baseline)));
        }
        let mut all = Self::default();
        for entry in file.accepted {
            let count = entry.count;
            all.0.entry(entry.key()?).or_default().accepted += count;
        }
        Ok(all)
    }

    /// Whether a violation is accepted. Those beyond the count are not.
    pub fn accepts(&mut self, violation: &Violation<'_>) -> bool {
        let Some(count) = self.0.get_mut(&Key::from(violation)) else { return false };
        count.found += 1;
        count.found <= count.accepted
    }

    /// Whether one more of these would be accepted; counts nothing.
    pub fn would_accept(&self, violation: &Violation<'_>) -> bool {
        self.0.get(&Key::from(violation)).is_some_and(|count| count.found < count.accepted)
    }

    /// How many findings were accepted.
    pub fn accepted(&self) -> u64 {
        self.0.values().map(|count| count.found.min(count.accepted)).sum()
    }

    /// What was not found any more, and how often it was once, provided that its rule `is_asked`.
    pub fn stale(&self, is_asked: impl Fn(&Key) -> bool) -> Vec<(&Key, u64)> {
        let gone = self.0.iter().filter(|(key, count)| count.found == 0 && is_asked(key));
        gone.map(|(key, count)| (key, count.accepted)).collect()
    }
}

/// Counts what is found, to make a baseline of it.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: BTreeMap<Key, u64>,
    left_out: u64,
}

impl Tally {
    /// Counts a violation.
    pub fn note(&mut self, violation: &Violation<'_>) {
        let key = Key::from(violation);
        if self.counts.len() >= ENTRY_LIMIT && !self.counts.contains_key(&key) {
            self.left_out += 1;
            return;
        }
        *self.counts.entry(key).or_default() += 1;
    }

    /// How many findings, and how many different ones.
    pub fn sums(&self) -> (u64, usize) {
        (self.counts.values().sum(), self.counts.len())
    }

    /// How many findings were not counted: beyond [`ENTRY_LIMIT`].
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Writes the baseline, one entry a line and in order, so that two of them can be compared line by line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        write!(out, "{{\"tool\":\"{}\",\"baseline\":{FORMAT},\"accepted\":[", json::TOOL)?;
        for (at, (key, count)) in self.counts.iter().enumerate() {
            out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            json::value(out, &Entry::new(key, *count))?;
        }
        out.write_all(b"\n]}\n")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "tool")]
    _tool: String,
    baseline: u32,
    accepted: Vec<Entry>,
}

/// An entry, in the file and in the report.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    rule: String,
    clause: String,
    blames: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id_hex: Option<String>,
    count: u64,
}

impl Entry {
    /// The entry of a key.
    pub fn new(key: &Key, count: u64) -> Self {
        let (client_id, client_id_hex) = text_and_hex(key.client_id.as_deref());
        Self {
            rule: key.rule.to_string(),
            clause: key.clause.to_string(),
            blames: key.blames.name().to_owned(),
            client_id,
            client_id_hex,
            count,
        }
    }

    fn key(self) -> serde_json::Result<Key> {
        let wrong = |what: String| <serde_json::Error as serde::de::Error>::custom(what);
        let blames = [Blame::Client, Blame::Server, Blame::Network].into_iter().find(|blame| blame.name() == self.blames);
        let blames = blames.ok_or_else(|| wrong(format!("blames {:?}: expected client, server or network", self.blames)))?;
        let client_id = match self.client_id_hex {
            Some(hex) => Some(bytes(&hex).ok_or_else(|| wrong(format!("client_id_hex {hex:?}: expected bytes in hex")))?),
            None => self.client_id.map(String::into_bytes),
        };
        Ok(Key { rule: self.rule.into(), clause: self.clause.into(), blames, client_id: client_id.map(Vec::into_boxed_slice) })
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = hex.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violation<'a>(rule: &'static str, blames: Blame, client_id: &'a [u8]) -> Violation<'a> {
        Violation { rule, clause: "MQTT-1.2.3-4", blames, client_id: Some(client_id) }
    }

    fn written(violations: &[Violation<'_>]) -> String {
        let mut tally = Tally::default();
        violations.iter().for_each(|violation| tally.note(violation));
        let mut out = Vec::new();
        tally.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_entry_a_line_in_order() {
        let bad = violation("b", Blame::Client, b"p\xff\x1b");
        let all = [bad, violation("a", Blame::Server, b"x"), violation("a", Blame::Server, b"y"), violation("b", Blame::Client, b"")];
        let expected = "{\"tool\":\"mqttscope\",\"baseline\":1,\"accepted\":[\n\
            {\"rule\":\"a\",\"clause\":\"MQTT-1.2.3-4\",\"blames\":\"server\",\"count\":2},\n\
            {\"rule\":\"b\",\"clause\":\"MQTT-1.2.3-4\",\"blames\":\"client\",\"count\":1},\n\
            {\"rule\":\"b\",\"clause\":\"MQTT-1.2.3-4\",\"blames\":\"client\",\"client_id\":\"p\u{fffd}\\u001b\",\"client_id_hex\":\"70ff1b\",\"count\":1}\n\
            ]}\n";
        assert_eq!(written(&all), expected);
        assert_eq!(written(&[]), "{\"tool\":\"mqttscope\",\"baseline\":1,\"accepted\":[\n]}\n");
    }

    #[test]
    fn what_is_written_is_accepted_as_often_and_not_more() {
        let bad = violation("b", Blame::Client, b"p\xff");
        let text = written(&[bad, bad, violation("a", Blame::Server, b"x")]);
        let mut baseline = Baseline::parse(&text).unwrap();
        assert_eq!([bad, bad, bad].map(|violation| baseline.accepts(&violation)), [true, true, false]);
        assert!(baseline.accepts(&violation("a", Blame::Server, b"another client")));
        assert!(!baseline.accepts(&violation("b", Blame::Client, b"another client")));
        assert_eq!((baseline.accepted(), baseline.stale(|_| true).len()), (3, 0));
    }

    #[test]
    fn what_is_gone_is_stale_if_it_was_asked_for() {
        let gone = violation("gone", Blame::Server, b"");
        let baseline = Baseline::parse(&written(&[gone, gone])).unwrap();
        assert_eq!(baseline.stale(|_| true), [(&Key::from(&gone), 2)]);
        assert!(baseline.stale(|key| key.rule != "gone").is_empty());
    }

    #[test]
    fn other_files_are_refused_with_their_line() {
        let refused = |text: &str| Baseline::parse(text).map(|_| ()).expect_err(text).to_string();
        let entry = |entry: &str| format!("{{\"tool\":\"x\",\"baseline\":1,\"accepted\":[\n{entry}\n]}}");
        assert!(refused("").starts_with("EOF while parsing"));
        assert!(refused(&entry("{\"rule\":\"a\",\"frame\":1}")).starts_with("unknown field `frame`, expected one of"));
        assert!(refused(&entry("{\"rule\":\"a\"}")).ends_with(" at line 2 column 12"));
        assert_eq!(refused("{\"tool\":\"x\",\"baseline\":9,\"accepted\":[]}"), "format 9 is not known, only 1 is");
        let blames = "{\"rule\":\"a\",\"clause\":\"b\",\"blames\":\"me\",\"count\":1}";
        assert_eq!(refused(&entry(blames)), "blames \"me\": expected client, server or network");
    }
}
