//! What an input argument means: a file, the captures in a directory, the matches of a pattern, or standard input.
//! Decides only which files there are; their content is looked at for directories alone.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::error::{CaptureError, Warning};
use super::reader;
use super::reread::Reread;

/// What grep calls it; a file of this name would have to be asked for.
const STANDARD_INPUT: &str = "(standard input)";

/// One capture to read.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// Name for people: as given or found, without control characters.
    pub(super) name: String,
    pub(super) place: Place,
    /// Bytes on disk; `None` for what is not a regular file.
    pub(super) size: Option<u64>,
    /// When it was last written to, where the system says so.
    pub(super) modified: Option<SystemTime>,
}

/// Where an input comes from.
#[derive(Clone, Debug)]
pub(super) enum Place {
    StandardInput,
    /// A regular file, or something that only flows (a pipe): then `size` is unknown and it can be opened only once.
    Path(PathBuf),
    /// The copy that was made of this input, which could be opened only once.
    Copy(Reread, u32),
}

impl Input {
    /// Opens it.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>, CaptureError> {
        match &self.place {
            Place::StandardInput => Ok(Box::new(io::stdin())),
            Place::Copy(reread, input) => Ok(Box::new(reread.reader(*input))),
            Place::Path(path) => Ok(Box::new(File::open(path).map_err(|error| CaptureError::open(&self.name, error))?)),
        }
    }

    /// Whether closing and opening it again gives the same bytes.
    pub(super) const fn reopens(&self) -> bool {
        self.size.is_some()
    }
}

/// Resolves all arguments, in their order; within a directory or pattern, by name.
pub(super) fn resolve(arguments: &[String], warnings: &mut Vec<Warning>) -> Result<Vec<Input>, CaptureError> {
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument == "-" {
            standard_input(&mut inputs)?;
        } else {
            named(argument, &mut inputs, warnings)?;
        }
    }
    if inputs.is_empty() {
        return Err(CaptureError::NoInput);
    }
    Ok(inputs)
}

fn standard_input(inputs: &mut Vec<Input>) -> Result<(), CaptureError> {
    if inputs.iter().any(|input| matches!(input.place, Place::StandardInput)) {
        return Err(CaptureError::StandardInputTwice);
    }
    if io::stdin().is_terminal() {
        return Err(CaptureError::Terminal);
    }
    inputs.push(Input { name: STANDARD_INPUT.to_owned(), place: Place::StandardInput, size: None, modified: None });
    Ok(())
}

fn named(argument: &str, inputs: &mut Vec<Input>, warnings: &mut Vec<Warning>) -> Result<(), CaptureError> {
    // A file may be called `a[1].pcap`: what exists wins over what the name would mean as a pattern.
    match path(Path::new(argument), inputs, warnings) {
        Err(CaptureError::Missing { .. }) if argument.contains(['*', '?', '[']) => {}
        result => return result,
    }
    let matches = glob::glob(argument).map_err(|error| CaptureError::BadPattern { pattern: printable(argument), why: error.msg })?;
    let mut any = false;
    for found in matches {
        let found = found.map_err(|error| CaptureError::open(&shown(error.path()), io::Error::from(error.error().kind())))?;
        // As if the shell had expanded the pattern, so that quoting it makes no difference.
        path(&found, inputs, warnings)?;
        any = true;
    }
    if any { Ok(()) } else { Err(CaptureError::NoMatch { pattern: printable(argument) }) }
}

fn path(path: &Path, inputs: &mut Vec<Input>, warnings: &mut Vec<Warning>) -> Result<(), CaptureError> {
    let metadata = fs::metadata(path).map_err(|error| CaptureError::open(&shown(path), error))?;
    if metadata.is_dir() {
        return directory(path, inputs, warnings);
    }
    let size = metadata.is_file().then_some(metadata.len());
    inputs.push(Input { name: shown(path), place: Place::Path(path.to_owned()), size, modified: metadata.modified().ok() });
    Ok(())
}

fn directory(path: &Path, inputs: &mut Vec<Input>, warnings: &mut Vec<Warning>) -> Result<(), CaptureError> {
    let refused = |error| CaptureError::open(&shown(path), error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(refused)? {
        entries.push(entry.map_err(refused)?.path());
    }
    entries.sort();
    let (before, mut files) = (inputs.len(), 0);
    for entry in entries {
        // Only regular files: opening a pipe would wait for a writer.
        let Ok(metadata) = fs::metadata(&entry) else { continue };
        if !metadata.is_file() {
            continue;
        }
        files += 1;
        match File::open(&entry).and_then(|file| reader::is_capture(Box::new(file))) {
            Ok(true) => inputs.push(Input {
                name: shown(&entry),
                place: Place::Path(entry),
                size: Some(metadata.len()),
                modified: metadata.modified().ok(),
            }),
            Ok(false) => {}
            Err(error) => warnings.push(Warning::LeftOut { file: shown(&entry), why: error.to_string() }),
        }
    }
    if inputs.len() == before { Err(CaptureError::NoCaptures { input: shown(path), files }) } else { Ok(()) }
}

pub(super) fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// File names are hostile too: without control characters, which could drive a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char }).collect()
}
