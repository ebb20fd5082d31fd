//! A network namespace with a veth pair, and processes in it. What is made is removed when it is dropped, also after an error.
//!
//! Nothing that is sent leaves the namespace: it has no way out.

pub mod load;
pub mod memory;
mod process;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

pub use process::Process;

/// Whatever went wrong.
pub type Trouble = Box<dyn std::error::Error>;

/// The end of the pair that frames are sent into, and the one that they come out of.
const SENDER: &str = "sender";
const WIRE: &str = "wire";

/// Somebody asked for the end: what was made is removed first.
pub struct Interrupted(Arc<AtomicBool>);

impl Interrupted {
    /// Listens for the signals that would end the program.
    pub fn listen() -> Result<Self, Trouble> {
        let asked = Arc::<AtomicBool>::default();
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
            signal_hook::flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self(asked))
    }

    /// # Errors
    /// It was asked for.
    pub fn check(&self) -> Result<(), Trouble> {
        if self.0.load(Ordering::Relaxed) { Err("interrupted".into()) } else { Ok(()) }
    }
}

/// The namespace.
pub struct Lab {
    name: String,
}

impl Lab {
    /// Makes it. Frames of the system itself are kept out: IPv6, which would greet its neighbours, is off.
    pub fn new() -> Result<Self, Trouble> {
        let lab = Self { name: format!("mqttscope-{}", std::process::id()) };
        run(Command::new("ip").args(["netns", "add", &lab.name]))?;
        lab.run(&["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"])?;
        lab.run(&["ip", "link", "add", SENDER, "type", "veth", "peer", "name", WIRE])?;
        for end in [SENDER, WIRE] {
            lab.run(&["ip", "link", "set", end, "up"])?;
        }
        Ok(lab)
    }

    /// A command in it.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).args(words).stdin(Stdio::null());
        command
    }

    /// Whether somebody captures in it: sockets for frames are listed below one line of headings.
    fn has_listener(&self) -> Result<bool, Trouble> {
        Ok(run(&mut self.command(&["cat", "/proc/net/packet"]))?.lines().count() > 1)
    }

    /// Waits until somebody captures in it.
    pub fn wait_for_listener(&self) -> Result<(), Trouble> {
        for _ in 0..100 {
            if self.has_listener()? {
                // The socket is there before the ring and the filter are.
                thread::sleep(Duration::from_millis(300));
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err("nobody has begun to capture within five seconds".into())
    }

    fn run(&self, words: &[&str]) -> Result<String, Trouble> {
        run(&mut self.command(words))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

/// Runs a command to its end; what it printed, on either stream.
pub fn run(command: &mut Command) -> Result<String, Trouble> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(text) } else { Err(format!("{command:?}: {}: {}", output.status, text.trim()).into()) }
}

/// Whether a program can be started.
pub fn is_there(program: &str) -> bool {
    Command::new("sh").args(["-c", "command -v \"$0\"", program]).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The middle one of some numbers.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}
