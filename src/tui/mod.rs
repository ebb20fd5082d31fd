//! The terminal UI: captures into a screen, keys into another one. Everything that touches the world outside is in this
//! file, in [`terminal`] and in [`saving`]: reading keys and signals, drawing, loading, writing files. The rest is `fn(model, message)` and `fn(model) -> screen`.
//!
//! ```text
//! keys, mouse, signals ─┐                     ┌─ draw ──→ view ──→ screen
//! loader ───────────────┴─Message→ update ──→ Model
//!   ↑                                 └─Effect→ save, suspend, quit
//!   └── thread: capture ─→ analysis ─→ index
//! ```

mod filter;
mod keymap;
mod manual;
mod message;
mod model;
mod saving;
mod script;
mod terminal;
#[cfg(test)]
mod tests;
mod theme;
mod update;
mod view;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use crossterm::event::{self, Event, KeyEventKind, MouseButton, MouseEventKind};
pub use manual::keys;
pub use theme::Choice;

use crate::analysis::Settings;
use crate::capture::{self, Hold, Reread, Source};
use crate::index::load::{self, Companion, Loading};
use crate::rules;
use message::{Effect, Message, Mouse};
use model::Model;
use saving::Job;
use script::World;
use terminal::{Screen, Signals};
use theme::Theme;

/// Between two screens while something goes on: some thirty a second.
const FRAME: Duration = Duration::from_millis(33);

/// How long keys are waited for while nothing goes on, before signals are looked after.
const IDLE: Duration = Duration::from_millis(100);

/// How long what depends on a source may take to finish when the user has enough.
const PATIENCE: Duration = Duration::from_secs(2);

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
    /// The manual of a rule, by its name.
    pub explain: fn(&str) -> Option<String>,
}

/// Whether there is a terminal: to be asked before anything is opened.
///
/// # Errors
/// There is none.
pub fn check() -> anyhow::Result<()> {
    terminal::check()
}

/// Shows a source, opened with copies ([`capture::Options::copies`]), until the user has enough. `companion` goes along in the
/// loading thread; it has finished before this returns, unless that takes longer than two seconds.
///
/// # Errors
/// There is no terminal; or what ended the capture before its time, told when the terminal was given back.
pub fn run(options: Options, source: Source, companion: Option<Box<dyn Companion>>) -> anyhow::Result<()> {
    terminal::check()?;
    let reading = options.capture;
    let theme = Theme::new(options.theme, options.ascii, |name| std::env::var(name).ok());
    let mut model = Model::new(source.inputs().to_vec(), theme, options.explain);
    if source.is_live() {
        model = model.of_live();
    }
    model.keep_alive.policy = options.settings.policy;
    let capture = source.reread();
    let loading = load::start(source, rules::all(), options.settings.clone(), companion)?;
    let signals = Signals::listen()?;
    let screen = Screen::enter()?;
    let (columns, rows) = screen.size()?;
    update::update(&mut model, Message::Resize(columns, rows));
    let result = Program {
        model,
        screen,
        loading: Some(loading),
        again: Again { capture, reading, settings: options.settings },
        hold: None,
        jobs: channel(),
        broken: None,
        is_over: false,
    }
    .run(&signals);
    // The terminal is restored by now; a signal that ended the program is what its parent should see.
    signals.obey();
    result
}

/// The screen, as lines of text, that some keys lead to when all is loaded: names as in the help, separated by spaces; any other
/// word is typed.
///
/// # Errors
/// An input cannot be opened.
pub fn screen(options: Options, keys: &str, size: (u16, u16)) -> anyhow::Result<String> {
    let source = Source::open(&options.inputs, &options.capture)?;
    let theme = Theme::new(options.theme, options.ascii, |_| None);
    let mut world = World::new(Model::new(source.inputs().to_vec(), theme, options.explain));
    world.tell(Message::Resize(size.0, size.1));
    world.open(source, options.settings)?;
    world.press(keys);
    Ok(view::text(&world.draw()))
}

/// The capture, to be read again as it was read before.
#[derive(Clone)]
struct Again {
    capture: Reread,
    reading: capture::Options,
    settings: Settings,
}

/// The loop and its effects.
struct Program {
    model: Model,
    screen: Screen,
    /// `None` when it has nothing more to tell.
    loading: Option<Loading>,
    /// For what is read a second time.
    again: Again,
    /// While the screen is held, nothing leaves the window of a live source by age.
    hold: Option<Hold>,
    /// Where work that takes its time tells what came of it.
    jobs: (Sender<Message>, Receiver<Message>),
    /// What ended the loading before its time.
    broken: Option<String>,
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
        self.screen.leave();
        self.finish();
        self.broken.take().map_or(Ok(()), |why| bail!("{why}"))
    }

    /// Ends the loading.
    fn finish(&mut self) {
        if let Some(loading) = self.loading.take() {
            self.broken = loading.finish(PATIENCE);
        }
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
                // Its panic is told as soon as the terminal is given back.
                Err(TryRecvError::Disconnected) if self.model.data.loading == model::Loading::Begun && !self.model.paused => {
                    bail!("the analysis broke off by a fault of its own: please report it")
                }
                Err(TryRecvError::Disconnected) => self.finish(),
            }
        }
        if any {
            self.tell(Message::Tick)?;
        }
        while let Ok(message) = self.jobs.1.try_recv() {
            any = true;
            self.tell(message)?;
        }
        Ok(any)
    }

    /// Does what takes its time in a thread.
    fn save(&mut self, job: Job, path: PathBuf) -> anyhow::Result<()> {
        let (again, report) = (self.again.clone(), self.jobs.0.clone());
        self.tell(Message::Done(Ok(format!("saving {} …", path.display()))))?;
        thread::Builder::new().name("save".into()).spawn(move || {
            // Nobody may be there any more.
            let _ = report.send(Message::Done(job(&again, &path)));
        })?;
        Ok(())
    }

    fn tell(&mut self, message: Message) -> anyhow::Result<()> {
        let effects = update::update(&mut self.model, message);
        if self.model.paused && self.hold.is_none() {
            self.hold = self.again.capture.hold();
        } else if !self.model.paused {
            self.hold = None;
        }
        effects.into_iter().try_for_each(|effect| self.perform(effect))
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
                let detail = self.model.data.index.detail(packet, &self.again.capture, self.again.settings.show_secrets);
                self.tell(Message::Read(packet, detail.map(Box::new).map_err(|error| error.to_string())))?;
            }
            Effect::Save(what, path) => match saving::job(&self.model, what) {
                Some(Ok(job)) => self.save(job, path)?,
                Some(Err(why)) => self.tell(Message::Done(Err(why)))?,
                None => self.tell(Message::Done(saving::at_hand(&self.model, what, &path)))?,
            },
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

impl Drop for Program {
    /// The terminal goes back first. A loader that waits for a pipe is left to the end of the process.
    fn drop(&mut self) {
        self.screen.leave();
        self.finish();
    }
}
