//! Everything that README.md and docs/tui.md show is real: each `console` block is run and must print what stands there; each
//! screen is what the terminal UI shows after the keys named above it, and the table of keys is the one that it obeys. With
//! MQTTSCOPE_BLESS=1 all of it is written anew.
//!
//! ````text
//! <!-- screen 100x12 fixtures/captures/plant.pcapng: 4 ] -->
//! ```text
//! ````

use std::iter::Peekable;
use std::path::Path;
use std::process::Command;
use std::str::Lines;

use mqttscope::analysis::Settings;
use mqttscope::capture;
use mqttscope::tui::{self, Choice};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a `$ mqttscope …` line prints, run by a shell in the repository.
fn output(line: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_mqttscope"));
    let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let run = Command::new("sh").args(["-c", line]).current_dir(root()).env("PATH", path).env_remove("NO_COLOR").output().unwrap();
    String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap()
}

/// What `100x12 capture: keys` asks for.
fn screen(what: &str) -> String {
    let (size, rest) = what.split_once(' ').expect("a size and a capture");
    let (columns, rows) = size.split_once('x').expect("columns and rows");
    let (capture, keys) = rest.split_once(':').expect("a capture and keys");
    let options = tui::Options {
        inputs: vec![root().join(capture).display().to_string()],
        capture: capture::Options::default(),
        settings: Settings::default(),
        theme: Choice::None,
        ascii: false,
        explain: |_| None,
    };
    tui::screen(options, keys, (columns.parse().expect("columns"), rows.parse().expect("rows"))).expect("a capture")
}

/// A page with all that is made for it as it is now.
fn renewed(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    let mut console = false;
    while let Some(line) = lines.next() {
        console = if line == "```console" { true } else { console && line != "```" };
        out += line;
        out += "\n";
        let marked = |name| line.strip_prefix("<!-- ")?.strip_suffix(" -->")?.strip_prefix(name);
        if let Some(command) = line.strip_prefix("$ ").filter(|_| console) {
            out += &output(command);
            skip(&mut lines, |next| next == "```" || next.starts_with("$ "));
        } else if let Some(what) = marked("screen ") {
            out += &format!("```text\n{}", screen(what));
            assert_eq!(lines.next(), Some("```text"), "behind {line}");
            skip(&mut lines, |next| next == "```");
        } else if marked("keys").is_some() {
            out += &tui::keys();
            skip(&mut lines, |next| next == "<!-- end of keys -->");
        }
    }
    out
}

fn skip(lines: &mut Peekable<Lines<'_>>, is_end: impl Fn(&str) -> bool) {
    while lines.next_if(|next| !is_end(next)).is_some() {}
}

#[track_caller]
fn holds(page: &str) {
    let path = root().join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let renewed = renewed(&text);
    if std::env::var_os("MQTTSCOPE_BLESS").is_some() {
        std::fs::write(&path, renewed).unwrap();
        return;
    }
    for (shown, real) in text.lines().zip(renewed.lines()) {
        assert_eq!(shown, real, "{page} is stale: run this test with MQTTSCOPE_BLESS=1");
    }
    assert_eq!(text.lines().count(), renewed.lines().count(), "{page} is stale: run this test with MQTTSCOPE_BLESS=1");
}

#[test]
fn shown_output_is_real() {
    holds("README.md");
}

#[test]
fn shown_screens_are_real() {
    holds("docs/tui.md");
}
