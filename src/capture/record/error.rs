//! Why a recording does not begin, or ends early: each is one line that says what, where, and what to do.

use std::io::{self, ErrorKind};

/// Why frames cannot be recorded. The text is complete, and ends without a full stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The options cannot be meant.
    #[error("{path}: {why}")]
    Options {
        /// Where to record.
        path: String,
        /// What is wrong, and what to do.
        why: &'static str,
    },
    /// Standard output is a terminal.
    #[error("standard output is a terminal: write the capture into a file, or pipe it on")]
    Terminal,
    /// The system refuses to make a file.
    #[error("{path}: cannot be written: {}", refusal(cause))]
    Create {
        /// The file, or the folder for files.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Writing failed. A file was cut back to its last whole frame, and can be read. If `cause` is a broken pipe, whoever read
    /// along has seen enough.
    #[error("{path}: recording failed: {cause}: {}", what_is_left(cause, *frames))]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        cause: io::Error,
        /// Whole frames in this file.
        frames: u64,
    },
    /// A frame after an error.
    #[error("{path}: no longer recorded, because of an earlier error")]
    Stopped {
        /// Where to record.
        path: String,
    },
}

fn refusal(cause: &io::Error) -> String {
    match cause.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "its directory does not exist: create it first".to_owned(),
        ErrorKind::PermissionDenied => "permission denied: choose another directory".to_owned(),
        ErrorKind::IsADirectory => "is a directory: name a file in it".to_owned(),
        _ => format!("{cause}: {}", remedy(cause)),
    }
}

fn what_is_left(cause: &io::Error, frames: u64) -> String {
    if cause.kind() == ErrorKind::BrokenPipe {
        return format!("whoever read it has gone away, after {frames} frames were written");
    }
    let safe = match frames {
        0 => "no frame is".to_owned(),
        1 => "the frame before that is".to_owned(),
        _ => format!("the {frames} frames before that are"),
    };
    format!("{safe} safe in it: {}", remedy(cause))
}

fn remedy(cause: &io::Error) -> &'static str {
    match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room, or keep fewer and smaller files, and record again",
        ErrorKind::FileTooLarge => "let it go on in a next file before it is so large, and record again",
        _ => "check the disk, or record to another one",
    }
}
