//! Everything that README.md shows is real: each `console` block is run and must print what stands there. With
//! MQTTSCOPE_BLESS=1 the blocks are written anew.

use std::path::Path;
use std::process::Command;

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

/// The README with the output of every command in its `console` blocks as it is now.
fn renewed(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    let mut console = false;
    while let Some(line) = lines.next() {
        console = if line == "```console" { true } else { console && line != "```" };
        out += line;
        out += "\n";
        if let Some(command) = line.strip_prefix("$ ").filter(|_| console) {
            out += &output(command);
            while lines.peek().is_some_and(|next| *next != "```" && !next.starts_with("$ ")) {
                lines.next();
            }
        }
    }
    out
}

#[test]
fn shown_output_is_real() {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let renewed = renewed(&text);
    if std::env::var_os("MQTTSCOPE_BLESS").is_some() {
        std::fs::write(&path, renewed).unwrap();
        return;
    }
    for (shown, real) in text.lines().zip(renewed.lines()) {
        assert_eq!(shown, real, "README.md is stale: run this test with MQTTSCOPE_BLESS=1");
    }
    assert_eq!(text.lines().count(), renewed.lines().count(), "README.md is stale: run this test with MQTTSCOPE_BLESS=1");
}
