//! A process under watch: what it costs, what it holds in memory, and its end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use super::Trouble;

/// Clock ticks of `/proc` in a second: 100 on every Linux that there is.
const TICKS: f64 = 100.0;

/// A child whose words go into a file. Dropped, it is killed.
pub struct Process {
    child: Child,
    words: PathBuf,
}

impl Process {
    /// Starts it; what it prints on either stream goes into the file `words`.
    pub fn start(command: &mut Command, words: &Path) -> Result<Self, Trouble> {
        let file = File::create(words)?;
        let started = command.stdout(file.try_clone()?).stderr(file).spawn();
        let child = started.map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
        Ok(Self { child, words: words.to_owned() })
    }

    /// Its standard input, once, if that is a pipe.
    pub fn input(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// Seconds of processor time, in user space and in the kernel.
    pub fn cpu(&self) -> [f64; 2] {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name in parentheses may hold anything.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        [11, 12].map(|at| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or_default() / TICKS)
    }

    /// Bytes in memory now, and at most so far.
    pub fn memory(&self) -> [u64; 2] {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
        };
        ["VmRSS:", "VmHWM:"].map(|name| field(name).unwrap_or_default() * 1024)
    }

    /// Waits until it has nothing to do, for a minute at most.
    pub fn settle(&self) {
        let begun = Instant::now();
        let mut busy = self.busy();
        let mut quiet = 0;
        while quiet < 3 && begun.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(100));
            let now = self.busy();
            // One tick in that time is looking whether there is something to do.
            quiet = if now - busy <= 1.5 / TICKS { quiet + 1 } else { 0 };
            busy = now;
        }
    }

    fn busy(&self) -> f64 {
        self.cpu().iter().sum()
    }

    /// Asks it to end, as Ctrl-C does; what it has printed.
    pub fn interrupt(mut self) -> Result<String, Trouble> {
        Command::new("kill").args(["-INT", &self.child.id().to_string()]).status()?;
        self.wait()
    }

    /// Waits for its end; what it has printed.
    pub fn wait(&mut self) -> Result<String, Trouble> {
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > Duration::from_secs(120) {
                return Err("it does not end".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(fs::read_to_string(&self.words)?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
