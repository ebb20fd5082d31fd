//! The program from outside: exit codes, standard error, and what it writes.

mod program;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use hex_literal::hex;
use serde_json::{Value, json};
use tempfile::TempDir;

use program::Side::{Client, Server};
use program::{Capture, command, parse, run};

/// A control packet: first byte, Remaining Length, body.
fn packet(first: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let len = u8::try_from(body.len()).ok().filter(|len| *len < 128).expect("a short packet");
    [&[first, len], &*body].concat()
}

/// A string with its length.
fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes(), bytes].concat()
}

/// A conversation that uses every field once, and breaks some.
fn plant() -> Capture {
    let mut capture = Capture::new();
    let will = [&hex!("05 18 0000000a")[..], &string(b"pump/\xff"), &string(b"gone")].concat();
    let connect = [&hex!("0004 4d515454 05 ee 003c  12  11 0000003c  21 0014  21 0015  26 0001 61 0001 3d")[..], &string(b"pump-07")];
    capture.open();
    capture.send(Client, packet(0x10, &[connect[0], connect[1], &will, &string(b"user"), &string(b"secret\xfe")]));
    capture.send(Server, hex!("20 0b 00 00 08  22 000a  13 001e  24 01"));
    capture.send(Client, packet(0x82, &[&hex!("0001 02 0b 05"), &string(b"plant/#"), &[0x2d], &string(b"+,\"x\""), &[0x01]]));
    capture.send(Server, hex!("90 05 0001 00 01 87"));
    capture.send(Client, packet(0x3b, &[&string(b"plant/pump"), &hex!("0007 08  23 0001  09 0002 00ff"), b"42"]));
    capture.send(Server, [&hex!("40 03 0007 10")[..], &hex!("d0 00")].concat());
    // The alias instead of the topic, then an unknown property, then a topic that an escape sequence is in.
    capture.send(Client, packet(0x30, &[&string(b""), &hex!("03  23 0001"), b"43"]));
    capture.send(Client, packet(0x30, &[&string(b"a"), &hex!("05  01 01  7e 0102"), b"44"]));
    capture.send(Client, packet(0x30, &[&string(b"a\x1b[31m\xc2\x9b"), &[0]]));
    capture.send(Client, packet(0x32, &[&hex!("0040 61")]));
    capture.send(Client, packet(0xa2, &[&hex!("0002 00"), &string(b"plant/#")]));
    capture.send(Server, hex!("b0 04 0002 00 11"));
    capture.send(Server, hex!("e0 02 8d 00"));
    capture.open();
    capture.send(Client, packet(0x10, &[&hex!("0004 4d515454 04 02 000a"), &string(b"old")]));
    capture.send(Server, hex!("20 02 00 05"));
    capture
}

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().expect("a directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and tells its name.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), bytes).expect("written");
        self.name(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// Output without the directory's name.
    fn neutral(&self, text: &str) -> String {
        text.replace(self.directory.path().to_str().expect("UTF-8"), "DIR")
    }
}

/// The packets of the plant, as NDJSON read back.
fn objects(options: &[&str]) -> Vec<Value> {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    let out = run(["packets", "--format", "ndjson", &file].iter().chain(options)).ok();
    out.lines().map(parse).collect()
}

#[test]
fn inputs_that_cannot_be_read_are_one_line_and_2() {
    let place = Place::new();
    let empty = place.file("empty.pcap", "");
    let notes = place.file("notes.txt", "not a capture at all\n");
    fs::create_dir(place.path("bare")).expect("made");
    let told = [
        run(["check", &place.name("missing.pcap")]).trouble(),
        run(["packets", &empty]).trouble(),
        run(["sessions", &notes]).trouble(),
        run(["check", &place.name("bare")]).trouble(),
        run(["check", &place.name("*.pcapng")]).trouble(),
        run(["check"]).trouble(),
        run(["check", "-", "-"]).trouble(),
        run(["packets", "-"]).trouble(),
    ];
    insta::assert_snapshot!(place.neutral(&told.join("\n")));
}

#[test]
fn wrong_usage_is_one_line_and_2() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    let told = [
        run(["check", "--bogus", &file]).trouble(),
        run(["packets", "--ignore", "zzz,MQTT-99", &file]).trouble(),
        run(["check", "--version", "5.0", &file]).trouble(),
        run(["check", "--format", "xml", &file]).trouble(),
        run(["packets", "--port", "99999", &file]).trouble(),
        run(["explain", "no-such-thing"]).trouble(),
        run(["explain", "MQTT-3.1.0-11"]).trouble(),
    ];
    insta::assert_snapshot!(place.neutral(&told.join("\n")));
    let misspelt = run(["check", "--select", "packet-id-zro", &file]).trouble();
    assert!(misspelt.contains("did you mean packet-id-zero "), "{misspelt}");
}

