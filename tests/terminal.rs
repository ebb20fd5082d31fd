//! `mqttscope tui` in a real terminal.
#![cfg(unix)]

mod screen;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use mqttscope::analysis::Settings;
use mqttscope::capture::{self, Source};
use mqttscope::tui::{self, Choice};
use screen::{LARGE, SMALL, Terminal, fixture};

/// Sends a signal to the program.
fn signal(terminal: &Terminal, name: &str) {
    let kill = format!("kill -{name} $(cat process)");
    assert!(Command::new("sh").args(["-c", &kill]).current_dir(terminal.path("")).status().expect("sh").success());
}

#[test]
fn restored_after_quit() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    terminal.restored("0", || terminal.keys("q"));
    terminal.restored("0", || {
        // From below an overlay, in another pane, with a line being typed.
        terminal.press("4", "late");
        terminal.press("f", "filter");
        terminal.keys("C-c");
    });
}

#[test]
fn restored_after_signals() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    terminal.restored("143", || signal(&terminal, "TERM"));
    terminal.restored("129", || signal(&terminal, "HUP"));
}

#[test]
fn restored_while_stopped() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    let before = terminal.settings();
    terminal.run("clear; mqttscope tui plant.pcapng");
    terminal.see("pump-07");
    for _ in 0..2 {
        let screen = terminal.press("C-z", "ready>");
        assert!(!screen.contains("1 Sessions"), "{screen}");
        assert_eq!(terminal.settings(), before);
        terminal.run("clear; fg");
        terminal.see("1 Sessions");
        assert_eq!(terminal.modes(), "1 0 1");
        terminal.press("j", "2/8");
        terminal.press("k", "1/8");
    }
    // The shell has long gone on to what stands behind the program.
    terminal.keys("q");
    terminal.wait("its end", |_| terminal.modes() == "0 1 0");
    assert_eq!(terminal.settings(), before);
}

/// Not a test of its own: what [`restored_after_a_panic`] runs in its terminal. The program takes the manual of a rule from
/// outside, and this one's writer has lost his temper.
#[test]
#[ignore = "runs in a terminal, started by another test"]
fn panics_over_a_manual() {
    if std::env::var_os("MQTTSCOPE_PANIC").is_some() {
        let options = tui::Options { explain: |rule| panic!("no manual of {rule}"), ..options(&["plant.pcapng".into()]) };
        let source = Source::open(&options.inputs, &options.capture).expect("a capture");
        let _ = tui::run(options, source, None);
    }
}

#[test]
fn restored_after_a_panic() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    let before = terminal.settings();
    let tests = std::env::current_exe().expect("a path");
    terminal
        .run(&format!("clear; RUST_BACKTRACE=0 MQTTSCOPE_PANIC=1 {} --ignored --exact --nocapture panics_over_a_manual", tests.display()));
    terminal.see("pump-07");
    assert_eq!(terminal.modes(), "1 0 1");
    terminal.press("j", "2/8");
    let screen = terminal.press("e", "test result: FAILED");
    assert!(!screen.contains("1 Sessions") && screen.contains("no manual of keep-alive-exceeded"), "{screen}");
    assert_eq!(terminal.settings(), before);
}

fn options(inputs: &[String]) -> tui::Options {
    tui::Options {
        inputs: inputs.to_vec(),
        capture: capture::Options::default(),
        settings: Settings::default(),
        theme: Choice::Dark,
        ascii: false,
        explain: |_| None,
    }
}

#[test]
fn capture_that_disappears_while_open() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    terminal.run("mqttscope tui plant.pcapng");
    terminal.see("pump-07");
    fs::remove_file(terminal.path("plant.pcapng")).expect("it was there");
    terminal.press("3", "plant.pcapng");
    terminal.see("is no longer there");
    terminal.press("2", "CONNECT");
    // Another one of that name is not taken for it.
    fs::write(terminal.path("plant.pcapng"), "something else").expect("a file");
    terminal.press("3", "plant.pcapng");
    terminal.keys("1 s Enter Enter");
    terminal.see("has changed");
    terminal.press("Q", "ready>");
}

