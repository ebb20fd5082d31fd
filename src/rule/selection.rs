//! Which rules are wanted, and how bad their faults are: words into a choice.

use std::collections::BTreeMap;

use super::Rule;
use crate::finding::Severity;
use crate::flow::Role;

/// Choice of rules by words. A word is, in this order:
///
/// 1. `group:NAME`: all rules of a group;
/// 2. `client` or `server`: the rules that bind that side (those that bind whoever sends a packet, as far as it is that side);
/// 3. `error`, `warning` or `info`: the rules of that severity;
/// 4. the name of a rule;
/// 5. a clause: the rules that cite it (`MQTT-2.3.1-1`; `MQTT-` may be left out);
/// 6. the name of a group;
/// 7. how names begin (`packet-id`), or how clauses begin: a number is a whole number there, so that `MQTT-3.1` does not mean
///    `MQTT-3.10.1-2`.
///
/// With a `*` at its end it is 7 at once, and may break off in the middle of a number.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// If not empty, only these.
    pub select: Vec<String>,
    /// Not these.
    pub ignore: Vec<String>,
    /// Severities that rules, by their names, have instead of their own.
    pub severities: BTreeMap<String, Severity>,
}

impl Selection {
    /// For each rule of a catalogue, whether it is wanted: for the client, for the server.
    pub fn wanted(&self, catalogue: &[Rule]) -> Vec<[bool; 2]> {
        let (select, ignore) = (meant(&self.select, catalogue), meant(&self.ignore, catalogue));
        let is_in = |words: &[Word<'_>], rule: &Rule, role: Role| {
            words.iter().any(|word| match word {
                Word::Severity(severity) => self.severity(rule).unwrap_or(rule.severity) == *severity,
                word => word.means(rule, role),
            })
        };
        let is_wanted = |rule, role| (self.select.is_empty() || is_in(&select, rule, role)) && !is_in(&ignore, rule, role);
        catalogue.iter().map(|rule| [Role::Client, Role::Server].map(|role| is_wanted(rule, role))).collect()
    }

    /// The severity that a rule has instead of its own.
    pub fn severity(&self, rule: &Rule) -> Option<Severity> {
        self.severities.get(rule.name).copied()
    }

    /// The words that stand for no rule of a catalogue: misspelt, most likely.
    pub fn unknown<'a>(&'a self, catalogue: &[Rule]) -> Vec<&'a str> {
        self.select.iter().chain(&self.ignore).map(String::as_str).filter(|word| Word::of(word, catalogue).is_none()).collect()
    }
}

