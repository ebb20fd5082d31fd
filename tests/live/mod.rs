//! Live captures from outside: a network of its own for each test, a broker, peers, and the program while it runs.
//!
//! A test's thread moves into a network namespace: what it opens and what it starts is there, with a loopback interface that nobody
//! else talks on. That takes root; elsewhere the tests say so and pass. With `CI` set, root must be able to do all of it.

#![allow(dead_code, reason = "each test uses its part")]

pub mod disk;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hex_literal::hex;
use mqttscope::capture::{Options, Source};
use nix::unistd::geteuid;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::Value;
use tempfile::TempDir;

use super::program::{Run, command, parse};

/// How long one step may take on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(10);

/// Where brokers listen.
pub const BROKER: &str = "127.0.0.1:1883";

/// Waits until something is there.
#[track_caller]
pub fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(LOOK);
    }
}

/// What a test needs, or a word about why it is left out; root on a machine for tests has to have it.
pub fn available<T>(found: Result<T, String>) -> Option<T> {
    let must = env::var_os("CI").is_some() && geteuid().is_root();
    match found {
        Ok(found) => Some(found),
        Err(why) => {
            assert!(!must, "{why}");
            eprintln!("skipped: {why}");
            None
        }
    }
}

/// A network namespace with a loopback interface. It is gone when its holder and all that was started in it are.
pub struct Network {
    holder: Helper,
}

impl Network {
    /// Makes one, and moves the calling thread into it; `None` where that cannot be done.
    pub fn enter() -> Option<Self> {
        let network = available(Self::make())?;
        network.join();
        Some(network)
    }

