//! What someone may have meant who misspelt a rule or a clause.

use crate::mqtt::Version;
use crate::rule::{Rule, Selection, spec};
use crate::rules;

/// How many suggestions are made.
const SUGGESTIONS: usize = 3;

/// Least similarity of a suggestion, from 0 to 1.
const SIMILAR: f64 = 0.8;

/// The known words most like `word`, the most similar first.
pub fn near(word: &str, known: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let word = word.to_lowercase();
    let mut near: Vec<(f64, &str)> =
        known.map(|known| (strsim::jaro_winkler(&known.to_lowercase(), &word), known)).filter(|(like, _)| *like >= SIMILAR).collect();
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut names = Vec::new();
    for (_, name) in near {
        // Many rules cite the same clause.
        if names.len() < SUGGESTIONS && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `did you mean a or b? `, or nothing.
pub fn hint(word: &str, known: impl Iterator<Item = &'static str>) -> String {
    let near = near(word, known);
    if near.is_empty() { String::new() } else { format!("did you mean {}? ", near.join(" or ")) }
}

/// What to say of a word that should choose rules and stands for none.
pub fn unknown(word: &str) -> Option<String> {
    let selection = Selection { select: vec![word.to_owned()], ..Selection::default() };
    let is_unknown = !selection.unknown(rules::all()).is_empty();
    let hint = hint(word, words());
    is_unknown.then(|| {
        format!("{word:?}: no rule, clause, group, side or severity is called or begins so: {hint}`mqttscope rules` lists the rules")
    })
}

/// What `--select` takes in full: names and clauses of all rules, groups, sides, severities.
pub fn words() -> impl Iterator<Item = &'static str> {
    let groups = rules::groups().iter().map(|(group, _)| *group).chain(["client", "server", "error", "warning", "info"]);
    let clauses = |rule: &'static Rule| std::iter::once(rule.name).chain(rule.v3_1_1.iter().chain(rule.v5_0).copied());
    rules::all().iter().flat_map(clauses).chain(groups)
}

/// Names of all rules and ids of all statements: what `explain` takes.
pub fn topics() -> impl Iterator<Item = &'static str> {
    let statements = [Version::V3_1_1, Version::V5_0].into_iter().flat_map(spec::statements);
    rules::all().iter().map(|rule| rule.name).chain(statements.map(|statement| statement.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_first_and_nothing_far() {
        let known = || ["MQTT-3.1.0-1", "MQTT-3.1.0-2", "packet-id-zero"].into_iter();
        assert_eq!(near("packet-id-zro", known()), ["packet-id-zero"]);
        assert_eq!(near("mqtt-3.1.0-2", known())[0], "MQTT-3.1.0-2");
        assert_eq!(near("xyzzy", known()), [""; 0]);
    }
}