fn meant<'a>(words: &'a [String], catalogue: &[Rule]) -> Vec<Word<'a>> {
    words.iter().filter_map(|word| Word::of(word, catalogue)).collect()
}

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word<'a> {
    Group(&'a str),
    Side(Role),
    Severity(Severity),
    Name(&'a str),
    Clause(&'a str),
    /// How it begins, and whether it may break off in the middle of a number.
    Prefix(&'a str, bool),
}

impl<'a> Word<'a> {
    /// The first meaning that any rule has; `None` if there is no such rule.
    fn of(word: &'a str, catalogue: &[Rule]) -> Option<Self> {
        let word = word.trim();
        if let Some(begin) = word.strip_suffix('*') {
            return Some(Self::Prefix(begin, true)).filter(|meaning| meaning.is_any(catalogue));
        }
        if let Some(group) = word.strip_prefix("group:") {
            return Some(Self::Group(group)).filter(|meaning| meaning.is_any(catalogue));
        }
        let keyword = match word {
            "client" => Some(Self::Side(Role::Client)),
            "server" => Some(Self::Side(Role::Server)),
            _ => Severity::ALL.into_iter().find(|severity| severity.name() == word).map(Self::Severity),
        };
        if keyword.is_some() {
            return keyword;
        }
        let meanings = [Self::Name(word), Self::Clause(word), Self::Group(word), Self::Prefix(word, false)];
        meanings.into_iter().find(|meaning| meaning.is_any(catalogue))
    }

    fn is_any(self, catalogue: &[Rule]) -> bool {
        catalogue.iter().any(|rule| self.means(rule, Role::Client))
    }

    /// Whether it means a rule where that binds `role`; only a side makes a difference.
    fn means(self, rule: &Rule, role: Role) -> bool {
        let mut clauses = rule.v3_1_1.iter().chain(rule.v5_0);
        match self {
            Self::Group(name) => rule.group == name,
            Self::Side(side) => role == side,
            Self::Severity(severity) => rule.severity == severity,
            Self::Name(name) => rule.name == name,
            Self::Clause(id) => clauses.any(|clause| spellings(clause).any(|clause| clause.eq_ignore_ascii_case(id))),
            Self::Prefix("", _) => false,
            Self::Prefix(begin, loose) => {
                rule.name.starts_with(begin) || clauses.any(|clause| spellings(clause).any(|clause| begins(clause, begin, loose)))
            }
        }
    }
}

/// A clause with and without `MQTT-`.
fn spellings(clause: &str) -> impl Iterator<Item = &str> {
    [Some(clause), clause.strip_prefix("MQTT-")].into_iter().flatten()
}

/// Whether a clause begins so, and (unless `loose`) not in the middle of a number.
fn begins(clause: &str, begin: &str, loose: bool) -> bool {
    let Some((head, tail)) = clause.split_at_checked(begin.len()) else { return false };
    let cut = begin.ends_with(|c: char| c.is_ascii_digit()) && tail.starts_with(|c: char| c.is_ascii_digit());
    head.eq_ignore_ascii_case(begin) && (loose || !cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Binds, V31, Verdict};

    const fn rule(name: &'static str, group: &'static str, binds: Binds, clauses: &'static [&'static str]) -> Rule {
        Rule {
            name,
            group,
            manual: "",
            binds,
            severity: Severity::Error,
            v3_1: V31::Same,
            v3_1_1: clauses,
            v5_0: &[],
            on: &[],
            check: |_| Verdict::NotApplicable,
        }
    }

    const RULES: &[Rule] = &[
        rule("packet-id-zero", "ids", Binds::Client, &["MQTT-3.1.0-1"]),
        rule("packet-id-zero-from-server", "ids", Binds::Server, &["MQTT-3.1.0-11"]),
        rule("publish-qos-3", "publish", Binds::Sender, &["MQTT-3.10.1-2", "PE3-4"]),
        Rule { severity: Severity::Warning, ..rule("publish", "qos", Binds::Client, &["MQTT-4.3.3-1"]) },
    ];

    fn selected(select: &[&str], ignore: &[&str]) -> Vec<&'static str> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let selection = Selection { select: words(select), ignore: words(ignore), ..Selection::default() };
        let wanted = |(rule, [client, server]): &(&Rule, [bool; 2])| match rule.binds {
            Binds::Client => *client,
            Binds::Server => *server,
            Binds::Sender => *client || *server,
        };
        RULES.iter().zip(selection.wanted(RULES)).filter(wanted).map(|(rule, _)| rule.name).collect()
    }

    const FIRST: &str = "packet-id-zero";
    const SECOND: &str = "packet-id-zero-from-server";
    const THIRD: &str = "publish-qos-3";
    const FOURTH: &str = "publish";

    #[test]
    fn name_is_no_prefix_of_another_name() {
        assert_eq!(selected(&[FIRST], &[]), [FIRST]);
        assert_eq!(selected(&["packet-id"], &[]), [FIRST, SECOND]);
        assert_eq!(selected(&["packet-id-zero*"], &[]), [FIRST, SECOND]);
    }

    #[test]
    fn clauses_are_exact_before_they_are_prefixes() {
        assert_eq!(selected(&["MQTT-3.1.0-1"], &[]), [FIRST]);
        assert_eq!(selected(&["3.1.0-1"], &[]), [FIRST]);
        assert_eq!(selected(&["mqtt-3.1.0-1*"], &[]), [FIRST, SECOND]);
        assert_eq!(selected(&["MQTT-3.1"], &[]), [FIRST, SECOND], "not 3.10");
        assert_eq!(selected(&["MQTT-3"], &[]), [FIRST, SECOND, THIRD]);
        assert_eq!(selected(&["PE3-"], &[]), [THIRD]);
    }

    #[test]
    fn groups_go_by_their_name_unless_a_rule_has_it() {
        assert_eq!(selected(&["ids"], &[]), [FIRST, SECOND]);
        assert_eq!(selected(&["publish"], &[]), [FOURTH]);
        assert_eq!(selected(&["group:publish"], &[]), [THIRD]);
    }

    #[test]
    fn sides_and_severities() {
        assert_eq!(selected(&["server"], &[]), [SECOND, THIRD]);
        assert_eq!(selected(&["client"], &["warning"]), [FIRST, THIRD]);
        assert_eq!(selected(&[], &["server"]), [FIRST, THIRD, FOURTH], "the third still binds clients");
        let client = Selection { select: vec!["client".to_owned()], ..Selection::default() };
        assert_eq!(client.wanted(RULES)[2], [true, false]);
        assert_eq!(selected(&[], &["error"]), [FOURTH]);
        assert_eq!(selected(&["info"], &[]), [""; 0], "no rule, but a word");
    }

    #[test]
    fn severity_is_the_one_in_force() {
        let severities = BTreeMap::from([(FIRST.to_owned(), Severity::Info)]);
        let selection = Selection { select: vec!["info".to_owned()], severities, ..Selection::default() };
        assert_eq!(selection.wanted(RULES).iter().filter(|wanted| wanted[0]).count(), 1);
        assert_eq!(RULES.iter().map(|rule| selection.severity(rule)).collect::<Vec<_>>(), [Some(Severity::Info), None, None, None]);
    }

    #[test]
    fn ignore_wins() {
        assert_eq!(selected(&["ids"], &["MQTT-3.1.0-11"]), [FIRST]);
        assert_eq!(selected(&[], &["MQTT*", "PE3-4"]), [""; 0]);
    }

    #[test]
    fn unknown_words_are_told() {
        let words = ["zzz", "group:nothing", "", "*", "info", "publish", "MQTT-3.1.0-", "MQTT-9"].map(str::to_owned);
        let selection = Selection { select: words.to_vec(), ..Selection::default() };
        assert_eq!(selection.unknown(RULES), ["zzz", "group:nothing", "", "*", "MQTT-9"]);
    }
}