    /// Makes one for somebody else.
    pub fn make() -> Result<Self, String> {
        if !geteuid().is_root() {
            return Err("not root, who alone makes networks".to_owned());
        }
        // It ends with this program, whose end of the pipe is closed then.
        let script = "ip link set lo up && echo there && exec cat";
        let started = Command::new("unshare")
            .args(["--net", "sh", "-c", script])
            .env("PATH", path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut holder = started.map_err(|error| format!("unshare: {error}"))?;
        let mut answer = String::new();
        let _ = BufReader::new(holder.stdout.take().expect("a pipe")).read_line(&mut answer);
        if answer == "there\n" {
            return Ok(Self { holder: Helper(holder) });
        }
        let output = holder.wait_with_output().expect("an end");
        Err(format!("no network can be made: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }

    /// Moves the calling thread into it.
    pub fn join(&self) {
        let namespace = fs::File::open(self.path()).expect("a namespace");
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("a way into it");
    }

    /// The file that stands for it.
    pub fn path(&self) -> String {
        format!("/proc/{}/ns/net", self.holder.0.id())
    }
}

/// Runs `ip` in the network of the calling thread.
#[track_caller]
pub fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).env("PATH", path()).output().expect("ip");
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Where programs for root are, too.
pub fn path() -> String {
    format!("{}:/usr/sbin:/sbin", env::var("PATH").unwrap_or_default())
}

/// A program that helps, for as long as it is wanted.
pub struct Helper(pub Child);

impl Helper {
    /// Starts it; `None` where it is not installed.
    pub fn start(command: &mut Command) -> Option<Self> {
        let started = command.env("PATH", path()).spawn();
        available(started.map(Self).map_err(|error| format!("{}: {error}", command.get_program().display())))
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// mosquitto, in the network of the calling thread.
pub struct Broker {
    _process: Helper,
    _folder: TempDir,
}

impl Broker {
    /// Starts it and waits until it answers; `None` where there is none.
    pub fn start() -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("mosquitto.conf");
        fs::write(&file, "listener 1883 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest none\n").expect("written");
        let process = Helper::start(Command::new("mosquitto").arg("-c").arg(&file).stdin(Stdio::null()).stderr(Stdio::null()))?;
        wait("the broker", || TcpStream::connect(BROKER).ok());
        Some(Self { _process: process, _folder: folder })
    }
}

/// Runs well-behaved clients (paho) against the broker to their end; `None` where there is no paho.
#[track_caller]
pub fn clients() -> Option<()> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/clients.py");
    let output = Command::new("/usr/bin/python3").arg(script).stdin(Stdio::null()).output();
    let output = available(output.map_err(|error| format!("python3: {error}")))?;
    let why = String::from_utf8_lossy(&output.stderr);
    if why.contains("No module named 'paho'") {
        return available(Err("there is no paho for /usr/bin/python3".to_owned()));
    }
    assert!(output.status.success(), "{why}");
    Some(())
}

/// One end of a connection that says what it is told to.
pub struct Peer(TcpStream);

impl Peer {
    /// A client.
    #[track_caller]
    pub fn connect(address: &str) -> Self {
        Self::over(TcpStream::connect(address).expect("somebody who listens"))
    }

    /// The server of the next connection.
    #[track_caller]
    pub fn accept(listener: &TcpListener) -> Self {
        Self::over(listener.accept().expect("a connection").0)
    }

    fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        Self(stream)
    }

    /// Sends bytes, in one segment if they fit.
    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.write_all(bytes.as_ref()).expect("sent");
        self
    }

    /// Waits for these bytes.
    #[track_caller]
    pub fn expect(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let mut received = vec![0; bytes.as_ref().len()];
        self.0.read_exact(&mut received).expect("an answer");
        assert_eq!(received, bytes.as_ref());
        self
    }

    /// Waits until the other side has closed the connection.
    #[track_caller]
    pub fn closed(&mut self) {
        let mut rest = Vec::new();
        // A reset is as good.
        let _ = self.0.read_to_end(&mut rest);
        assert!(rest.is_empty(), "{rest:?}");
    }
}

/// CONNECT of 3.1.1 with a clean session and a Keep Alive of 60 s, and its CONNACK.
pub const CONNECT: [u8; 15] = hex!("10 0d 0004 4d515454 04 02 003c 0001 63");
pub const CONNACK: [u8; 4] = hex!("20 02 0000");

/// A connection between two raw peers.
pub struct Talk {
    pub client: Peer,
    pub server: Peer,
}

impl Talk {
    /// Client and server in the network of the calling thread.
    pub fn open(address: &str) -> Self {
        let listener = TcpListener::bind(address).expect("a server");
        Self::begin(Peer::connect(address), &listener)
    }

    /// A client in the other network of a [`cable`].
    pub fn across(far: &Network) -> Self {
        let listener = TcpListener::bind("10.99.0.1:1883").expect("a server");
        let client = thread::scope(|scope| {
            let client = scope.spawn(|| {
                far.join();
                Peer::connect("10.99.0.1:1883")
            });
            client.join().expect("a client")
        });
        Self::begin(client, &listener)
    }

    fn begin(client: Peer, listener: &TcpListener) -> Self {
        let mut talk = Self { client, server: Peer::accept(listener) };
        talk.client.send(CONNECT);
        talk.server.expect(CONNECT).send(CONNACK);
        talk.client.expect(CONNACK);
        talk
    }

    /// The client publishes so many bytes to `a`, with QoS 0.
    pub fn publish(&mut self, payload: &[u8]) {
        let len = payload.len() + 3;
        let packet = [&[0x30, (len & 0x7f) as u8 | 0x80, (len >> 7) as u8][..], &hex!("0001 61"), payload].concat();
        self.client.send(&packet);
        self.server.expect(&packet);
    }
}

/// Two networks with a cable between them: the thread's, with 10.99.0.1 on `near`, and another with 10.99.0.2.
pub fn cable() -> Option<(Network, Network)> {
    let near = Network::enter()?;
    let far = available(Network::make())?;
    ip(&format!("link add near type veth peer name far netns {}", far.path()));
    ip("address add 10.99.0.1/24 dev near");
    ip("link set near up");
    thread::scope(|scope| {
        scope.spawn(|| {
            far.join();
            ip("address add 10.99.0.2/24 dev far");
            ip("link set far up");
        });
    });
    Some((near, far))
}

/// The program, while it runs.
pub struct Live {
    process: Child,
    input: Option<ChildStdin>,
    out: Text,
    err: Text,
}

/// What was written to a pipe so far, and whether that was all.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<(Vec<u8>, bool)>>);

impl Text {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Self::default();
        let theirs = text.clone();
        thread::spawn(move || {
            let mut bytes = [0; 16 << 10];
            while let Ok(count @ 1..) = pipe.read(&mut bytes) {
                theirs.0.lock().expect("unharmed").0.extend_from_slice(&bytes[..count]);
            }
            theirs.0.lock().expect("unharmed").1 = true;
        });
        text
    }