#[test]
fn what_cannot_be_opened_is_a_sentence() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    fs::write(terminal.path("empty.pcap"), "").expect("a file");
    fs::write(terminal.path("notes.txt"), "buy milk\n").expect("a file");
    fs::write(terminal.path("closed.pcap"), "").expect("a file");
    fs::set_permissions(terminal.path("closed.pcap"), fs::Permissions::from_mode(0o000)).expect("permissions");
    let before = terminal.settings();
    let attempts = [
        ("mqttscope tui nothing.pcap", "nothing.pcap: "),
        ("mqttscope tui empty.pcap", "empty.pcap: "),
        ("mqttscope tui notes.txt", "notes.txt: "),
        // Who may read everything is told that it is empty.
        ("mqttscope tui closed.pcap", "closed.pcap: "),
        ("mqttscope tui plant.pcapng > file", "standard output is not a terminal"),
        ("mqttscope tui -o file plant.pcapng", "-o: "),
        ("TERM=dumb mqttscope tui plant.pcapng", "TERM=dumb"),
    ];
    for (number, (command, message)) in attempts.into_iter().enumerate() {
        terminal.run(&format!("clear; {command}; echo end $? of {number}."));
        let screen = terminal.see(&format!("end 2 of {number}."));
        assert!(screen.contains("mqttscope: ") && screen.contains(message), "{command}:\n{screen}");
    }
    assert_eq!(terminal.settings(), before);
}

#[test]
fn small_terminals_and_no_input_but_the_terminal() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    let before = terminal.settings();
    for (start, size) in [
        ("mqttscope tui plant.pcapng", ["40", "12"]),
        ("mqttscope tui plant.pcapng", ["20", "5"]),
        ("mqttscope tui plant.pcapng", ["1", "1"]),
        ("mqttscope tui plant.pcapng <&-", ["80", "24"]),
        ("mqttscope tui plant.pcapng </dev/null", ["80", "24"]),
        ("mqttscope tui - < plant.pcapng", ["80", "24"]),
    ] {
        terminal.run(&format!("clear; {start}; echo code $?."));
        terminal.see("10 errors");
        terminal.tmux(&["resize-window", "-x", size[0], "-y", size[1]]);
        terminal.keys("2 3 4 5 6 ? q s q f Enter 1 j e q");
        if size[0] != "1" {
            terminal.see("pump");
        }
        terminal.keys("Q");
        terminal.wait("its end", |_| terminal.modes() == "0 1 0");
        terminal.tmux(&["resize-window", "-x", "80", "-y", "24"]);
        terminal.see("code 0.");
    }
    assert_eq!(terminal.settings(), before);
}

#[test]
fn live_capture_that_nobody_ends() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    let before = terminal.settings();
    for (end, code) in [("Q", "0"), ("TERM", "143")] {
        terminal.run("clear; rm -f pipe; mkfifo pipe; (cat plant.pcapng; exec sleep 600) > pipe & echo $! > writer");
        terminal.run("clear; sh -c 'echo $$ > process; exec mqttscope tui - < pipe'; echo code $?.");
        terminal.see("● live");
        terminal.see("pump-07");
        terminal.press("p", "held");
        // What is judged only at the end is not yet there.
        terminal.press("p", "9 errors");
        terminal.press("3", "Remaining Length");
        terminal.keys("1 s G Enter");
        terminal.keys("C-u");
        terminal.text(&format!("bundle-{code}"));
        terminal.press("Enter", &format!("saved: bundle-{code} with"));
        let told = packets(&terminal.path(&format!("bundle-{code}/capture.pcapng")));
        assert_eq!(told.len(), packets(&fixture()).len());
        match end {
            "Q" => terminal.keys("Q"),
            name => signal(&terminal, name),
        }
        terminal.see(&format!("code {code}."));
        terminal.run("kill $(cat writer)");
    }
    assert_eq!(terminal.settings(), before);
}