#[test]
fn output_that_cannot_be_written_is_one_line_and_2() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    let told = [
        run(["packets", &file, "-o", &place.name("missing/list.txt")]).trouble(),
        run(["packets", &file, "-o", &place.name(".")]).trouble(),
        run(["packets", &file, "-o", &file]).trouble(),
    ];
    assert_eq!(fs::read(&file).expect("still there"), plant().bytes(), "an input must not be overwritten");
    insta::assert_snapshot!(place.neutral(&told.join("\n")));
    if Path::new("/dev/full").exists() {
        let full = run(["packets", &file, "-o", "/dev/full"]);
        assert_eq!(full.code, Some(2));
        assert!(full.err.starts_with("mqttscope: /dev/full: writing failed: the result is not complete: "), "{}", full.err);
    }
}

#[test]
fn no_output_is_made_for_an_input_that_cannot_be_read() {
    let place = Place::new();
    run(["packets", &place.name("missing.pcap"), "-o", &place.name("list.txt")]).trouble();
    assert!(!place.path("list.txt").exists());
}

#[test]
fn closed_pipe_is_success() {
    let place = Place::new();
    // More than any pipe holds.
    let mut capture = Capture::new();
    capture.open().send(Client, packet(0x10, &[&hex!("0004 4d515454 04 02 003c"), &string(b"c")]));
    for _ in 0..2000 {
        capture.send(Client, hex!("30 03 0001 61").repeat(8));
    }
    let file = place.file("long.pcap", capture.bytes());
    for format in ["text", "ndjson", "csv"] {
        let mut child =
            command().args(["packets", "--format", format, &file]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("ends");
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{format}");
    }
}

#[test]
fn help_and_version_are_results() {
    assert!(run(["--version"]).ok().starts_with("mqttscope 0."));
    for command in ["check", "packets", "sessions", "rules", "explain", "interfaces"] {
        assert!(run([command, "--help"]).ok().contains("Usage: mqttscope "), "{command}");
    }
    let nothing = run([""; 0]);
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(2), ""));
}

#[test]
fn text() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    let all = run(["packets", &file]).ok();
    let relative = run(["packets", "--time", "relative", &file]).ok();
    let delta = run(["packets", "--time", "delta", &file]).ok();
    let head = |text: &str| text.lines().take(4).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(format!("{all}\n{}\n\n{}", head(&relative), head(&delta)));
}

#[test]
fn csv() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    insta::assert_snapshot!(place.neutral(&run(["packets", "--format", "csv", &file]).ok()));
}

#[test]
fn ndjson() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    insta::assert_snapshot!(run(["packets", "--format", "ndjson", &file]).ok());
}

#[test]
fn ndjson_has_each_key_once_and_no_control_character() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    let out = run(["packets", "--format", "ndjson", "--show-secrets", &file]).ok();
    assert_eq!(out.lines().map(parse).count(), 16);
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn ndjson_tells_bytes_that_are_no_text_in_hex_too() {
    let connect = &objects(&[])[0];
    assert_eq!(connect["will"]["topic"], "pump/\u{fffd}");
    assert_eq!(connect["will"]["topic_hex"], "70756d702fff");
}

