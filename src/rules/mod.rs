//! The catalogue of rules, and nothing else: one file per rule, one folder per group.

use std::sync::LazyLock;

use crate::rule::Rule;

macro_rules! groups {
    ($($group:ident),* $(,)?) => {
        $(mod $group;)*
        const GROUPS: &[(&str, &[Rule])] = &[$((stringify!($group), $group::RULES)),*];
    };
}

groups![
    header,
    layout,
    packet_id,
    strings,
    properties,
    reason_codes,
    connect,
    connack,
    publish,
    filters,
    subscribe,
    unsubscribe,
    handshake,
    identifiers,
    qos,
    requests,
    ping,
    keepalive,
    limits,
    size,
    alias,
    auth,
    reaction
];

static ALL: LazyLock<Vec<Rule>> = LazyLock::new(|| GROUPS.iter().flat_map(|(_, rules)| *rules).copied().collect());

/// All rules, group by group.
pub fn all() -> &'static [Rule] {
    &ALL
}

/// The groups by name (that of their folder), with their rules.
pub fn groups() -> &'static [(&'static str, &'static [Rule])] {
    GROUPS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::finding::Severity;
    use crate::mqtt::Version;
    use crate::rule::spec::{Scope, Statement, statement, statements};
    use crate::rule::{Binds, On, V31};

    const VERSIONS: [Version; 2] = [Version::V3_1_1, Version::V5_0];

    /// Rules that only warn although their statement says MUST, and why.
    const MILD: [(&str, &str); 3] = [
        ("granted-above-requested", "the statement says what the code means, not how it goes with the request"),
        ("keep-alive-late", "the server has to bear it"),
        ("pingresp-unasked", "the statement is a description"),
    ];

    #[test]
    fn names_are_unique_and_those_of_the_files() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        let mut names = BTreeSet::new();
        for (group, rules) in groups() {
            for rule in *rules {
                let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
                assert!(rule.name.split('-').all(word), "{} is not kebab-case", rule.name);
                assert!(names.insert(rule.name), "{} is there twice", rule.name);
                let file = source.join(group).join(rule.name.replace('-', "_")).with_extension("rs");
                assert!(file.exists(), "{} is not there", file.display());
                assert_eq!(rule.group, *group, "{} is of another group", rule.name);
            }
        }
    }

    #[test]
    fn clauses_exist_and_bind_whom_the_rule_blames() {
        for rule in all() {
            assert!(!rule.v3_1_1.is_empty() || !rule.v5_0.is_empty(), "{} cites nothing", rule.name);
            assert!(!rule.v3_1_1.is_empty() || rule.v3_1 == V31::No, "{}: 3.1 has the statements of 3.1.1", rule.name);
            for version in VERSIONS {
                for id in rule.clauses(version) {
                    let statement = statement(version, id).unwrap_or_else(|| panic!("{}: {version} has no {id}", rule.name));
                    let agrees = match statement.actor {
                        "both" => true,
                        "client" => rule.binds == Binds::Client,
                        "server" => rule.binds == Binds::Server,
                        // Only one side sends some packets, and answers what the other side sent.
                        "sender" | "receiver" => true,
                        _ => false,
                    };
                    assert!(agrees, "{} binds {:?}, {id} the {}", rule.name, rule.binds, statement.actor);
                }
            }
        }
    }

    #[test]
    fn a_must_is_an_error_and_a_should_a_warning() {
        for rule in all() {
            for version in VERSIONS {
                let Some(statement) = rule.clauses(version).first().and_then(|id| statement(version, id)) else { continue };
                let mild = MILD.iter().any(|(name, _)| *name == rule.name);
                let should = mild || (statement.text.contains("SHOULD") && !statement.text.contains("MUST"));
                let severity = if should { Severity::Warning } else { Severity::Error };
                assert_eq!(rule.severity(version), severity, "{}: {}", rule.name, statement.text);
            }
        }
    }

    #[test]
    fn manuals_are_whole() {
        for rule in all() {
            let lines: Vec<&str> = rule.manual.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
            assert!(lines.first().is_some_and(|line| line.starts_with(char::is_uppercase)), "{}: no first sentence", rule.name);
            for heading in ["## Why it matters", "## Inconclusive", "## Example"] {
                let text = lines.iter().skip_while(|line| **line != heading).skip(1).take_while(|line| !line.starts_with("## "));
                assert!(text.clone().any(|line| !line.is_empty()), "{}: nothing under `{heading}`", rule.name);
            }
        }
    }

    fn without_rule(version: Version, scope: Scope) -> Vec<&'static str> {
        let cited: BTreeSet<&str> = all().iter().flat_map(|rule| rule.clauses(version)).copied().collect();
        let missing = |statement: &&Statement| statement.scope == scope && !cited.contains(statement.id);
        statements(version).iter().filter(missing).map(|statement| statement.id).collect()
    }

    #[test]
    fn every_statement_about_one_packet_has_a_rule() {
        for version in VERSIONS {
            assert_eq!(without_rule(version, Scope::Packet), [""; 0], "{version}");
        }
    }

    #[test]
    fn every_statement_about_one_connection_has_a_rule() {
        for version in VERSIONS {
            assert_eq!(without_rule(version, Scope::Connection), [""; 0], "{version}");
        }
    }

    #[test]
    fn every_statement_about_closing_has_a_rule() {
        // What WebSocket adds, until it is read.
        const WEB_SOCKET: [&str; 4] = ["MQTT-6.0.0-1", "MQTT-6.0.0-2", "MQTT-6.0.0-3", "MQTT-6.0.0-4"];
        for version in VERSIONS {
            assert_eq!(without_rule(version, Scope::Transport), WEB_SOCKET, "{version}");
        }
    }

    #[test]
    fn reactions_are_awaited_to_faults_that_a_rule_finds() {
        for rule in all() {
            for on in rule.on {
                let On::After(name) = on else { continue };
                let other = all().iter().find(|other| other.name == *name).unwrap_or_else(|| panic!("{}: there is no {name}", rule.name));
                let shared = Version::ALL.iter().any(|version| !rule.clauses(*version).is_empty() && !other.clauses(*version).is_empty());
                assert!(shared, "{} and {name} have no version in common", rule.name);
            }
        }
    }
}
