//! A temporary file that holds what was read of inputs that cannot be read again in their place: pipes, and the content of
//! compressed files. One file for all inputs, without a name where the system allows it, gone with its last user.
//!
//! Bytes are copied before anybody sees them, so what a frame was made of is always there. A disk that is full ends the
//! copying, not the reading: who asks for bytes later is told why they are missing.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The file and what is in it.
#[derive(Debug)]
pub(super) struct Spool(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Made with the first byte.
    file: Option<File>,
    end: u64,
    /// By input, in the order of its bytes, which it has from 0 on without a hole.
    runs: HashMap<u32, Vec<Run>>,
    failed: Option<String>,
}

/// Bytes of one input that lie together.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Offset in the input.
    at: u64,
    /// Offset in the file.
    place: u64,
    len: u64,
}

/// Why bytes are not there.
#[derive(Debug)]
pub(super) enum Missing {
    /// This input was not copied.
    Input,
    /// They were not read, or could not be written, for this reason.
    Bytes(String),
}

impl Spool {
    /// Empty; the file is made when there is something to put into it.
    pub(super) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Copies all that is read of an input.
    pub(super) fn tee(self: &Arc<Self>, input: u32, source: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        self.state().runs.entry(input).or_default();
        Box::new(Tee { source, input, spool: Arc::clone(self) })
    }

    /// Bytes of an input, from `at` on; fewer than `out` has room for at the end of what was copied.
    pub(super) fn read(&self, input: u32, at: u64, out: &mut [u8]) -> Result<usize, Missing> {
        let mut state = self.state();
        let runs = state.runs.get(&input).ok_or(Missing::Input)?;
        let run = runs.partition_point(|run| run.at <= at).checked_sub(1).and_then(|index| runs.get(index)).copied();
        let failed = state.failed.clone();
        let Some(run) = run.filter(|run| at - run.at < run.len) else { return failed.map_or(Ok(0), |why| Err(Missing::Bytes(why))) };
        let skip = at - run.at;
        let len = out.len().min(usize::try_from(run.len - skip).unwrap_or(usize::MAX));
        let out = out.get_mut(..len).unwrap_or_default();
        let file = state.file.as_mut().ok_or(Missing::Input)?;
        let read = file.seek(SeekFrom::Start(run.place + skip)).and_then(|_| file.read_exact(out));
        read.map(|()| len).map_err(|error| Missing::Bytes(error.to_string()))
    }

    fn write(&self, input: u32, bytes: &[u8]) {
        let mut state = self.state();
        if state.failed.is_none()
            && let Err(error) = state.append(input, bytes)
        {
            state.failed = Some(format!("the temporary copy could not be written: {error}"));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, input: u32, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(bytes)?;
        let (place, len) = (self.end, bytes.len() as u64);
        self.end += len;
        let runs = self.runs.entry(input).or_default();
        match runs.last_mut() {
            Some(last) if last.place + last.len == place => last.len += len,
            last => {
                let at = last.map_or(0, |last| last.at + last.len);
                runs.push(Run { at, place, len });
            }
        }
        Ok(())
    }
}

struct Tee {
    source: Box<dyn Read + Send>,
    input: u32,
    spool: Arc<Spool>,
}

impl Read for Tee {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.source.read(out)?;
        self.spool.write(self.input, out.get(..len).unwrap_or_default());
        Ok(len)
    }
}
