//! `mqttscope.toml`: where it is found, and what it says. Every error names file, line and key, and what is expected there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use glob::Pattern;
use serde::Deserialize;
use toml::Spanned;

use super::args::{Bounds, Configuration, FailOn};
use super::scalar::{self, Of};
use super::suggest;
use super::value::{PortHint, Seconds};
use crate::analysis::Exemption;
use crate::finding::Severity;
use crate::rule::Selection;
use crate::rules;

/// What the file is called where it is looked for.
pub const NAME: &str = "mqttscope.toml";

/// A configuration file. A key that is absent leaves its default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Only these rules.
    select: Vec<Spanned<String>>,
    /// Not these.
    ignore: Vec<Spanned<String>>,
    /// What makes `check` exit with 1.
    #[serde(deserialize_with = "scalar::some")]
    pub fail_on: Option<FailOn>,
    /// Seconds that an answer may take.
    #[serde(deserialize_with = "scalar::some")]
    pub response_timeout: Option<Seconds>,
    /// Seconds that closing a connection may take.
    #[serde(deserialize_with = "scalar::some")]
    pub close_timeout: Option<Seconds>,
    /// What is allowed on top of a Keep Alive limit.
    pub keep_alive_grace: Grace,
    /// What ports of servers carry.
    #[serde(deserialize_with = "scalar::list")]
    pub ports: Vec<PortHint>,
    /// Bounds.
    pub limits: Bounds,
    /// Severities of rules, by name.
    severity: BTreeMap<String, Spanned<Of<Severity>>>,
    /// What holds for some clients only.
    client: Vec<Client>,
}

/// What is allowed on top of a Keep Alive limit.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table, such as { seconds = 1, percent = 5 }")]
pub struct Grace {
    /// At least so many seconds.
    #[serde(deserialize_with = "scalar::some")]
    pub seconds: Option<Seconds>,
    /// Per cent of the Keep Alive, if that is more.
    #[serde(deserialize_with = "scalar::some")]
    pub percent: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with id and ignore")]
struct Client {
    /// A pattern of Client Identifiers.
    id: Spanned<String>,
    ignore: Vec<Spanned<String>>,
}

/// A file that was read, and where.
#[derive(Debug)]
pub struct Found {
    /// Its path.
    pub path: PathBuf,
    text: String,
    /// What it says.
    pub file: File,
}

impl Found {
    /// The file of `--config`; else the one beside the first input; else the one in the current folder; if there is any.
    ///
    /// # Errors
    /// It cannot be read, or says something that is not understood.
    pub fn look(configuration: &Configuration, inputs: &[String]) -> anyhow::Result<Option<Self>> {
        let path = match &configuration.config {
            _ if configuration.no_config => return Ok(None),
            Some(path) => Some(path.clone()),
            None => places(inputs).map(|folder| folder.join(NAME)).find(|path| path.is_file()),
        };
        path.map(Self::open).transpose()
    }

    fn open(path: PathBuf) -> anyhow::Result<Self> {
        let text = fs::read_to_string(&path)
            .map_err(|error| anyhow!("{}: cannot be read: {error}: name a configuration file after --config", path.display()))?;
        Self::parse(path, text)
    }

    fn parse(path: PathBuf, text: String) -> anyhow::Result<Self> {
        let told = |error: &toml::de::Error, key: &str| {
            let at = error.span().map_or(0, |span| span.start);
            anyhow!("{}", told(&path, &text, at, key, error.message()))
        };
        let deserializer = toml::Deserializer::parse(&text).map_err(|error| told(&error, ""))?;
        let file = serde_path_to_error::deserialize(deserializer).map_err(|error| told(error.inner(), &key(error.path())))?;
        Ok(Self { path, text, file })
    }

    /// Which rules, and how bad their faults are.
    ///
    /// # Errors
    /// A word stands for no rule.
    pub fn selection(&self) -> anyhow::Result<Selection> {
        let File { select, ignore, severity, .. } = &self.file;
        let mut severities = BTreeMap::new();
        for (name, severity) in severity {
            if !rules::all().iter().any(|rule| rule.name == name) {
                let hint = suggest::hint(name, rules::all().iter().map(|rule| rule.name));
                let why = format!("no rule has this name: {hint}`mqttscope rules` lists the rules");
                bail!("{}", self.told(severity, &format!("severity.{name}"), &why));
            }
            let Of(severity) = severity.get_ref();
            severities.insert(name.clone(), *severity);
        }
        Ok(Selection { select: self.words(select, "select")?, ignore: self.words(ignore, "ignore")?, severities })
    }

    /// Which rules are not asked about which clients.
    ///
    /// # Errors
    /// A pattern is none, or a word stands for no rule.
    pub fn exemptions(&self) -> anyhow::Result<Vec<Exemption>> {
        let exemption = |client: &Client| {
            let clients = Pattern::new(client.id.get_ref()).map_err(|error| {
                let why =
                    format!("{:?}: {}: expected a Client Identifier, in which * and ? stand for others", client.id.get_ref(), error.msg);
                anyhow!("{}", self.told(&client.id, "client.id", &why))
            })?;
            Ok(Exemption { clients, ignore: self.words(&client.ignore, "client.ignore")? })
        };
        self.file.client.iter().map(exemption).collect()
    }

