//! Rights while it is captured: the program that runs has none left by the time the first packet is parsed, and what cannot be
//! captured is told in one line.
#![cfg(all(feature = "live", target_os = "linux"))]

mod live;
mod program;

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hex_literal::hex;
use tempfile::TempDir;

use live::{Live, Network, Peer, available, frames, ip, listed, name, wait};
use program::{Run, command};

/// `nobody`, on every Linux.
const NOBODY: u32 = 65534;

const SERVER: &str = "127.0.0.1:1883";
const CONNECT: [u8; 15] = hex!("10 0d 0004 4d515454 04 02 003c 0001 63");

/// A client that has said CONNECT, and its server.
fn connected() -> (Peer, Peer) {
    let listener = TcpListener::bind(SERVER).expect("a server");
    let (mut client, mut server) = (Peer::connect(SERVER), Peer::accept(&listener));
    client.send(CONNECT);
    server.expect(CONNECT);
    (client, server)
}

/// A folder that everybody may enter, with the program in it, and folders `theirs` (of nobody) and `outside` (open to everybody).
/// Not the folder for temporary files, where programs may write.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(TempDir::new_in("/var/tmp").expect("a folder"));
        fs::set_permissions(world.0.path(), Permissions::from_mode(0o755)).expect("permissions");
        for folder in ["theirs", "outside"] {
            fs::create_dir(world.path(folder)).expect("a folder");
        }
        chown(world.path("theirs"), Some(NOBODY), Some(NOBODY)).expect("another owner");
        fs::set_permissions(world.path("outside"), Permissions::from_mode(0o777)).expect("permissions");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program, where everybody can start it.
    fn program(&self) -> Command {
        let copy = self.path("mqttscope");
        if !copy.exists() {
            // By another process: what this one has open for writing, processes of other tests have open too until they are
            // started, and it is busy for so long.
            assert!(Command::new("cp").arg(command().get_program()).arg(&copy).status().expect("cp").success());
            fs::set_permissions(&copy, Permissions::from_mode(0o755)).expect("permissions");
        }
        let mut command = Command::new(copy);
        command.stdin(Stdio::null()).current_dir(self.0.path()).env_remove("SUDO_UID").env_remove("SUDO_GID").env_remove("TMPDIR");
        command
    }
}

/// What the kernel says of each thread of a process: the named lines of its status.
fn threads(process: u32, line: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("a process").flatten();
    let status = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).expect("a status");
    let value = |status: String| {
        let value = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':')).expect("the line");
        value.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    tasks.map(status).map(value).collect()
}

/// No thread of the process is anybody but this user, or has a right or a way to one.
#[track_caller]
fn assert_powerless(process: u32, user: u32) {
    let all = |line: &str, wanted: &str| {
        let values = threads(process, line);
        // The one that reads frames is there besides the first.
        assert!(values.len() > 1 && values.iter().all(|value| value == wanted), "{line}: {values:?}");
    };
    all("Uid", &format!("{user} {user} {user} {user}"));
    all("Gid", &format!("{user} {user} {user} {user}"));
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
        all(set, "0000000000000000");
    }
    all("NoNewPrivs", "1");
    assert!(threads(process, "Groups").iter().all(|groups| user == 0 || !groups.split(' ').any(|group| group == "0")));
}

#[test]
fn root_is_given_up_when_the_first_packet_is_told() {
    let Some(_network) = Network::enter() else { return };
    let world = World::new();
    let start = |user: u32, change: &dyn Fn(&mut Command)| {
        let mut program = world.program();
        program.args(["packets", "-v", "--format", "ndjson", "-i", "lo", "--metrics", "127.0.0.1:0"]);
        change(&mut program);
        (user, Live::run(&mut program))
    };
    let all = [
        start(NOBODY, &|program| {
            program.args(["--user", "nobody"]);
        }),
        start(NOBODY, &|program| {
            program.env("SUDO_UID", NOBODY.to_string()).env("SUDO_GID", NOBODY.to_string());
        }),
        start(1, &|program| {
            program.args(["--user", "1"]).env("SUDO_UID", NOBODY.to_string()).env("SUDO_GID", NOBODY.to_string());
        }),
        start(0, &|_| ()),
    ];
    let _peers = connected();
    for (user, live) in &all {
        live.see("\"CONNECT\"");
        assert_powerless(live.id(), *user);
        live.hear(&format!("mqttscope: privileges: user {user} ("));
    }
}