    /// Whole lines only.
    fn lines(&self) -> String {
        let state = self.0.lock().expect("unharmed");
        let end = state.0.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        String::from_utf8(state.0[..end].to_vec()).expect("UTF-8")
    }

    fn whole(&self) -> String {
        wait("the end of the output", || {
            let state = self.0.lock().expect("unharmed");
            state.1.then(|| String::from_utf8(state.0.clone()).expect("UTF-8"))
        })
    }
}

impl Live {
    /// Starts the program with arguments that are separated by blanks, and waits until it captures on all interfaces it was given,
    /// and would hear a signal. What reads files may have ended by then.
    #[track_caller]
    pub fn start(arguments: &str) -> Self {
        Self::run(command().args(arguments.split(' ')))
    }

    /// The same of a command that is made up already.
    #[track_caller]
    pub fn run(command: &mut Command) -> Self {
        let interfaces = command.get_args().filter(|argument| *argument == "-i").count();
        let mut live = Self::spawn(command);
        wait("a capture", || match live.process.try_wait().expect("a process") {
            Some(status) if interfaces > 0 => panic!("it ended: {status}: {}", live.err.whole()),
            Some(_) => Some(()),
            None => (captures(live.id()) >= interfaces && hears(live.id())).then_some(()),
        });
        live
    }

    /// Starts the program with its standard output in a file.
    #[track_caller]
    pub fn into_file(arguments: &str, file: &str) -> Self {
        let script = format!("exec '{}' {arguments} > '{file}'", command().get_program().display());
        let live = Self::spawn(Command::new("sh").args(["-c", &script]).stdin(Stdio::null()));
        wait("a capture", || (captures(live.id()) > 0 && hears(live.id())).then_some(()));
        live
    }

    /// Starts the program, or whatever the command is.
    #[track_caller]
    pub fn spawn(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process");
        let (out, err) = (process.stdout.take().expect("a pipe"), process.stderr.take().expect("a pipe"));
        Self { input: process.stdin.take(), process, out: Text::of(out), err: Text::of(err) }
    }

    /// Number of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Standard output so far, in whole lines.
    pub fn out(&self) -> String {
        self.out.lines()
    }

    /// Standard error so far, in whole lines.
    pub fn err(&self) -> String {
        self.err.lines()
    }

    /// Waits for a line on standard output; the first one that is as wanted.
    #[track_caller]
    pub fn line(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        wait(what, || self.out().lines().find(|line| is_it(line)).map(str::to_owned))
    }

    /// Waits for a line on standard output that has a text in it.
    #[track_caller]
    pub fn see(&self, text: &str) -> String {
        self.line(text, |line| line.contains(text))
    }

    /// The same on standard error.
    #[track_caller]
    pub fn hear(&self, text: &str) -> String {
        wait(text, || self.err().lines().find(|line| line.contains(text)).map(str::to_owned))
    }

    /// Sends a signal: `INT`.
    pub fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Writes to its standard input.
    #[track_caller]
    pub fn feed(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("a pipe");
        input.write_all(bytes).and_then(|()| input.flush()).expect("written");
    }