    fn words(&self, words: &[Spanned<String>], key: &str) -> anyhow::Result<Vec<String>> {
        for word in words {
            if let Some(why) = suggest::unknown(word.get_ref()) {
                bail!("{}", self.told(word, key, &why));
            }
        }
        Ok(words.iter().map(|word| word.get_ref().clone()).collect())
    }

    fn told<T>(&self, value: &Spanned<T>, key: &str, why: &str) -> String {
        told(&self.path, &self.text, value.span().start, key, why)
    }
}

/// Folders to look into: that of the first input (itself, if it is one), the current one.
fn places(inputs: &[String]) -> impl Iterator<Item = PathBuf> {
    let beside = inputs.first().filter(|input| *input != "-").map(|input| {
        let path = Path::new(input);
        if path.is_dir() { path.to_owned() } else { path.parent().unwrap_or(path).to_owned() }
    });
    beside.into_iter().chain([PathBuf::new()])
}

/// `mqttscope.toml: line 4, limits.max_findings: …`
fn told(path: &Path, text: &str, at: usize, key: &str, why: &str) -> String {
    let line = 1 + text.get(..at).unwrap_or(text).matches('\n').count();
    let key = if key.is_empty() { String::new() } else { format!(", {key}") };
    let why: Vec<&str> = why.lines().map(str::trim).collect();
    format!("{}: line {line}{key}: {}", path.display(), why.join(": "))
}

/// `limits.max_findings`, `client[0].id`.
fn key(path: &serde_path_to_error::Path) -> String {
    let mut key = String::new();
    for segment in path {
        match segment {
            serde_path_to_error::Segment::Seq { index } => key.push_str(&format!("[{index}]")),
            // How places in the file are told.
            serde_path_to_error::Segment::Map { key: name } if name.starts_with("$__") => {}
            serde_path_to_error::Segment::Map { key: name } => {
                key.push_str(if key.is_empty() { "" } else { "." });
                key.push_str(name);
            }
            _ => {}
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> anyhow::Result<Found> {
        let found = Found::parse(NAME.into(), text.to_owned())?;
        found.selection()?;
        found.exemptions()?;
        Ok(found)
    }

    fn refused(text: &str) -> String {
        parsed(text).expect_err(text).to_string()
    }

    #[test]
    fn errors_name_line_and_key_and_what_is_expected() {
        let told = [
            "selct = []",
            "\nselect = \"publish\"",
            "select = [1]",
            "ignore = [\n  \"publish\",\n  \"packet-id-zro\",\n]",
            "fail_on = \"fatal\"",
            "response_timeout = \"soon\"",
            "close_timeout = -1",
            "keep_alive_grace = 3",
            "[keep_alive_grace]\npercent = 2.5",
            "ports = [1883, \"99999\"]",
            "[limits]\nmax_findings = \"many\"",
            "[limits]\nmax_held_bytes = true",
            "[limits]\nmax_speed = 1",
            "[severity]\ndup-on-qos-0 = \"mild\"",
            "\n[severity]\ndup-on-qos-9 = \"info\"",
            "[[client]]\nid = \"pump-[\"\nignore = []",
            "[[client]]\nid = \"pump\"",
            "[[client]]\nid = \"pump\"\nignore = [\"zzz\"]",
            "select = [\"publish\"",
        ];
        insta::assert_snapshot!(told.map(refused).join("\n"));
    }

    #[test]
    fn nothing_said_is_nothing_changed() {
        let found = parsed("").expect("empty");
        assert!(found.selection().is_ok_and(|selection| selection.select.is_empty() && selection.severities.is_empty()));
        assert!(found.file.limits.max_findings.is_none() && found.file.keep_alive_grace.percent.is_none());
    }

    #[test]
    fn example_of_the_manual_is_understood() {
        let manual = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md")).expect("there");
        let (_, rest) = manual.split_once("```toml\n").expect("an example");
        let (example, _) = rest.split_once("```").expect("its end");
        let found = parsed(example).expect("understood");
        // Every key there is stands in the example.
        let table: toml::Table = toml::from_str(example).expect("a table");
        for key in "select ignore fail_on response_timeout close_timeout keep_alive_grace ports limits severity client".split(' ') {
            assert!(table.contains_key(key), "{key}");
        }
        assert_eq!(found.exemptions().map(|all| all.len()).ok(), Some(2));
    }

    #[test]
    fn file_beside_the_first_input_comes_first() {
        let folders =
            |inputs: &[&str]| -> Vec<PathBuf> { places(&inputs.iter().map(|input| (*input).to_owned()).collect::<Vec<_>>()).collect() };
        assert_eq!(folders(&["a/b.pcap", "c.pcap"]), [PathBuf::from("a"), PathBuf::new()]);
        assert_eq!(folders(&["src"]), [PathBuf::from("src"), PathBuf::new()]);
        assert_eq!(folders(&["-"]), [PathBuf::new()]);
        assert_eq!(folders(&["b.pcap"]), [PathBuf::new(), PathBuf::new()]);
    }
}
