//! Where results go: standard output or the file of `-o`, through one large buffer.
//!
//! A reader that goes away (`| head`) is no error: nothing more is written, and the program ends well.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, anyhow, bail};

/// Bytes collected before they are written.
const BUFFER: usize = 64 * 1024;

/// A buffered writer that remembers its first failure.
pub struct Output {
    writer: BufWriter<Box<dyn Write>>,
    name: String,
    failed: Option<io::Error>,
    terminal: bool,
}

impl Output {
    /// Opens the file, which must not be one of `inputs`, or standard output.
    ///
    /// # Errors
    /// The file cannot be created, or is an input.
    pub fn open(path: Option<&Path>, inputs: &[String]) -> anyhow::Result<Self> {
        let (target, name, terminal): (Box<dyn Write>, _, _) = match path {
            Some(path) if path != Path::new("-") => {
                let name = path.display().to_string();
                if inputs.iter().any(|input| is_same(path, Path::new(input))) {
                    bail!("{name}: is an input too and would be overwritten: name another file after -o");
                }
                let file = File::create(path).map_err(|error| refused(&name, &error))?;
                (Box::new(file), name, false)
            }
            _ => (Box::new(io::stdout()), "standard output".to_owned(), io::stdout().is_terminal()),
        };
        Ok(Self { writer: BufWriter::with_capacity(BUFFER, target), name, failed: None, terminal })
    }

    /// Whether it goes to a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Nothing more can be written.
    pub fn is_closed(&self) -> bool {
        self.failed.is_some()
    }

    /// Writes; a failure shows in [`Output::is_closed`] and in [`Output::finish`].
    pub fn put(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.writer.write_all(bytes).err();
        }
    }

    /// Hands on what is in the buffer.
    pub fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.writer.flush().err();
        }
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// Writing failed at any time, other than by a closed pipe.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.flush();
        // What could not be written would be tried again when the buffer is dropped.
        let (_, _) = self.writer.into_parts();
        match self.failed {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(error).with_context(|| format!("{}: writing failed: the result is not complete", self.name))
            }
            _ => Ok(()),
        }
    }
}

fn refused(name: &str, error: &io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::NotFound => anyhow!("{name}: cannot be written: its directory does not exist: create it first"),
        io::ErrorKind::PermissionDenied => anyhow!("{name}: cannot be written: permission denied: choose another directory after -o"),
        io::ErrorKind::IsADirectory => anyhow!("{name}: cannot be written: is a directory: name a file in it"),
        _ => anyhow!("{name}: cannot be written: {error}"),
    }
}

/// Never fails: a failure shows as [`Output::put`] says.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::flush(self);
        Ok(())
    }
}

/// Whether two paths name the same file.
pub fn is_same(output: &Path, input: &Path) -> bool {
    matches!((fs::canonicalize(output), fs::canonicalize(input)), (Ok(output), Ok(input)) if output == input)
}