#[test]
fn nothing_is_written_elsewhere_while_it_is_captured() {
    let Some(_network) = Network::enter() else { return };
    let world = World::new();
    fs::create_dir(world.path("theirs/ring")).expect("a folder");
    chown(world.path("theirs/ring"), Some(NOBODY), Some(NOBODY)).expect("another owner");
    let mut program = world.program();
    program.args(["record", "-v", "-i", "lo", "--user", "nobody", "--rotate-count", "1", "-w"]).arg(world.path("theirs/ring/live.pcapng"));
    let live = Live::run(&mut program);
    let told = live.hear("mqttscope: privileges: ");
    if !told.contains("writing confined to") {
        // Old kernels have no Landlock.
        return eprintln!("skipped: {told}");
    }
    let mut peers = connected();
    wait("a file", || (listed(&world.path("theirs/ring")).len() > 3).then_some(()));
    let ring = listed(&world.path("theirs/ring"));
    assert!(ring.iter().all(|file| fs::metadata(file).expect("a file").uid() == NOBODY));
    // As far as permissions go, the user may write there.
    let touch = Command::new("touch").arg(world.path("outside/probe")).uid(NOBODY).gid(NOBODY).status().expect("touch");
    assert!(touch.success());
    fs::remove_file(world.path("outside/probe")).expect("it was there");

    // The next files would be made in another folder.
    fs::rename(world.path("theirs/ring"), world.path("theirs/before")).expect("renamed");
    symlink(world.path("outside"), world.path("theirs/ring")).expect("a link");
    peers.0.send(hex!("c0 00"));
    peers.1.expect(hex!("c0 00"));
    let run = live.end();
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
    assert!(run.err.ends_with(": cannot be written: permission denied: choose another directory\n"), "{}", run.err);
    assert_eq!(listed(&world.path("outside")), [] as [PathBuf; 0]);
    let before = listed(&world.path("theirs/before"));
    assert_eq!(frames(&before), before.len() as u64);
}

#[test]
fn program_with_the_right_to_capture_gives_it_up() {
    let Some(_network) = Network::enter() else { return };
    let world = World::new();
    let mut program = world.program();
    let set = Command::new("setcap").arg("cap_net_raw+ep").arg(program.get_program()).env("PATH", live::path()).output();
    let set = set.map_err(|error| format!("setcap: {error}"));
    let set = set.and_then(|output| if output.status.success() { Ok(()) } else { Err("setcap does not work here".to_owned()) });
    let Some(()) = available(set) else { return };
    let file = world.path("theirs/live.pcapng");
    program.args(["packets", "--format", "ndjson", "-i", "lo", "-w"]).arg(&file).uid(NOBODY).gid(NOBODY);
    let live = Live::run(&mut program);
    let _peers = connected();
    live.see("\"CONNECT\"");
    assert_powerless(live.id(), NOBODY);
    assert_eq!(live.interrupt().code, Some(0));
    assert_eq!(fs::metadata(&file).expect("a file").uid(), NOBODY);
    assert!(frames([file]) >= 4);
}

/// The program run to its end.
fn run(program: &mut Command, arguments: &str) -> Run {
    let output = program.args(arguments.split(' ')).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn what_cannot_be_captured_is_one_line_and_2() {
    let Some(_network) = Network::enter() else { return };
    ip("link add near0 type veth peer name far0");
    let world = World::new();
    let told = |arguments: &str| run(&mut world.program(), arguments).trouble();

    let line = told("check -i nowhere0");
    let known = line.strip_prefix("mqttscope: nowhere0: no such interface: there are ").expect("those that are there");
    for interface in ["lo", "near0", "far0", "any"] {
        assert!(known.split(", ").any(|name| name == interface), "{line}");
    }
    assert!(!known.contains("nflog") && !known.contains("nfqueue"), "{line}");
    for device in ["nflog", "nfqueue:1"] {
        let refusal = format!("mqttscope: {device}: netfilter is not captured from: name the interface that the packets pass");
        assert_eq!(told(&format!("check -i {device}")), refusal);
    }
    assert_eq!(
        told("packets -i lo -f host"),
        "mqttscope: filter `host`: can't parse filter expression: syntax error (man 7 pcap-filter has the syntax)"
    );
    assert!(
        told("check -i lo capture.pcapng").starts_with("mqttscope: the argument '--interface <IFACE>' cannot be used with '[INPUT]...'")
    );
    assert!(told("check -i lo --follow").starts_with("mqttscope: the argument '--interface <IFACE>' cannot be used with '--follow'"));
    assert!(told("record -i lo").starts_with("mqttscope: record: no file to write to"));
    assert!(told("record -w live.pcapng").starts_with("mqttscope: record: nothing to capture on"));
    assert_eq!(told("check -i lo -w nowhere/live.pcapng"), "mqttscope: nowhere: no such folder: create it first");
    assert_eq!(told("check -i lo --user no.one"), "mqttscope: --user no.one: no such user: give the name or the number of one");
    assert!(told("packets -i lo -w -").starts_with("mqttscope: -w -: standard output is wanted for frames and for the result"));
    let line = told("record -i lo --user nobody -w outside/../live.pcapng");
    assert!(line.contains(": not writable for user 65534 (nobody)"), "{line}");
    assert_eq!(line.matches("denied").count(), 1, "{line}");

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let line = told(&format!("check -i lo --metrics {address}"));
    assert!(line.starts_with(&format!("mqttscope: cannot listen on {address} for metrics: ")), "{line}");

    let line = run(world.program().uid(NOBODY).gid(NOBODY), "check -i lo").trouble();
    assert!(line.starts_with("mqttscope: lo: capturing is not permitted (") && line.ends_with("setcap cap_net_raw+ep PROGRAM"), "{line}");
    let line = run(world.program().uid(NOBODY).gid(NOBODY), "check -i nowhere0").trouble();
    assert!(line.starts_with("mqttscope: nowhere0: "), "{line}");
    assert!(!Path::new(&name(&world.path("live.pcapng"))).exists(), "nothing was made for a capture that cannot be");
}
