//! Every trace under `fixtures/rules` through the whole pipeline with all rules: found must equal marked.
//!
//! Traces under `fixtures/legal` break nothing.
//!
//! A trace of a rule is `fixtures/rules/<group>/<rule>.trace`, the hyphens of the rule's name as underscores. It marks the
//! rule at least once, and has at least one section that comes close and breaks nothing.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mqttscope::finding::{Certainty, Finding};
use mqttscope::rules;
use mqttscope::trace::{Mark, Section, compile};
use support::{analyse, legal, shown, traces};

#[test]
fn findings_are_where_the_traces_mark_them() {
    let mut differences = Vec::new();
    let mut sections = 0;
    for (path, trace) in traces("rules") {
        for section in &trace.sections {
            sections += 1;
            differences.extend(hold_against(&path, section));
        }
    }
    assert!(differences.is_empty(), "{} differences in {sections} sections:\n\n{}\n", differences.len(), differences.join("\n\n"));
}

#[test]
fn legal_traffic_is_silent() {
    let differences: Vec<String> = legal().iter().flat_map(|(path, section)| hold_against(path, section)).collect();
    assert!(differences.is_empty(), "{} differences:\n\n{}\n", differences.len(), differences.join("\n\n"));
}

#[test]
fn every_rule_has_its_trace_and_every_trace_its_rule() {
    let mut traces: BTreeMap<String, _> =
        traces("rules").into_iter().map(|(path, trace)| (path.file_stem().unwrap().to_str().unwrap().to_owned(), (path, trace))).collect();
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let file = rule.name.replace('-', "_");
        let Some((path, trace)) = traces.remove(&file) else {
            wrong.push(format!("rule {}: expected fixtures/rules/<group>/{file}.trace", rule.name));
            continue;
        };
        let marked = |section: &Section| section.steps.iter().any(|step| step.marks.iter().any(|mark| mark.rule == rule.name));
        if !trace.sections.iter().any(marked) {
            wrong.push(format!("{}: expected a line marked `!! {}`", shown(&path), rule.name));
        }
        if trace.sections.iter().all(|section| section.steps.iter().any(|step| !step.marks.is_empty())) {
            wrong.push(format!("{}: expected a section without marks, a near miss", shown(&path)));
        }
    }
    wrong.extend(traces.values().map(|(path, _)| format!("{}: expected the name of a rule, with underscores", shown(path))));
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The differences between what a section marks and what is found in it, one paragraph each.
fn hold_against(path: &Path, section: &Section) -> Vec<String> {
    let path = shown(path);
    let at = |line: usize| format!("{path}:{line}");
    let recording = match compile(section) {
        Ok(recording) => recording,
        Err(error) => return vec![format!("{path}: {error}")],
    };
    let (witness, report) = analyse(recording.frames());
    let mut differences = Vec::new();

    let key = |finding: &Finding| {
        let mark = Mark { rule: finding.rule.to_owned(), certainty: finding.certainty };
        (finding.place.frame.number(), mark)
    };
    let found: BTreeSet<(u64, Mark)> = witness.findings.iter().map(key).collect();
    let mut expected = BTreeSet::new();
    for step in &section.steps {
        for mark in &step.marks {
            if !is_known(&mark.rule) {
                differences.push(format!("{}: there is no rule {}", at(step.line), mark.rule));
            }
            expected.extend(recording.last_of(step.line).map(|frame| (frame, mark.clone())));
        }
    }
    for finding in &witness.findings {
        let (frame, mark) = key(finding);
        if expected.contains(&(frame, mark.clone())) {
            continue;
        }
        let line = recording.line_of(frame);
        let whose = match line {
            Some(line) if recording.last_of(line) != Some(frame) => " (not the last own frame of the line)",
            _ => "",
        };
        let place = at(line.unwrap_or(section.line));
        differences.push(format!(
            "{place}: found, not marked: {}\n    {} {}: {}\n    frame {frame}{whose}, {}, bytes {:02x?}\n    in section `{}`",
            shown_mark(&mark),
            finding.severity.name(),
            finding.clause,
            finding.message,
            finding.packet,
            finding.evidence.bytes,
            section.title
        ));
    }
    for (frame, mark) in expected.difference(&found) {
        let place = at(recording.line_of(*frame).unwrap_or(section.line));
        let packets: Vec<&str> = witness.packets.iter().filter(|seen| seen.frame == *frame).map(|seen| seen.words.as_str()).collect();
        let doubts: Vec<String> = report
            .doubts
            .iter()
            .filter(|(rule, ..)| *rule == mark.rule)
            .map(|(_, doubt, count)| format!("\n    the rule was inconclusive {count} times: {doubt}"))
            .collect();
        differences.push(format!(
            "{place}: marked, not found: {}\n    frame {frame}, packets that ended in it: {packets:?}{}\n    in section `{}`",
            shown_mark(mark),
            doubts.concat(),
            section.title
        ));
    }
    for (line, rule) in &section.doubted {
        if !is_known(rule) {
            differences.push(format!("{}: there is no rule {rule}", at(*line)));
        } else if !report.doubts.iter().any(|(name, _, count)| name == rule && *count > 0) {
            differences.push(format!(
                "{}: expected inconclusive answers of {rule}, found none\n    in section `{}`",
                at(*line),
                section.title
            ));
        }
    }
    differences
}

fn is_known(rule: &str) -> bool {
    rules::all().iter().any(|known| known.name == rule)
}

/// A finding as a trace marks it.
fn shown_mark(mark: &Mark) -> String {
    format!("!! {}{}", mark.rule, if mark.certainty == Certainty::Likely { "?" } else { "" })
}
