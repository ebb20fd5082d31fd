//! The reference manual, made from the catalogue: a page per group of rules with an index, and the table that says for every
//! statement of both specifications which rules check it. Markdown; `tests/reference.rs` keeps `docs/` the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::mqtt::Version;
use crate::rule::spec::{self, Scope, Statement};
use crate::rule::{Binds, Rule, V31};

/// A group's name and its rules.
pub type Group = (&'static str, &'static [Rule]);

/// The two documents whose statements have ids.
pub const DOCUMENTS: [Version; 2] = [Version::V3_1_1, Version::V5_0];

/// All scopes, in the order of what has to be seen.
const SCOPES: [Scope; 6] = [Scope::Packet, Scope::Connection, Scope::Transport, Scope::Session, Scope::Broker, Scope::None];

/// First line of each page.
const MADE: &str = "<!-- Made from the rules: MQTTSCOPE_BLESS=1 cargo test --test reference -->\n\n";

/// All pages by their path in the repository.
pub fn pages(groups: &[Group]) -> BTreeMap<String, String> {
    let mut pages: BTreeMap<String, String> =
        groups.iter().map(|(group, rules)| (format!("docs/rules/{group}.md"), of_group(group, rules))).collect();
    pages.insert("docs/rules/README.md".to_owned(), index(groups));
    pages.insert("docs/conformance.md".to_owned(), conformance(groups));
    pages
}

/// Whether and how a rule applies to 3.1.
pub fn in_3_1(rule: &Rule) -> &'static str {
    match rule.v3_1 {
        _ if rule.v3_1_1.is_empty() => "does not apply",
        V31::Same => "applies as in 3.1.1",
        V31::Warning => "applies, as a warning",
        V31::No => "does not apply",
    }
}

/// Whom a rule binds.
pub const fn bound(rule: &Rule) -> &'static str {
    match rule.binds {
        Binds::Client => "the client",
        Binds::Server => "the server",
        Binds::Sender => "whoever sends the packet",
    }
}

/// Whom a statement binds.
pub fn actor(statement: &Statement) -> String {
    match statement.actor {
        "both" => "binds both sides".to_owned(),
        actor => format!("binds the {actor}"),
    }
}

/// What has to be seen to decide it.
pub const fn needs(scope: Scope) -> &'static str {
    match scope {
        Scope::Packet => "needs one packet",
        Scope::Connection => "needs one connection",
        Scope::Transport => "needs one connection and how it was carried",
        Scope::Session => "needs several connections of a session",
        Scope::Broker => "needs several clients of a broker",
        Scope::None => "no capture shows it",
    }
}

/// The rules that check a statement.
pub fn checkers(groups: &[Group], version: Version, id: &str) -> Vec<(&'static str, &'static Rule)> {
    let all = groups.iter().flat_map(|(group, rules)| rules.iter().map(move |rule| (*group, rule)));
    all.filter(|(_, rule)| rule.clauses(version).contains(&id)).collect()
}

/// The first sentence of a manual.
pub fn summary(rule: &Rule) -> String {
    let paragraph: Vec<&str> = rule.manual.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let text = paragraph.join(" ");
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text,
    }
}

/// The versions that a rule applies to.
pub fn versions(rule: &Rule) -> impl Iterator<Item = Version> {
    Version::ALL.into_iter().filter(|version| !rule.clauses(*version).is_empty())
}

fn index(groups: &[Group]) -> String {
    let sum: usize = groups.iter().map(|(_, rules)| rules.len()).sum();
    let mut out = format!(
        "{MADE}# Rules\n\n{sum} rules in {} groups. [conformance.md](../conformance.md) lists the statements of the specifications \
         and which rules check them; `mqttscope explain RULE` shows what stands here.\n",
        groups.len()
    );
    for (group, rules) in groups {
        let _ =
            writeln!(out, "\n## [{}]({group}.md)\n\n| rule | severity | binds | versions | fault |\n|---|---|---|---|---|", titled(group));
        for rule in *rules {
            let versions: Vec<&str> = versions(rule).map(Version::name).collect();
            let (name, severity, binds) = (rule.name, rule.severity.name(), rule.binds.name());
            let fault = summary(rule).replace('|', "\\|");
            let _ = writeln!(out, "| [{name}]({group}.md#{name}) | {severity} | {binds} | {} | {fault} |", versions.join(", "));
        }
    }
    out
}