    /// Closes standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits for its end; its standard input stays open until then.
    #[track_caller]
    pub fn end(mut self) -> Run {
        let status = wait("the end", || self.process.try_wait().expect("a process"));
        Run { code: status.code(), out: self.out.whole(), err: self.err.whole() }
    }

    /// Interrupts it as Ctrl-C does, and waits for its end.
    #[track_caller]
    pub fn interrupt(self) -> Run {
        self.signal("INT");
        self.end()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a signal to a process.
pub fn signal(process: u32, name: &str) {
    let kill = format!("kill -{name} {process}");
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("sh").success());
}

/// On how many interfaces of this network a process captures: sockets of its own that the kernel says are running.
pub fn captures(process: u32) -> usize {
    let sockets = fs::read_to_string("/proc/thread-self/net/packet").expect("the kernel's list");
    let running: Vec<String> = sockets
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            // sk RefCnt Type Proto Iface Running Rmem User Inode
            (columns[5] == "1").then(|| format!("socket:[{}]", columns[8]))
        })
        .collect();
    let files = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    let own = files.filter_map(|file| fs::read_link(file.path()).ok()).map(|link| link.display().to_string());
    own.filter(|link| running.contains(link)).count()
}

/// Whether a process has something of its own to do when it is interrupted.
fn hears(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0");
    // Bit 0 is signal 1; SIGINT is 2.
    u64::from_str_radix(caught.trim(), 16).is_ok_and(|caught| caught & 0b10 != 0)
}

/// Frames in files, which must be whole: read by the program's own reader without a warning, and by tshark if it is there.
#[track_caller]
pub fn frames(files: impl IntoIterator<Item = impl AsRef<Path>>) -> u64 {
    files.into_iter().map(|file| frames_of(file.as_ref())).sum()
}

#[track_caller]
fn frames_of(file: &Path) -> u64 {
    let mut source = Source::open(&[name(file)], &Options::default()).expect("a capture");
    let mut count = 0;
    while source.next().expect("readable").is_some() {
        count += 1;
    }
    assert_eq!(source.take_warnings(), [], "{}", file.display());
    let tshark = Command::new("tshark").args(["-n", "-T", "fields", "-e", "frame.number", "-r"]).arg(file).output();
    match tshark {
        Ok(output) => {
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            let is_root_warning = |line: &&str| !line.contains("Running as user \"root\"");
            let complaints: Vec<&str> = err.lines().filter(is_root_warning).collect();
            assert!(output.status.success() && complaints.is_empty(), "{}: {err}", file.display());
            assert_eq!(out.lines().count() as u64, count, "{}", file.display());
        }
        Err(error) => {
            available::<()>(Err(format!("tshark: {error}")));
        }
    }
    count
}

/// How many frames were handed to the program, by the Interface Statistics Blocks of a pcapng file.
pub fn statistics(file: &Path) -> Vec<u64> {
    let bytes = fs::read(file).expect("a file");
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let (kind, len) = (word(at), word(at + 4) as usize);
        // Behind the interface and the time, options: code and length, then the value. `isb_usrdeliv` is 8.
        let mut option = at + 20;
        while kind == 5 && option < at + len - 4 {
            if word(option) == (8 << 16 | 8) {
                found.push(u64::from_le_bytes(bytes[option + 4..option + 12].try_into().expect("eight bytes")));
            }
            option += 4 + (word(option) >> 16).next_multiple_of(4) as usize;
        }
        at += len;
    }
    found
}

/// The files of a folder, in the order of their names.
pub fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// A path as text.
pub fn name(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// What a report of `check --format json` concludes: all but where the frames came from and what the kernel counted.
pub fn conclusions(report: &str) -> Value {
    let mut report = parse(report);
    let members = report.as_object_mut().expect("an object");
    members.remove("inputs");
    members["capture"].as_object_mut().expect("an object").remove("interfaces");
    report
}

/// The lines of NDJSON, sorted; what is pending is left out.
pub fn settled(lines: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.lines().filter(|line| !line.contains("\"pending\":true")).collect();
    lines.sort_unstable();
    lines
}
