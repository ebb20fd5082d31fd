//! The program without a terminal: keys by their names into screens as text. The screens of the manual are made with it, and
//! those of the tests.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::message::{Effect, Message};
use super::model::Model;
use super::{keymap, update, view};
use crate::analysis::Settings;
use crate::capture::{Reread, Source};
use crate::index::load;
use crate::rules;

/// A program, and the capture that it has opened.
pub struct World {
    /// All that its screen depends on.
    pub model: Model,
    /// Where packets are read again.
    pub capture: Option<Reread>,
}

impl World {
    /// A program that has opened nothing yet.
    pub const fn new(model: Model) -> Self {
        Self { model, capture: None }
    }

    /// Reads all of a source.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn open(&mut self, source: Source, settings: Settings) -> std::io::Result<()> {
        self.capture = Some(source.reread());
        let loading = load::start(source, rules::all(), settings, None)?;
        while let Some(loaded) = loading.next() {
            self.tell(Message::Loaded(loaded));
        }
        self.tell(Message::Tick);
        Ok(())
    }

    /// Tells the program something; what it wants to read, it gets. Tells what else it asked for.
    pub fn tell(&mut self, message: Message) -> Vec<Effect> {
        let mut asked = Vec::new();
        for effect in update::update(&mut self.model, message) {
            match (effect, &self.capture) {
                (Effect::Read(packet), Some(capture)) => {
                    let detail = self.model.data.index.detail(packet, capture, false);
                    let detail = detail.map(Box::new).map_err(|error| error.to_string());
                    asked.extend(self.tell(Message::Read(packet, detail)));
                }
                (effect, _) => asked.push(effect),
            }
        }
        asked
    }

    /// Presses keys: names that the table of keys knows, separated by spaces. Any other word is typed, character by character.
    /// Tells what effects they asked for.
    pub fn press(&mut self, keys: &str) -> Vec<Effect> {
        let known = |word: &str| keymap::table().any(|binding| binding.keys.split(' ').any(|key| key == word)) || word == "Backspace";
        let words = keys.split_whitespace().flat_map(|word| match known(word) {
            true => vec![word.to_owned()],
            false => word.chars().map(String::from).collect(),
        });
        words.flat_map(|key| self.tell(Message::Key(key))).collect()
    }

    /// The screen now.
    pub fn draw(&self) -> Buffer {
        picture(&self.model)
    }
}

/// The screen of a model.
pub fn picture(model: &Model) -> Buffer {
    let (columns, rows) = model.size;
    let Ok(mut terminal) = Terminal::new(TestBackend::new(columns, rows));
    let Ok(_) = terminal.draw(|frame| view::draw(model, frame));
    terminal.backend().buffer().clone()
}
