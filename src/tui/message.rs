//! What can happen: everything that [`update`](super::update::update) is told, and everything that it asks for.

use std::path::PathBuf;

use crate::analysis::{Connection, Report};
use crate::capture::Progress;
use crate::finding::Finding;

/// Something happened.
#[derive(Debug)]
pub enum Message {
    /// A key, by the name that [`keymap::name`](super::keymap::name) gives it.
    Key(String),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something at a column and a row.
    Mouse(Mouse, u16, u16),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The loader got on.
    Loaded(Loaded),
    /// An effect came to an end: what to tell the user.
    Done(Result<String, String>),
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The left button went down.
    Click,
    /// The wheel turned away from the user.
    WheelUp,
    /// The wheel turned towards the user.
    WheelDown,
}

/// What the loader found, in batches.
#[derive(Debug)]
pub enum Loaded {
    /// Connections that have ended, or were open when the capture ended.
    Connections(Vec<Connection>),
    /// Findings.
    Findings(Vec<Finding>),
    /// How far reading has come.
    Progress(Progress),
    /// Something about the inputs that the user should know.
    Warning(String),
    /// Everything is read.
    Finished(Box<Report>),
    /// Reading broke off.
    Failed(String),
}

/// What `update` wants done outside of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Give the terminal back to the shell until it continues the program.
    Suspend,
    /// Draw the screen anew from nothing.
    Redraw,
    /// Write a file; [`Message::Done`] tells how that went.
    Save(What, PathBuf),
}

/// What can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The screen, as text.
    Screen,
    /// All findings, one JSON object a line.
    Findings,
}
