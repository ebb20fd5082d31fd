//! The terminal, taken and given back whatever happens: at the end, on a panic, on signals, while the program is stopped.

use std::fs::File;
use std::io::{self, IsTerminal as _, Stdout};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::bail;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::execute;
use crossterm::terminal::{self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::{flag, low_level};

/// Whether there is a terminal to draw on and to read keys from.
///
/// # Errors
/// There is none.
pub fn check() -> anyhow::Result<()> {
    if !io::stdout().is_terminal() {
        bail!("tui: standard output is not a terminal: use sessions, packets or check to write to a file or a pipe");
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        bail!("tui: this terminal (TERM=dumb) has no screen to draw on: use sessions, packets or check");
    }
    if !io::stdin().is_terminal() && File::open("/dev/tty").is_err() {
        bail!("tui: there is no terminal to read keys from: start it in one");
    }
    Ok(())
}

/// A terminal in our hands.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal. From now on a panic gives it back before it tells what happened; one in another thread does not touch
    /// it, and is told when it was given back.
    ///
    /// # Errors
    /// The terminal does not do as it is told.
    pub fn enter() -> io::Result<Self> {
        let told = panic::take_hook();
        let own = thread::current().id();
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == own {
                restore();
                told(info);
            } else if let Ok(mut elsewhere) = ELSEWHERE.lock() {
                elsewhere.get_or_insert_with(|| info.to_string());
            }
        }));
        take()?;
        match Terminal::new(CrosstermBackend::new(io::stdout())) {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal does not tell.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Draws what has changed.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(view).map(|_| ())
    }

    /// The next screen is drawn whole.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn clear(&mut self) -> io::Result<()> {
        // `Terminal::clear` would ask the terminal where its cursor is, and the answer may come when nobody listens any more.
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        execute!(io::stdout(), Clear(ClearType::All))
    }

    /// Gives the terminal back and stops the program, until someone continues it.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.leave();
        low_level::emulate_default_handler(SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        take()?;
        self.clear()
    }

    /// Gives the terminal back.
    pub fn leave(&mut self) {
        restore();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// The terminal is taken. Giving it back twice would move the cursor to where it was before, over what was told since.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The first panic in a thread that does not own the terminal.
static ELSEWHERE: Mutex<Option<String>> = Mutex::new(None);

fn take() -> io::Result<()> {
    TAKEN.store(true, Ordering::Relaxed);
    terminal::enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste)
}

/// Undoes [`take`], if that is not done yet. Nobody is left to tell of trouble.
fn restore() {
    if !TAKEN.swap(false, Ordering::Relaxed) {
        return;
    }
    let _ = execute!(io::stdout(), DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, crossterm::cursor::Show);
    let _ = terminal::disable_raw_mode();
    if let Some(text) = ELSEWHERE.lock().ok().and_then(|mut elsewhere| elsewhere.take()) {
        eprintln!("{text}");
    }
}

/// Signals that came.
pub struct Signals {
    /// The one that ends the program; 0 for none.
    end: Arc<AtomicUsize>,
    suspend: Arc<AtomicBool>,
    resume: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system does not allow it.
    pub fn listen() -> io::Result<Self> {
        let signals = Self { end: Arc::default(), suspend: Arc::default(), resume: Arc::default() };
        for signal in [SIGTERM, SIGHUP, SIGINT] {
            flag::register_usize(signal, Arc::clone(&signals.end), usize::try_from(signal).unwrap_or_default())?;
        }
        flag::register(SIGTSTP, Arc::clone(&signals.suspend))?;
        flag::register(SIGCONT, Arc::clone(&signals.resume))?;
        Ok(signals)
    }

    /// One came that ends the program.
    pub fn has_ended(&self) -> bool {
        self.end.load(Ordering::Relaxed) != 0
    }

    /// One came that stops the program for a while.
    pub fn has_suspended(&self) -> bool {
        self.suspend.swap(false, Ordering::Relaxed)
    }

    /// The program was stopped and goes on: another program may have used the terminal.
    pub fn has_continued(&self) -> bool {
        self.resume.swap(false, Ordering::Relaxed)
    }

    /// Does what the signal that ended the program does to others.
    pub fn obey(&self) {
        if let Ok(signal @ 1..) = i32::try_from(self.end.load(Ordering::Relaxed)) {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}
