//! A line of input: a search, a filter, the name of a file.

use tui_input::{Input, InputRequest};

use crate::tui::message::What;

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Text to look for.
    Search,
    /// A filter expression.
    Filter,
    /// The name of a file to save this in.
    Save(What),
}

/// A line that is being typed.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What for.
    pub purpose: Purpose,
    /// Text and cursor.
    pub input: Input,
}

impl Prompt {
    /// A line that begins with `text`.
    pub fn new(purpose: Purpose, text: &str) -> Self {
        Self { purpose, input: Input::new(text.to_owned()) }
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// What stands before it.
    pub const fn label(&self) -> &'static str {
        match self.purpose {
            Purpose::Search => "search: ",
            Purpose::Filter => "filter: ",
            Purpose::Save(_) => "save as: ",
        }
    }

    /// Takes a key that means nothing else.
    pub fn key(&mut self, key: &str) {
        let mut characters = key.chars();
        let request = match (key, characters.next(), characters.next()) {
            ("Space", ..) => InputRequest::InsertChar(' '),
            ("Backspace" | "Ctrl-h", ..) => InputRequest::DeletePrevChar,
            ("Delete" | "Ctrl-d", ..) => InputRequest::DeleteNextChar,
            ("Left" | "Ctrl-b", ..) => InputRequest::GoToPrevChar,
            ("Right" | "Ctrl-f", ..) => InputRequest::GoToNextChar,
            ("Ctrl-Left" | "Alt-b", ..) => InputRequest::GoToPrevWord,
            ("Ctrl-Right" | "Alt-f", ..) => InputRequest::GoToNextWord,
            ("Ctrl-w" | "Alt-Backspace", ..) => InputRequest::DeletePrevWord,
            ("Ctrl-k", ..) => InputRequest::DeleteTillEnd,
            ("Home" | "Ctrl-a", ..) => InputRequest::GoToStart,
            ("End" | "Ctrl-e", ..) => InputRequest::GoToEnd,
            (_, Some(c), None) => InputRequest::InsertChar(c),
            _ => return,
        };
        self.input.handle(request);
    }

    /// Takes pasted text, up to its first control character.
    pub fn paste(&mut self, text: &str) {
        for c in text.chars().take_while(|c| !crate::show::is_hidden(*c)) {
            self.input.handle(InputRequest::InsertChar(c));
        }
    }

    /// Forgets what was typed.
    pub fn clear(&mut self) {
        self.input.handle(InputRequest::DeleteLine);
    }
}
