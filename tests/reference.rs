//! The reference manual under `docs/` is what the rules make of it. With MQTTSCOPE_BLESS=1 it is written anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mqttscope::report::reference::{DOCUMENTS, checkers, pages};
use mqttscope::rule::spec::{Scope, statements};
use mqttscope::rules;

#[test]
fn manual_is_that_of_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = pages(rules::groups());
    let folder = root.join("docs/rules");
    let there = fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().file_name());
    let there: BTreeSet<String> = there.map(|name| format!("docs/rules/{}", name.to_str().unwrap())).collect();
    let left_over: Vec<&String> = there.iter().filter(|path| !pages.contains_key(*path)).collect();
    if std::env::var_os("MQTTSCOPE_BLESS").is_some() {
        fs::create_dir_all(&folder).unwrap();
        pages.iter().for_each(|(path, page)| fs::write(root.join(path), page).unwrap());
        left_over.iter().for_each(|path| fs::remove_file(root.join(path)).unwrap());
        return;
    }
    let mut wrong: Vec<String> = left_over.iter().map(|path| format!("{path}: is no page")).collect();
    for (path, page) in &pages {
        match fs::read_to_string(root.join(path)) {
            Err(error) => wrong.push(format!("{path}: {error}")),
            Ok(text) if text != *page => {
                let at = text.lines().zip(page.lines()).take_while(|(old, new)| old == new).count();
                wrong.push(format!("{path}: differs from line {} on", at + 1));
            }
            Ok(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}\nrun this test with MQTTSCOPE_BLESS=1\n", wrong.join("\n"));
}

#[test]
fn links_lead_somewhere() {
    let pages = pages(rules::groups());
    for (path, page) in &pages {
        let folder = Path::new(path).parent().unwrap();
        for link in
            page.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| link.contains(".md") || link.starts_with('#'))
        {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { folder.join(file).to_str().unwrap().replace("rules/../", "") };
            let text = pages.get(&target).unwrap_or_else(|| panic!("{path}: no page {target}"));
            assert!(anchor.is_empty() || text.contains(&format!("\n## {anchor}\n")), "{path}: no heading {link}");
        }
    }
}

#[test]
fn every_statement_that_a_connection_shows_has_a_rule() {
    let mut missing = Vec::new();
    for version in DOCUMENTS {
        for statement in statements(version) {
            // About WebSocket frames, which are not read yet.
            let is_websocket = statement.id.starts_with("MQTT-6.0.0-");
            let is_shown = matches!(statement.scope, Scope::Packet | Scope::Connection | Scope::Transport);
            if is_shown && !is_websocket && checkers(rules::groups(), version, statement.id).is_empty() {
                missing.push(format!("{version} {} ({}): {}", statement.id, statement.scope.name(), statement.text));
            }
        }
    }
    assert!(missing.is_empty(), "{} statements are not checked yet:\n{}\n", missing.len(), missing.join("\n"));
}
