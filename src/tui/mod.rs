//! The terminal UI: captures into a screen, keys into another one. Everything that touches the world outside is in this file and
//! in [`terminal`]: reading keys and signals, drawing, loading, saving. The rest is `fn(model, message)` and `fn(model) -> screen`.
//!
//! ```text
//! keys, mouse, signals ─┐                     ┌─ draw ──→ view ──→ screen
//! loader ───────────────┴─Message→ update ──→ Model
//!   ↑                                 └─Effect→ save, suspend, quit
//!   └── thread: capture ─→ analysis ─→ index
//! ```

mod filter;
mod keymap;
mod message;
mod model;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod update;
mod view;

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

pub use theme::Choice;

use crate::analysis::Settings;
use crate::capture::{self, Reread, Source};
use crate::index::load::{self, Loading};
use crate::report::Files;
use crate::rules;
use message::{Effect, Message, Mouse, What};
use model::Model;
use terminal::{Screen, Signals};
use theme::Theme;

/// Between two screens while something goes on: some thirty a second.
const FRAME: Duration = Duration::from_millis(33);

/// How long keys are waited for while nothing goes on, before signals are looked after.
const IDLE: Duration = Duration::from_millis(100);

/// How long what was loaded may keep a key waiting.
const BUDGET: Duration = Duration::from_millis(15);

/// What to show, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Inputs as typed.
    pub inputs: Vec<String>,
    /// How to read them.
    pub capture: capture::Options,
    /// How to analyse them.
    pub settings: Settings,
    /// Colours.
    pub theme: Choice,
    /// Symbols are ASCII.
    pub ascii: bool,
}

/// Runs until the user has enough.
///
/// # Errors
/// There is no terminal, or an input cannot be opened.
pub fn run(options: Options) -> anyhow::Result<()> {
    terminal::check()?;
    let source = Source::open(&options.inputs, &capture::Options { copies: true, ..options.capture })?;
    let theme = Theme::new(options.theme, options.ascii, |name| std::env::var(name).ok());
    let mut model = Model::new(source.inputs().to_vec(), theme);
    let capture = source.reread();
    let show_secrets = options.settings.show_secrets;
    let loading = load::start(source, rules::all(), options.settings)?;
    let signals = Signals::listen()?;
    let screen = Screen::enter()?;
    let (columns, rows) = screen.size()?;
    update::update(&mut model, Message::Resize(columns, rows));
    let result = Program { model, screen, loading: Some(loading), capture, show_secrets, is_over: false }.run(&signals);
    // The terminal is restored by now; a signal that ended the program is what its parent should see.
    signals.obey();
    result
}

/// The loop and its effects.
struct Program {
    model: Model,
    screen: Screen,
    /// `None` when it has nothing more to tell.
    loading: Option<Loading>,
    /// For packets that are looked at.
    capture: Reread,
    show_secrets: bool,
    is_over: bool,
}

impl Program {
    fn run(mut self, signals: &Signals) -> anyhow::Result<()> {
        let mut drawn: Option<Instant> = None;
        let mut is_stale = true;
        while !self.is_over {
            let age = drawn.map_or(FRAME, |drawn| drawn.elapsed());
            if is_stale && age >= FRAME {
                self.screen.draw(|frame| view::draw(&self.model, frame))?;
                (is_stale, drawn) = (false, Some(Instant::now()));
            }
            let wait = if is_stale {
                FRAME.saturating_sub(age)
            } else if self.loading.is_some() {
                FRAME / 2
            } else {
                IDLE
            };
            if event::poll(wait)? {
                self.events()?;
                // A key is answered at once.
                (is_stale, drawn) = (true, None);
            }
            is_stale |= self.load()?;
            if signals.has_suspended() {
                self.perform(Effect::Suspend)?;
                is_stale = true;
            }
            if signals.has_continued() {
                self.screen.resume()?;
                is_stale = true;
            }
            self.is_over |= signals.has_ended();
        }
        Ok(())
    }

    /// Takes all events that wait.
    fn events(&mut self) -> anyhow::Result<()> {
        loop {
            let message = message(event::read()?);
            message.map_or(Ok(()), |message| self.tell(message))?;
            if self.is_over || !event::poll(Duration::ZERO)? {
                return Ok(());
            }
        }
    }

    /// Takes what was loaded; tells whether there was anything.
    fn load(&mut self) -> anyhow::Result<bool> {
        let begun = Instant::now();
        let mut any = false;
        while let Some(loading) = &self.loading
            && begun.elapsed() < BUDGET
        {
            match loading.try_next() {
                Ok(loaded) => {
                    any = true;
                    update::update(&mut self.model, Message::Loaded(loaded));
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => self.loading = None,
            }
        }
        if any {
            self.tell(Message::Tick)?;
        }
        Ok(any)
    }

    fn tell(&mut self, message: Message) -> anyhow::Result<()> {
        update::update(&mut self.model, message).into_iter().try_for_each(|effect| self.perform(effect))
    }

    fn perform(&mut self, effect: Effect) -> anyhow::Result<()> {
        match effect {
            Effect::Quit => self.is_over = true,
            Effect::Suspend => {
                self.screen.suspend()?;
                let (columns, rows) = self.screen.size()?;
                self.tell(Message::Resize(columns, rows))?;
            }
            Effect::Redraw => self.screen.clear()?,
            Effect::Read(packet) => {
                let detail = self.model.data.index.detail(packet, &self.capture, self.show_secrets);
                self.tell(Message::Read(packet, detail.map(Box::new).map_err(|error| error.to_string())))?;
            }
            Effect::Save(what, path) => {
                let saved = save(&self.model, what, &path);
                self.tell(Message::Done(saved))?;
            }
        }
        Ok(())
    }
}

/// What an event of the terminal means to us.
fn message(event: Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => keymap::name(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(columns, rows) => Some(Message::Resize(columns, rows)),
        Event::Mouse(mouse) => {
            let kind = match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Mouse::Click,
                MouseEventKind::ScrollUp => Mouse::WheelUp,
                MouseEventKind::ScrollDown => Mouse::WheelDown,
                _ => return None,
            };
            Some(Message::Mouse(kind, mouse.column, mouse.row))
        }
        _ => None,
    }
}

/// Writes a file that does not exist yet; tells what was written, or why not.
fn save(model: &Model, what: What, path: &Path) -> Result<String, String> {
    let name = path.display();
    let content = match what {
        What::Screen => screen_text(model).map_err(|error| error.to_string())?.into_bytes(),
        What::Findings => findings(model).map_err(|error| error.to_string())?,
    };
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(&content)).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => format!("{name}: is there already: choose another name"),
        _ => format!("{name}: cannot be written: {error}"),
    })?;
    Ok(format!("saved: {name}"))
}

/// The screen as lines of text.
fn screen_text(model: &Model) -> Result<String, std::convert::Infallible> {
    let (columns, rows) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows))?;
    terminal.draw(|frame| view::draw(model, frame))?;
    Ok(view::text(terminal.backend().buffer()))
}

/// All findings, one JSON object a line.
fn findings(model: &Model) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for found in model.data.index.findings() {
        crate::report::ndjson::write(&mut out, &found.finding, Files(&model.data.inputs))?;
    }
    Ok(out)
}

impl Drop for Program {
    /// The terminal goes back first: a loader that waits for its input is left to the end of the process.
    fn drop(&mut self) {
        self.screen.leave();
    }
}