fn of_group(group: &str, rules: &[Rule]) -> String {
    let mut out = format!("{MADE}# {}\n\n[All groups](README.md)\n", titled(group));
    if rules.len() > 1 {
        out.push('\n');
    }
    for rule in rules.iter().filter(|_| rules.len() > 1) {
        let _ = writeln!(out, "- [{0}](#{0})", rule.name);
    }
    for rule in rules {
        let scope = rule.scope().map_or(String::new(), |scope| format!(", {}", needs(scope)));
        let _ = writeln!(out, "\n## {}\n", rule.name);
        let _ = writeln!(out, "**{}**, binds {}{scope}. MQTT 3.1: {}.\n", rule.severity.name(), bound(rule), in_3_1(rule));
        out.push_str(&demoted(rule.manual));
        out.push_str("\n### Statements\n\n");
        for version in DOCUMENTS {
            for clause in rule.clauses(version) {
                let Some(statement) = spec::statement(version, clause) else { continue };
                let (section, actor) = (escaped(statement.section), actor(statement));
                let _ = writeln!(out, "- **{clause}** (MQTT {version}, section {section}; {actor}): {}", escaped(statement.text));
            }
        }
    }
    out
}

/// A manual as part of a page: its headings one level deeper; code as it is; one empty line at most, and none at its ends.
fn demoted(manual: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    for line in manual.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line).trim_end();
        if line.trim_start().starts_with("```") {
            code = !code;
        }
        if line.is_empty() && !code && (out.is_empty() || out.ends_with("\n\n")) {
            continue;
        }
        if line.starts_with('#') && !code {
            out.push('#');
        }
        out.push_str(line);
        out.push('\n');
    }
    if code {
        out.push_str("```\n");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn conformance(groups: &[Group]) -> String {
    let mut out = format!(
        "{MADE}# Conformance\n\nEvery normative statement of MQTT 3.1.1 and 5.0, in our words, and the [rules](rules/README.md) that check \
         it. *not yet*: no rule does. *not visible*: no capture can show whether it was met. `PE-` and `PE3-` are Protocol Errors and \
         format rules that the specifications word without giving them an id. MQTT 3.1 has no numbered statements: it is judged by \
         those of 3.1.1, as far as it says the same; each rule says how.\n\n\
         | version | needs | statements | checked | not yet |\n|---|---|---:|---:|---:|\n"
    );
    for version in DOCUMENTS {
        for scope in SCOPES {
            let of_scope = || spec::statements(version).iter().filter(|statement| statement.scope == scope);
            let sum = of_scope().count();
            let checked = of_scope().filter(|statement| !checkers(groups, version, statement.id).is_empty()).count();
            let open = if scope == Scope::None { "not visible".to_owned() } else { (sum - checked).to_string() };
            let needs = needs(scope).trim_start_matches("needs ");
            let _ = writeln!(out, "| {version} | {needs} | {sum} | {checked} | {open} |");
        }
    }
    for version in DOCUMENTS {
        let _ = writeln!(out, "\n## MQTT {version}\n\n| statement | section | demands | scope | checked by |\n|---|---|---|---|---|");
        for statement in spec::statements(version) {
            let rules: Vec<String> = checkers(groups, version, statement.id)
                .into_iter()
                .map(|(group, rule)| format!("[{0}](rules/{group}.md#{0})", rule.name))
                .collect();
            let checked = match statement.hidden {
                _ if !rules.is_empty() => rules.join(", "),
                Some(why) => format!("*not visible*: {}", in_cell(why)),
                None => "*not yet*".to_owned(),
            };
            let (section, text) = (in_cell(statement.section), in_cell(statement.text));
            let _ = writeln!(out, "| {} | {section} | {text} | {} | {checked} |", statement.id, statement.scope.name());
        }
    }
    out
}

/// `packet_id` as a heading.
fn titled(group: &str) -> String {
    let text = group.replace('_', " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Text that Markdown shall show as it is.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

/// The same; what stands between backticks is code, where Markdown knows no escapes but that of the table.
fn in_cell(text: &str) -> String {
    let mut parts = text.split('`');
    let mut out = parts.next().map(escaped).unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    // A backtick without its partner is no code.
    if rest.len() % 2 == 1 {
        return escaped(text);
    }
    for (at, part) in rest.iter().enumerate() {
        out.push_str(&if at % 2 == 0 { format!("`{}`", part.replace('|', "\\|")) } else { escaped(part) });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_tables_cannot_become_markup() {
        assert_eq!(escaped("a|b *c* <d> [e](f) g_h\ni"), "a\\|b \\*c\\* \\<d\\> \\[e\\](f) g\\_h i");
        assert_eq!(in_cell("a `b|c*` d|e"), "a `b\\|c*` d\\|e");
        assert_eq!(in_cell("a ` b*"), "a \\` b\\*");
    }

    #[test]
    fn manual_becomes_part_of_a_page() {
        let manual = " A fault.\n\n\n ## Why it matters\n\n It does.\n\n ```text\n # no heading\n\n\n C>S\n";
        assert_eq!(demoted(manual), "A fault.\n\n### Why it matters\n\nIt does.\n\n```text\n# no heading\n\n\nC>S\n```\n");
        assert_eq!(demoted(""), "\n");
    }

    #[test]
    fn groups_have_headings() {
        assert_eq!([titled("packet_id"), titled("qos"), titled("")], ["Packet id", "Qos", ""]);
    }
}
