//! `mqttscope rules`: the catalogue.

use std::process::ExitCode;

use crate::cli::args::{Rules, TableFormat};
use crate::cli::json::Json;
use crate::cli::output::Output;
use crate::cli::paint::{Paint, severity_style};
use crate::cli::table::{Table, left};
use crate::mqtt::Version;
use crate::report::reference::{Group, summary, versions};
use crate::rule::Rule;
use crate::rule::spec::Scope;
use crate::rules;

/// Lists the rules.
///
/// # Errors
/// The result cannot be written.
pub fn run(args: &Rules) -> anyhow::Result<ExitCode> {
    let mut output = Output::open(args.common.output.as_deref(), &[])?;
    let text = match args.format {
        TableFormat::Text => table(rules::groups(), args.version, Paint::new(args.common.color, output.is_terminal())),
        TableFormat::Json => json(rules::groups(), args.version),
    };
    output.put(text.as_bytes());
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Rules that apply to the version (to any, if none is given), with their groups.
fn applying(groups: &[Group], version: Option<Version>) -> impl Iterator<Item = (&'static str, &'static Rule)> {
    let rules = groups.iter().flat_map(|(group, rules)| rules.iter().map(move |rule| (*group, rule)));
    rules.filter(move |(_, rule)| version.is_none_or(|version| !rule.clauses(version).is_empty()))
}

fn table(groups: &[Group], version: Option<Version>, paint: Paint) -> String {
    let columns = [left("rule"), left("group"), left("severity"), left("binds"), left("scope"), left("versions"), left("clauses")];
    let mut table = Table::new(&columns);
    let mut severities = Vec::new();
    for (group, rule) in applying(groups, version) {
        let severity = version.map_or(rule.severity, |version| rule.severity(version));
        severities.push(severity);
        table.row([
            rule.name.to_owned(),
            group.to_owned(),
            severity.name().to_owned(),
            rule.binds.name().to_owned(),
            rule.scope().map_or("", Scope::name).to_owned(),
            versions(rule).map(Version::name).collect::<Vec<_>>().join(" "),
            clauses(rule, version),
        ]);
    }
    let text = table.show(paint, |row, column, text| match severities.get(row) {
        Some(severity) if column == 2 => paint.text(severity_style(*severity), text).to_string(),
        _ => text.to_owned(),
    });
    let rules = if severities.len() == 1 { "rule" } else { "rules" };
    format!("{text}{} {rules}; `mqttscope explain RULE` says more\n", severities.len())
}

/// `3.1.1: MQTT-2.3.1-1 MQTT-2.3.1-5, 5.0: MQTT-2.2.1-3`; of one version, without its name.
fn clauses(rule: &Rule, version: Option<Version>) -> String {
    if let Some(version) = version {
        return rule.clauses(version).join(" ");
    }
    let versions = [Version::V3_1_1, Version::V5_0].into_iter().filter(|version| !rule.clauses(*version).is_empty());
    versions.map(|version| format!("{version}: {}", rule.clauses(version).join(" "))).collect::<Vec<_>>().join(", ")
}

fn json(groups: &[Group], version: Option<Version>) -> String {
    let mut json = Json::default();
    json.array();
    for (group, rule) in applying(groups, version) {
        json.object();
        json.string_field("rule", rule.name);
        json.string_field("group", group);
        json.string_field("severity", version.map_or(rule.severity, |version| rule.severity(version)).name());
        json.string_field("binds", rule.binds.name());
        if let Some(scope) = rule.scope() {
            json.string_field("scope", scope.name());
        }
        json.string_field("summary", &summary(rule));
        json.key("versions");
        json.array();
        versions(rule).for_each(|version| json.string(version.name()));
        json.end_array();
        json.key("severities");
        json.object();
        versions(rule).for_each(|version| json.string_field(version.name(), rule.severity(version).name()));
        json.end_object();
        json.key("clauses");
        json.object();
        for version in Version::ALL.into_iter().filter(|of| version.is_none_or(|version| version == *of)) {
            let clauses = rule.clauses(version);
            if !clauses.is_empty() {
                json.key(version.name());
                json.array();
                clauses.iter().for_each(|clause| json.string(clause));
                json.end_array();
            }
        }
        json.end_object();
        json.end_object();
    }
    json.end_array();
    json.end_line();
    String::from_utf8_lossy(json.as_bytes()).into_owned()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::cli::args::ColorChoice;
    use crate::finding::Severity;
    use crate::mqtt::PacketType;
    use crate::rule::{Binds, On, V31, Verdict};

    /// Two rules that no other branch of the catalogue has a say in.
    pub const RULES: &[Rule] = &[
        Rule {
            name: "packet-id-zero",
            group: "ids",
            manual: " A packet that needs a Packet Identifier has 0.\n\n # Why it matters\n\n Zero says \"no exchange\".\n",
            binds: Binds::Sender,
            severity: Severity::Error,
            v3_1: V31::Warning,
            v3_1_1: &["MQTT-2.3.1-1"],
            v5_0: &["MQTT-2.2.1-3", "MQTT-2.2.1-4"],
            on: &[On::Packet(PacketType::Publish)],
            check: |_| Verdict::NotApplicable,
        },
        Rule {
            name: "auth-before-connect",
            group: "ids",
            manual: "",
            binds: Binds::Client,
            severity: Severity::Warning,
            v3_1: V31::No,
            v3_1_1: &[],
            v5_0: &["MQTT-3.1.0-1"],
            on: &[],
            check: |_| Verdict::NotApplicable,
        },
    ];

    const GROUPS: &[Group] = &[("ids", RULES)];

    #[test]
    fn table_of_one_version_and_of_all() {
        let paint = Paint::new(ColorChoice::Never, false);
        insta::assert_snapshot!(format!("{}\n{}", table(GROUPS, None, paint), table(GROUPS, Some(Version::V3_1), paint)));
    }

    #[test]
    fn json_lists_every_clause() {
        let value: serde_json::Value = serde_json::from_str(&json(GROUPS, None)).expect("JSON");
        assert_eq!(value[0]["clauses"]["5.0"][1], "MQTT-2.2.1-4");
        assert_eq!((&value[0]["group"], &value[0]["scope"]), (&"ids".into(), &"packet".into()));
        assert_eq!(value[0]["versions"], serde_json::json!(["3.1", "3.1.1", "5.0"]));
        assert_eq!((&value[0]["severities"]["3.1"], &value[0]["severities"]["5.0"]), (&"warning".into(), &"error".into()));
        assert_eq!(value[0]["summary"], "A packet that needs a Packet Identifier has 0.");
        assert_eq!(value[1]["clauses"].as_object().map(serde_json::Map::len), Some(1));
    }
}