#[test]
fn ndjson_keeps_what_is_repeated_and_what_is_unknown() {
    let packets = objects(&[]);
    assert_eq!(packets[0]["properties"]["receive_maximum"], 20);
    assert_eq!(packets[0]["properties"]["repeated_properties"], json!([["receive_maximum", 21]]));
    assert_eq!(packets[8]["properties"], json!({"payload_format_indicator": 1, "unread_hex": "7e0102"}));
    assert_eq!(packets[8]["malformed"]["why"], "Property Identifier 0x7e is not defined");
}

#[test]
fn passwords_are_shown_on_request_only() {
    let hidden = &objects(&[])[0];
    assert_eq!((&hidden["password"], hidden.get("password_hex")), (&json!("***"), None));
    let shown = &objects(&["--show-secrets"])[0];
    assert_eq!((&shown["password"], &shown["password_hex"]), (&json!("secret\u{fffd}"), &json!("736563726574fe")));
}

#[test]
fn authentication_data_is_shown_on_request_only() {
    let place = Place::new();
    let mut capture = Capture::new();
    let properties = hex!("0a  15 0001 6d  16 0003 6b6579");
    capture.open().send(Client, packet(0x10, &[&hex!("0004 4d515454 05 02 003c"), &properties, &string(b"c")]));
    capture.send(Server, hex!("f0 0c 18 0a  15 0001 6d  16 0003 6b6579"));
    // Twice, which is an error, and longer than the packet.
    capture.send(Client, hex!("f0 0e 18 0c  16 0003 6b6579  16 0003 6b6579"));
    capture.send(Client, hex!("f0 08 18 06  16 0007 6b6579"));
    let file = place.file("login.pcap", capture.bytes());
    let told = |options: &[&str]| {
        let output = |command: &[&str]| run(command.iter().chain(options).chain([&file.as_str()])).out;
        output(&["packets", "--format", "ndjson"]) + &output(&["check", "--format", "json"]) + &output(&["packets"])
    };
    let (hidden, shown) = (told(&[]), told(&["--show-secrets"]));
    assert!(shown.contains("6b6579") && !hidden.contains("6b6579"), "{hidden}");
    assert_eq!(hidden.matches("\"authentication_data\":\"***\"").count(), 3, "{hidden}");
    assert!(hidden.contains("[\"authentication_data\",\"***\"]"), "{hidden}");
    let lone = |options: &[&str]| run(["check", "--hex", "f00b180915 00016d 16 0002 7879", "--version", "5.0"].iter().chain(options)).out;
    assert!(lone(&["--show-secrets"]).contains("7879") && !lone(&[]).contains("7879"), "{}", lone(&[]));
}

#[test]
fn several_inputs_are_named() {
    let place = Place::new();
    let mut other = Capture::new();
    other.open().open().open().send(Client, packet(0x10, &[&hex!("0004 4d515454 04 02 000a"), &string(b"third")]));
    let (a, b) = (place.file("a.pcap", plant().bytes()), place.file("b.pcap", other.bytes()));
    let out = run(["packets", "--format", "ndjson", &a, &b]).ok();
    let files: Vec<Value> = out.lines().map(|line| parse(line)["file"].clone()).collect();
    assert!(files.contains(&json!(a)) && files.contains(&json!(b)));
    assert!(run(["packets", &a, &b]).ok().contains("b.pcap"));
}

#[test]
fn standard_input_is_read_and_a_cut_is_a_warning() {
    let mut child = command()
        .args(["packets", "--format", "ndjson", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let bytes = plant().bytes();
    child.stdin.take().expect("a pipe").write_all(&bytes[..bytes.len() - 3]).expect("written");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 15);
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(told.starts_with("mqttscope: warning: (standard input): cut short inside a record at byte "), "{told}");
}

#[test]
fn quiet_is_quiet_and_verbose_says_what_was_read() {
    let place = Place::new();
    let bytes = plant().bytes();
    let file = place.file("cut.pcap", &bytes[..bytes.len() - 3]);
    run(["packets", "-q", &file]).ok();
    let told = run(["sessions", "-v", &file]).err;
    assert!(told.contains("2 TCP connections, 2 of them MQTT, 15 packets"), "{told}");
}

#[test]
fn filter_is_used_or_refused() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    if cfg!(feature = "live") {
        let some = run(["packets", "--format", "ndjson", "-f", "tcp port 50002", &file]).ok();
        assert_eq!(some.lines().count(), 2);
        let none = run(["packets", "-f", "udp", &file]);
        assert_eq!((none.code, none.err.contains("no frame was read")), (Some(0), true), "{}", none.err);
    }
    let told = run(["packets", "-f", "tcp porrt 1", &file]).trouble();
    assert!(told.starts_with("mqttscope: filter `tcp porrt 1`: "), "{told}");
}

