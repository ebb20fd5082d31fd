//! `mqttscope explain`: the manual of a rule, or a statement of the specification in our words.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::bail;

use crate::cli::args::{ColorChoice, Explain};
use crate::cli::manual;
use crate::cli::output::Output;
use crate::cli::paint::{BOLD, Paint, severity_style};
use crate::cli::suggest;
use crate::mqtt::Version;
use crate::report::reference::{DOCUMENTS, Group, actor, bound, checkers, in_3_1, needs};
use crate::rule::Rule;
use crate::rule::spec::{self, Statement};
use crate::rules;

/// Explains a rule or a statement.
///
/// # Errors
/// There is none of that name, or the result cannot be written.
pub fn run(args: &Explain) -> anyhow::Result<ExitCode> {
    let mut output = Output::open(args.common.output.as_deref(), &[])?;
    let paint = Paint::new(args.common.color, output.is_terminal());
    let Some(text) = explain(&args.word, rules::groups(), paint) else {
        let hint = suggest::hint(&args.word, suggest::topics());
        bail!("{:?}: no rule and no statement of this name: {hint}`mqttscope rules` lists the rules", args.word);
    };
    output.put(text.as_bytes());
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The manual of a rule, or a statement, without colour; `None` if there is none of that name.
pub fn plain(word: &str) -> Option<String> {
    explain(word, rules::groups(), Paint::new(ColorChoice::Never, false))
}

fn explain(word: &str, groups: &[Group], paint: Paint) -> Option<String> {
    let word = word.trim().trim_start_matches('[').trim_end_matches(']');
    let all = || groups.iter().flat_map(|(group, rules)| rules.iter().map(move |rule| (*group, rule)));
    if let Some((group, rule)) = all().find(|(_, rule)| rule.name.eq_ignore_ascii_case(word)) {
        return Some(of_rule(group, rule, paint));
    }
    let is_meant = |id: &str| id.eq_ignore_ascii_case(word) || id.strip_prefix("MQTT-").is_some_and(|rest| rest == word);
    let texts: Vec<String> = DOCUMENTS
        .into_iter()
        .filter_map(|version| Some((version, spec::statements(version).iter().find(|statement| is_meant(statement.id))?)))
        .map(|(version, statement)| {
            let checked_by: Vec<&str> = checkers(groups, version, statement.id).into_iter().map(|(_, rule)| rule.name).collect();
            of_statement(version, statement, &checked_by, paint)
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn of_rule(group: &str, rule: &Rule, paint: Paint) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", paint.text(BOLD, rule.name));
    let severity = paint.text(severity_style(rule.severity), rule.severity.name());
    let scope = rule.scope().map_or(String::new(), |scope| format!(", {}", needs(scope)));
    let _ = writeln!(out, "{severity}, binds {}{scope}; group {group}", bound(rule));
    let _ = writeln!(out, "MQTT 3.1: {}\n", in_3_1(rule));
    out.push_str(&manual::show(rule.manual, paint));
    let _ = writeln!(out, "\n{}", paint.text(BOLD, "Statements"));
    for version in DOCUMENTS {
        for clause in rule.clauses(version) {
            let Some(statement) = spec::statement(version, clause) else { continue };
            let _ = writeln!(out, "\n  {} (MQTT {version}, section {}; {})", statement.id, statement.section, actor(statement));
            out.push_str(&manual::wrapped(statement.text, 4));
        }
    }
    out
}

fn of_statement(version: Version, statement: &Statement, checked_by: &[&str], paint: Paint) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} (MQTT {version}, section {}; {})", paint.text(BOLD, statement.id), statement.section, actor(statement));
    out.push_str(&manual::wrapped(statement.text, 2));
    let mut part = |heading: &str, text: &str| {
        let _ = writeln!(out, "\n  {}", paint.text(BOLD, heading));
        out.push_str(&manual::wrapped(text, 4));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::rules::tests::RULES;

    fn told(word: &str) -> Option<String> {
        explain(word, &[("ids", RULES)], Paint::new(ColorChoice::Never, false))
    }

    #[test]
    fn rule_with_its_statements() {
        insta::assert_snapshot!(told("packet-id-zero").expect("known"));
    }

    #[test]
    fn statement_in_both_versions() {
        let text = told("MQTT-3.1.0-1").expect("known");
        assert_eq!(told("[mqtt-3.1.0-1]"), Some(text.clone()));
        assert_eq!(told("3.1.0-1"), Some(text.clone()));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn statement_that_no_capture_shows() {
        let text = told("MQTT-2.3.1-5").expect("known");
        assert!(text.contains("Not visible in a capture") && !text.contains("not checked yet"), "{text}");
    }

    #[test]
    fn unknown_word_is_nothing() {
        assert_eq!(told("MQTT-9.9.9-9"), None);
        assert_eq!(told(""), None);
    }
}