#[test]
fn walk_through_all_views() {
    let Some(terminal) = Terminal::open(SMALL) else { return };
    terminal.run("mqttscope tui plant.pcapng; echo code $?.");
    // The list: everybody is there.
    let screen = terminal.see("1/8");
    assert!(screen.contains("▸  gateway-a") && screen.contains("keep alive expired"), "{screen}");
    terminal.press("2", "SYN-ACK");
    terminal.press("3", "Remaining Length");
    terminal.press("4", "ping");
    terminal.press("5", "by rule");
    terminal.press("6", "Latency");
    terminal.press("BTab", "packet-id-zero");
    // Only what is asked for.
    terminal.press("1", "1/8");
    terminal.press("f", "filter");
    terminal.text("client~sensor");
    terminal.keys("Enter");
    let screen = terminal.see("filter client~sensor");
    assert!(screen.contains("sensor-3") && !screen.contains("pump-07"), "{screen}");
    terminal.keys("f C-u");
    terminal.text("client~");
    terminal.keys("Enter");
    terminal.see("client~");
    terminal.keys("C-u Enter");
    terminal.see("▸  sensor-3");
    terminal.see("4/8");
    // A larger window shows more of the same, a smaller one less.
    terminal.tmux(&["resize-window", "-x", "140", "-y", "40"]);
    terminal.see("packets ↑ / ↓");
    terminal.tmux(&["resize-window", "-x", "40", "-y", "12"]);
    terminal.wait("less", |screen| screen.lines().count() <= 12 && !screen.contains("packets ↑ / ↓"));
    terminal.tmux(&["resize-window", "-x", "80", "-y", "24"]);
    terminal.see("? help  Enter open");
    terminal.press("q", "code 0.");
}

#[test]
fn from_a_finding_to_its_packet_and_into_a_file() {
    let Some(terminal) = Terminal::open(LARGE) else { return };
    terminal.run("mqttscope tui plant.pcapng; echo code $?.");
    terminal.see("1/8");
    // The packet that has the Packet Identifier 0.
    terminal.press("5", "by rule");
    terminal.keys("/");
    terminal.text("packet identifier 0");
    terminal.keys("Enter");
    terminal.see("▸ ● 11:28:00.925");
    terminal.press("Enter", "Packet Identifier: 0");
    let screen = terminal.see("packet-id-zero");
    assert!(screen.contains("plant/sensor/4/vibration") && screen.contains("frame 147"), "{screen}");
    terminal.press("Escape", "by rule");
    // Pump 7 and valve 12, saved.
    terminal.press("1", "▸  11:28:00.925  sensor-4");
    terminal.press("g j Space Space", "2 marked");
    terminal.press("s", "as pcapng");
    terminal.press("Enter", "connections.pcapng");
    terminal.keys("C-u");
    terminal.text("two.pcapng");
    terminal.press("Enter", "saved: two.pcapng");
    terminal.press("Q", "code 0.");
    let (ours, theirs) = (packets(&fixture()), packets(&terminal.path("two.pcapng")));
    let chosen: Vec<&String> = ours.iter().filter(|line| line.contains("10.20.0.27:") || line.contains("10.20.0.42:")).collect();
    assert_eq!(theirs.len(), chosen.len());
    match Command::new("tshark")
        .args(["-n", "-r"])
        .arg(terminal.path("two.pcapng"))
        .args(["-Y", "mqtt", "-T", "fields", "-e", "mqtt.msgtype"])
        .output()
    {
        Ok(output) => {
            let text = String::from_utf8(output.stdout).expect("UTF-8");
            assert_eq!(text.split([',', '\n']).filter(|field| !field.is_empty()).count(), theirs.len(), "{text}");
        }
        Err(_) => eprintln!("there is no tshark: not held against it"),
    }
}

/// One line per packet, as `mqttscope packets` prints them.
fn packets(capture: &Path) -> Vec<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_mqttscope")).args(["packets", "--format", "ndjson"]).arg(capture).output().expect("it runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}