#[test]
fn bounds_that_are_hit_are_told() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    let told = run(["packets", "--max-connections", "1", &file]);
    assert_eq!(told.code, Some(0));
    assert!(told.err.contains("bound reached: 1 connection"), "{}", told.err);
}

#[test]
fn colour_is_only_where_it_is_wanted() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    assert!(!run(["packets", &file]).ok().contains('\x1b'));
    assert!(run(["packets", "--color", "always", &file]).ok().contains("\x1b[32mCONNECT\x1b[0m"));
    assert!(!run(["packets", "--color", "never", &file]).ok().contains('\x1b'));
}

#[test]
fn sessions_as_text_and_json() {
    let place = Place::new();
    let mut polite = Capture::new();
    polite.open().send(Client, packet(0x10, &[&hex!("0004 4d515454 04 02 000a"), &string(b"pump\x1b-07")]));
    polite.send(Server, hex!("20 02 00 00")).send(Client, hex!("30 04 0001 61 62")).send(Client, hex!("e0 00"));
    polite.open().send(Client, packet(0x10, &[&hex!("0004 4d515454 04 c2 0000"), &string(b"guest"), &string(b"who"), &string(b"pw")]));
    polite.send(Server, hex!("20 02 00 05"));
    let file = place.file("polite.pcap", polite.bytes());
    insta::assert_snapshot!(run(["sessions", &file]).ok());

    let json = |sort| parse(&run(["sessions", "--format", "json", "--sort", sort, &file]).ok());
    let [first, second] = json("start").as_array().and_then(|all| all.clone().try_into().ok()).expect("two connections");
    assert_eq!((&first["client_id"], &first["packets"]), (&json!("pump\u{1b}-07"), &json!({"client": 3, "server": 1})));
    assert_eq!((&first["ended"]["cause"], &first["publishes"]), (&json!("disconnect"), &json!(1)));
    assert_eq!((&second["ended"]["cause"], &second["ended"]["code"]), (&json!("refused"), &json!(5)));
    assert_eq!((&second["username"], second.get("password")), (&json!("who"), None));
    assert_eq!((&json("client-id")[0]["client_id"], &json("packets")[0]["client_id"]), (&json!("guest"), &first["client_id"]));
}

#[test]
fn check_counts_and_says_so_with_its_exit_code() {
    let place = Place::new();
    let file = place.file("plant.pcap", plant().bytes());
    assert_eq!(run(["check", "--fail-on", "never", &file]).code, Some(0));
    assert_eq!(run(["check", "--fail-on", "error", &file]).code, Some(1));
    assert_eq!(run(["check", "--fail-on", "error", "--select", "packet-id-zero", &file]).code, Some(0));
}

#[test]
fn rules_and_statements_are_explained() {
    let rules = parse(&run(["rules", "--format", "json"]).ok());
    for rule in rules.as_array().expect("an array") {
        let name = rule["rule"].as_str().expect("a name");
        let text = run(["explain", name]).ok();
        assert!(text.starts_with(&format!("{name}\n")) && text.contains("\nStatements\n"), "{text}");
    }
    let text = run(["explain", "MQTT-3.1.0-1"]).ok();
    assert!(text.contains("MQTT 3.1.1, section") && text.contains("MQTT 5.0, section"), "{text}");
}

#[test]
fn interfaces_or_why_not() {
    let run = run(["interfaces", "--format", "json"]);
    if cfg!(feature = "live") {
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert!(parse(&run.out).is_array());
    } else {
        assert_eq!(run.code, Some(2));
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    }
}
