//! Dependencies run one way: the table of docs/architecture.md, held against every `crate::` path in the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Module, and what it may use of the crate.
const VOCABULARY: [&str; 4] = ["time", "frame", "flow", "show"];
const LAYERS: [(&str, &[&str]); 20] = [
    ("capture", &[]),
    ("privilege", &[]),
    ("mqtt", &[]),
    ("net", &[]),
    ("stream", &["net"]),
    ("transport", &[]),
    ("framing", &["mqtt"]),
    ("filter", &["mqtt"]),
    ("session", &["mqtt", "framing"]),
    ("finding", &["mqtt"]),
    ("rule", &["finding", "framing", "mqtt", "session"]),
    ("rules", &["rule", "finding", "framing", "mqtt", "session"]),
    ("analysis", &["finding", "framing", "mqtt", "net", "rule", "session", "stream", "transport"]),
    ("trace", &["analysis", "finding", "framing", "mqtt", "net", "session"]),
    ("index", &["analysis", "capture", "finding", "framing", "mqtt", "net", "rule", "rules", "session", "trace", "transport"]),
    ("metrics", &["analysis", "finding", "framing", "mqtt", "rule", "rules", "session", "trace", "transport"]),
    ("report", &["analysis", "finding", "framing", "mqtt", "rule", "session", "transport"]),
    (
        "tui",
        &[
            "analysis",
            "capture",
            "filter",
            "finding",
            "framing",
            "index",
            "mqtt",
            "net",
            "report",
            "rule",
            "rules",
            "session",
            "stream",
            "trace",
            "transport",
        ],
    ),
    (
        "cli",
        &[
            "analysis",
            "capture",
            "filter",
            "finding",
            "framing",
            "index",
            "metrics",
            "mqtt",
            "net",
            "privilege",
            "report",
            "rule",
            "rules",
            "session",
            "stream",
            "trace",
            "transport",
            "tui",
        ],
    ),
    ("main", &["cli"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push(path);
        }
    }
    all
}

/// The modules that a source names by `crate::` or `mqttscope::`, outside comments.
fn used(text: &str) -> BTreeSet<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut modules = BTreeSet::new();
    for line in code {
        for prefix in ["crate::", "mqttscope::"] {
            for (at, _) in line.match_indices(prefix) {
                let name: String = line[at + prefix.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                modules.insert(name);
            }
        }
    }
    modules
}

#[test]
fn dependencies_run_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).unwrap();
        let top = relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if top == "lib" || VOCABULARY.contains(&top.as_str()) {
            continue;
        }
        let (_, allowed) = LAYERS.iter().find(|(name, _)| *name == top).unwrap_or_else(|| panic!("{top} is not in the table"));
        for module in used(&fs::read_to_string(&path).unwrap()) {
            let known = LAYERS.iter().any(|(name, _)| *name == module);
            assert!(
                !known || module == top || allowed.contains(&module.as_str()),
                "{} uses crate::{module}, which {top} may not",
                relative.display()
            );
        }
    }
}

#[test]
fn vocabulary_uses_nothing_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for name in VOCABULARY {
        let path = root.join(name).with_extension("rs");
        for module in used(&fs::read_to_string(&path).unwrap()) {
            assert!(!LAYERS.iter().any(|(layer, _)| *layer == module), "{name} uses {module}");
        }
    }
}

#[test]
fn files_stay_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().lines().count();
        assert!(code <= 500, "{} has {code} lines without its tests", path.display());
    }
}
