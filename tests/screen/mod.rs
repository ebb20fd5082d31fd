//! A real terminal: tmux holds one, types, and tells what stands on it. What is expected is waited for, at most [`PATIENCE`];
//! nothing is timed. Without tmux tests say so and pass.

#![allow(dead_code, reason = "each test uses its part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long one step may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at the terminal.
const LOOK: Duration = Duration::from_millis(10);

pub const SMALL: (u16, u16) = (80, 24);
pub const LARGE: (u16, u16) = (140, 40);

/// A terminal with a shell in it, in a folder of its own that has a copy of the plant capture.
pub struct Terminal {
    folder: TempDir,
}

impl Terminal {
    /// `None`, and a word about it, where there is no tmux.
    pub fn open(size: (u16, u16)) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            eprintln!("skipped: there is no tmux");
            return None;
        }
        let terminal = Self { folder: TempDir::new().expect("a folder") };
        fs::copy(fixture(), terminal.path("plant.pcapng")).expect("a copy");
        let (columns, rows) = (size.0.to_string(), size.1.to_string());
        terminal.tmux(&["new-session", "-d", "-x", &columns, "-y", &rows, "sh"]);
        terminal.tmux(&["set", "-s", "escape-time", "0"]);
        terminal.tmux(&["set", "-g", "remain-on-exit", "on"]);
        terminal.run("PS1='ready> '; clear");
        terminal.wait("a prompt", |screen| screen.trim_end().ends_with("ready>") && !screen.contains("clear"));
        Some(terminal)
    }

    /// A server of its own, without anybody's settings.
    pub fn tmux(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = Command::new("tmux")
            .args(["-u", "-L", "test", "-f", "/dev/null"])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("TMUX_TMPDIR", self.folder.path())
            .env("PATH", path())
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env_remove("TMUX")
            .env_remove("NO_COLOR")
            .env_remove("ENV")
            .output()
            .expect("tmux");
        assert!(status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).expect("UTF-8")
    }

    /// A path in the terminal's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Types a command and Enter.
    pub fn run(&self, command: &str) {
        self.text(command);
        self.keys("Enter");
    }

    pub fn text(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Presses keys, by the names that tmux has for them.
    pub fn keys(&self, keys: &str) {
        self.tmux(&[&["send-keys"], &*keys.split(' ').collect::<Vec<_>>()].concat());
    }

    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "{what} did not come:\n{screen}");
            thread::sleep(LOOK);
        }
    }

    /// Waits for a text on the screen.
    #[track_caller]
    pub fn see(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Presses keys, then waits for a text.
    #[track_caller]
    pub fn press(&self, keys: &str, text: &str) -> String {
        self.keys(keys);
        self.see(text)
    }

    /// Whether the alternate screen is on, the cursor is seen, and the mouse is asked for.
    pub fn modes(&self) -> String {
        self.tmux(&["display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}"]).trim().to_owned()
    }

    /// All settings of the terminal's line, and its modes.
    #[track_caller]
    pub fn settings(&self) -> (String, String) {
        let file = self.path("settings");
        let _ = fs::remove_file(&file);
        self.run("stty -a > settings.new; mv settings.new settings");
        let begun = Instant::now();
        while !file.exists() {
            assert!(begun.elapsed() < PATIENCE, "no answer from the shell:\n{}", self.screen());
            thread::sleep(LOOK);
        }
        (fs::read_to_string(file).expect("settings"), self.modes())
    }

    /// Starts the program, does something, and holds the terminal against what it was before.
    #[track_caller]
    pub fn restored(&self, code: &str, end: impl FnOnce()) {
        let before = self.settings();
        assert_eq!(before.1, "0 1 0", "the shell's own screen");
        self.run("clear; sh -c 'echo $$ > process; exec mqttscope tui plant.pcapng'; echo code $?.");
        self.see("1 Sessions");
        self.see("pump-07");
        assert_eq!(self.modes(), "1 0 1", "the program's screen");
        end();
        let screen = self.see(&format!("code {code}."));
        assert!(!screen.contains("1 Sessions"), "{screen}");
        assert_eq!(self.settings(), before);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

pub fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/captures/plant.pcapng")
}

/// Where the program is found by its name.
fn path() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_mqttscope")).parent().expect("a folder");
    format!("{}:{}", binary.display(), std::env::var("PATH").expect("PATH"))
}
