//! Known findings: written, accepted, and told when they are gone.

mod program;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use program::{parse, run};

const PLANT: &str = "fixtures/captures/plant.pcapng";
const CLEAN: &str = "fixtures/clean/libmosquitto-mosquitto-v311.pcapng";

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).to_str().expect("UTF-8").to_owned()
}

/// A baseline of the plant in a folder of its own.
fn baseline() -> (TempDir, String) {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("known.json").to_str().expect("UTF-8").to_owned();
    let run = run(["check", "--write-baseline", &file, &fixture(PLANT)]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        run.err.starts_with("mqttscope: ") && run.err.ends_with(" entries\n") && run.err.contains(" findings accepted, in "),
        "{}",
        run.err
    );
    assert!(run.out.contains("packet-id-zero"), "what is accepted is shown once more");
    (folder, file)
}

#[test]
fn what_is_known_is_neither_shown_nor_counted() {
    let (_folder, file) = baseline();
    let found = run(["check", "--baseline", &file, "--fail-on", "info", &fixture(PLANT)]);
    assert_eq!((found.code, found.err.as_str()), (Some(0), ""), "{}", found.out);
    assert!(found.out.contains("No new findings: ") && !found.out.contains("packet-id-zero"), "{}", found.out);
    assert!(found.out.contains(" known findings not shown and not counted: "), "{}", found.out);

    let before = parse(&run(["check", "--format", "json", &fixture(PLANT)]).out);
    let after = parse(&run(["check", "--format", "json", "--baseline", &file, &fixture(PLANT)]).out);
    let sum = |root: &Value| -> u64 {
        let severities = |session: &Value| ["error", "warning", "info"].map(|severity| session["findings"][severity].as_u64().unwrap_or(0));
        root["sessions"].as_array().into_iter().flatten().flat_map(severities).sum()
    };
    assert_eq!((sum(&after), &after["baseline"]["accepted"]), (0, &sum(&before).into()));
    assert_eq!((&after["findings"], &after["repeats"]), (&Value::Array(Vec::new()), &Value::Array(Vec::new())));
    assert_eq!(after["statements"], before["statements"], "what the capture shows of the specification does not change");
    let lines = run(["check", "--format", "ndjson", "-q", "--baseline", &file, &fixture(PLANT)]);
    assert_eq!((lines.code, lines.out.as_str()), (Some(0), ""));
}

#[test]
fn one_more_is_new() {
    let (_folder, file) = baseline();
    let text = fs::read_to_string(&file).expect("there");
    let entry = text.lines().find(|line| line.contains("\"packet-id-zero\"")).expect("an entry");
    let (head, count) = entry.trim_end_matches([',', '}']).rsplit_once(':').expect("a count");
    let fewer: u64 = count.parse::<u64>().expect("a number") - 1;
    fs::write(&file, text.replace(entry.trim_end_matches(','), &format!("{head}:{fewer}}}"))).expect("written");
    let found = run(["check", "--format", "ndjson", "-q", "--baseline", &file, &fixture(PLANT)]);
    assert_eq!(found.code, Some(1));
    let [finding] = &found.out.lines().map(parse).collect::<Vec<_>>()[..] else { panic!("{}", found.out) };
    assert_eq!(finding["rule"], "packet-id-zero");
}

#[test]
fn what_is_gone_is_told() {
    let (_folder, file) = baseline();
    let found = run(["check", "--format", "json", "--baseline", &file, &fixture(CLEAN)]);
    assert_eq!(found.code, Some(0));
    assert!(found.err.contains(": not found any more: packet-id-zero (MQTT-2.3.1-1) by client \"sensor-4\", "), "{}", found.err);
    assert!(found.err.ends_with(": write it anew with --write-baseline to be told if they come back\n"), "{}", found.err);
    let entries = fs::read_to_string(&file).expect("there").lines().count() - 2;
    assert_eq!(parse(&found.out)["baseline"]["stale"].as_array().map(Vec::len), Some(entries));
    // Rules that are not asked have not lost anything.
    let one = parse(&run(["check", "--format", "json", "-q", "--select", "packet-id-zero", "--baseline", &file, &fixture(CLEAN)]).out);
    assert!(one["baseline"]["stale"].as_array().is_some_and(|stale| stale.iter().all(|entry| entry["rule"] == "packet-id-zero")));
}

#[test]
fn written_anew_it_holds_what_is_there_now() {
    let (_folder, file) = baseline();
    let first = fs::read_to_string(&file).expect("there");
    run(["check", "-q", "--baseline", &file, "--write-baseline", &file, &fixture(PLANT)]);
    assert_eq!(fs::read_to_string(&file).expect("there"), first);
    run(["check", "-q", "--baseline", &file, "--write-baseline", &file, &fixture(CLEAN)]).ok();
    assert_eq!(fs::read_to_string(&file).expect("there"), "{\"tool\":\"mqttscope\",\"baseline\":1,\"accepted\":[\n]}\n");
}

#[test]
fn trouble_is_one_line_and_2() {
    let (folder, file) = baseline();
    let plant = fixture(PLANT);
    let missing = folder.path().join("missing.json").display().to_string();
    assert!(run(["check", "--baseline", &missing, &plant]).trouble().contains("missing.json: cannot be read: "));
    fs::write(&file, "{\n\"tool\": 1}").expect("written");
    let told = run(["check", "--baseline", &file, &plant]).trouble();
    assert!(told.contains("known.json: is no baseline: ") && told.contains(" at line 2 column "), "{told}");
    run(["check", "--baseline", &file, "--hex", "c000"]).trouble();
    run(["check", "--write-baseline", &file, "-o", &file, &plant]).trouble();
}
