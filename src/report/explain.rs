//! The manual of a rule with the statements that it checks, or a statement of the specifications with its rules.

use std::fmt::Write as _;

use super::manual;
use super::reference::{DOCUMENTS, Group, actor, bound, checkers, in_3_1, needs};
use super::style::Palette;
use crate::mqtt::Version;
use crate::rule::Rule;
use crate::rule::spec::{self, Statement};

/// Explains the rule or the statement of this name, in lines of `width` columns; `None` if there is none.
pub fn explain(word: &str, groups: &[Group], palette: &Palette, width: usize) -> Option<String> {
    let word = word.trim().trim_start_matches('[').trim_end_matches(']');
    let all = || groups.iter().flat_map(|(group, rules)| rules.iter().map(move |rule| (*group, rule)));
    if let Some((group, rule)) = all().find(|(_, rule)| rule.name.eq_ignore_ascii_case(word)) {
        return Some(of_rule(group, rule, palette, width));
    }
    let is_meant = |id: &str| id.eq_ignore_ascii_case(word) || id.strip_prefix("MQTT-").is_some_and(|rest| rest == word);
    let texts: Vec<String> = DOCUMENTS
        .into_iter()
        .filter_map(|version| Some((version, spec::statements(version).iter().find(|statement| is_meant(statement.id))?)))
        .map(|(version, statement)| {
            let checked_by: Vec<&str> = checkers(groups, version, statement.id).into_iter().map(|(_, rule)| rule.name).collect();
            of_statement(version, statement, &checked_by, palette, width)
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn of_rule(group: &str, rule: &Rule, palette: &Palette, width: usize) -> String {
    let mut out = String::new();
    let (name, style) = (palette.name, palette.severity(rule.severity));
    let _ = writeln!(out, "{name}{}{name:#}", rule.name);
    let severity = rule.severity.name();
    let scope = rule.scope().map_or(String::new(), |scope| format!(", {}", needs(scope)));
    let _ = writeln!(out, "{style}{severity}{style:#}, binds {}{scope}; group {group}", bound(rule));
    let _ = writeln!(out, "MQTT 3.1: {}\n", in_3_1(rule));
    out.push_str(&manual::show(rule.manual, palette, width));
    let _ = writeln!(out, "\n{name}Statements{name:#}");
    for version in DOCUMENTS {
        for clause in rule.clauses(version) {
            let Some(statement) = spec::statement(version, clause) else { continue };
            let _ = writeln!(out, "\n  {} (MQTT {version}, section {}; {})", statement.id, statement.section, actor(statement));
            out.push_str(&manual::wrapped(statement.text, 4, width));
        }
    }
    out
}

fn of_statement(version: Version, statement: &Statement, checked_by: &[&str], palette: &Palette, width: usize) -> String {
    let mut out = String::new();
    let name = palette.name;
    let _ = writeln!(out, "{name}{}{name:#} (MQTT {version}, section {}; {})", statement.id, statement.section, actor(statement));
    out.push_str(&manual::wrapped(statement.text, 2, width));
    let mut part = |heading: &str, text: &str| {
        let _ = writeln!(out, "\n  {name}{heading}{name:#}");
        out.push_str(&manual::wrapped(text, 4, width));
    };
    if let Some(why) = statement.hidden {
        part("Not visible in a capture", why);
        return out;
    }
    part("A violation", statement.example);
    part(&format!("How to tell, and what makes it inconclusive ({})", needs(statement.scope)), statement.check);
    match checked_by {
        [] => part("Rules", "not checked yet"),
        names => part("Rules", &names.join(", ")),
    }
    out
}
