//! What can happen: everything that [`update`](super::update::update) is told, and everything that it asks for.

use std::path::PathBuf;

use crate::index::load;
use crate::index::{Detail, PacketId};

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
    /// The loader got on. [`Message::Tick`] follows before the next screen.
    Loaded(load::Message),
    /// What was loaded is to be shown.
    Tick,
    /// A packet was read again from the capture.
    Read(PacketId, Result<Box<Detail>, String>),
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

/// What `update` wants done outside of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Give the terminal back to the shell until it continues the program.
    Suspend,
    /// Draw the screen anew from nothing.
    Redraw,
    /// Read a packet again from the capture; [`Message::Read`] tells what came of it.
    Read(PacketId),
    /// Write a file; [`Message::Done`] tells how that went.
    Save(What, PathBuf),
}

/// What can be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The chosen connections, as pcapng.
    Connections,
    /// Their ladder, as text.
    Ladder,
    /// The screen, as text.
    Screen,
    /// All findings, one JSON object a line.
    Findings,
    /// A folder with all frames that can be read again and all that is known: of a live source.
    Bundle,
}
