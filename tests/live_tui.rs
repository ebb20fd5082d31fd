//! The terminal UI on an interface: what it shows, records and saves is what is told of the recording.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;
mod screen;

use std::fs;
use std::net::TcpListener;

use hex_literal::hex;

use live::disk::Disk;
use live::{BROKER, Broker, Network, Peer, Talk, available, cable, captures, conclusions, ip, name, wait};
use program::run;
use screen::{LARGE, Terminal};

/// Where a server listens that answers, and never closes.
const PATIENT: &str = "127.0.0.1:1884";

/// Starts the program on the loopback interface, and waits until it captures.
fn start(terminal: &Terminal, arguments: &str) {
    terminal.run(&format!("clear; sh -c 'echo $$ > process; exec mqttscope tui -i lo {arguments}'; echo code $?."));
    terminal.see("● live");
    let process: u32 = fs::read_to_string(terminal.path("process")).expect("a number").trim().parse().expect("a number");
    wait("the capture", || (captures(process) > 0).then_some(()));
}

#[test]
fn recording_that_fails_is_told_when_the_terminal_is_given_back() {
    let Some(_network) = Network::enter() else { return };
    let Some(disk) = available(Disk::mount().ok_or_else(|| "no disk can be made".to_owned())) else { return };
    let Some(terminal) = Terminal::open(LARGE) else { return };
    start(&terminal, &format!("-w {}", name(&disk.path("live.pcapng"))));
    let mut talk = Talk::open(BROKER);
    for _ in 0..60 {
        talk.publish(&[b'x'; 16_000]);
    }
    terminal.see("broken off");
    terminal.keys("Q");
    let screen = terminal.see("code 2.");
    assert_eq!(screen.matches("recording failed: No space left on device").count(), 1, "{screen}");
}

#[test]
fn interface_that_is_removed_is_told_when_the_terminal_is_given_back() {
    let Some((_near, _far)) = cable() else { return };
    let Some(terminal) = Terminal::open(LARGE) else { return };
    terminal.run("clear; mqttscope tui -i near; echo code $?.");
    terminal.see("● live");
    ip("link delete near");
    terminal.see("broken off");
    terminal.keys("Q");
    let screen = terminal.see("code 2.");
    assert!(screen.contains("mqttscope: near: capturing broke off: The interface disappeared"), "{screen}");
}

#[test]
fn timeline_drifts_and_what_is_saved_is_what_the_recording_shows() {
    let Some(_network) = Network::enter() else { return };
    let Some(_broker) = Broker::start() else { return };
    let Some(terminal) = Terminal::open(LARGE) else { return };
    start(&terminal, "-w live.pcapng --idle-exit 6");

    // A client that publishes with Packet Identifier 0, for which the broker closes.
    let mut nought = Peer::connect(BROKER);
    nought.send(hex!("10 10 0004 4d515454 04 02 003c 0004 7a65726f")).expect(hex!("20 02 0000"));
    nought.send(hex!("32 07 0001 61 0000 3432")).closed();
    // One that falls silent with a Keep Alive of 1 s, and speaks again.
    let listener = TcpListener::bind(PATIENT).expect("a server");
    let (mut client, mut server) = (Peer::connect(PATIENT), Peer::accept(&listener));
    let connect = hex!("10 10 0004 4d515454 04 02 0001 0004 6c617465");
    client.send(connect);
    server.expect(connect).send(hex!("20 02 0000"));
    client.expect(hex!("20 02 0000"));
    terminal.see("late");
    terminal.press("4 G", "── late");
    terminal.see("Pending: ▲ keep-alive-late (client)");
    terminal.see("keep-alive-exceeded");
    client.send(hex!("c0 00"));
    server.expect(hex!("c0 00")).send(hex!("d0 00"));
    client.expect(hex!("d0 00"));
    terminal.wait("the end of the silence", |screen| !screen.contains("Pending:"));

    terminal.see("the capture has ended");
    terminal.keys("1 s G Enter");
    terminal.keys("C-u");
    terminal.text("bundle");
    terminal.press("Enter", "saved: bundle with");
    terminal.keys("Q");
    terminal.see("code 0.");

    let report = run(["check", "-q", "--format", "json", &name(&terminal.path("live.pcapng"))]);
    assert_eq!(report.code, Some(1), "{}", report.err);
    let saved = fs::read_to_string(terminal.path("bundle/findings.json")).expect("a report");
    assert_eq!(conclusions(&saved), conclusions(&report.out));
    let packets = |file: &str| run(["packets", "--format", "ndjson", &name(&terminal.path(file))]).ok();
    assert_eq!(packets("bundle/capture.pcapng"), packets("live.pcapng"));
}
