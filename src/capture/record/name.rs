//! Names of the files of one recording, as dumpcap makes them: `live.pcapng` gives `live_00001_20261120100000.pcapng`. By
//! name they sort in the order of time, up to 99 999 files.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::RecordError;
use super::shown;
use crate::time::Timestamp;

/// The names that follow from a path.
#[derive(Debug)]
pub(super) struct Names {
    path: PathBuf,
    /// Of the file before.
    number: u64,
}

impl Names {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, number: 0 }
    }

    /// Where the files are made.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Makes the next file, whose first frame has this time. Numbers that an earlier recording took are skipped.
    pub(super) fn create(&mut self, time: Timestamp) -> Result<(File, PathBuf), RecordError> {
        loop {
            self.number += 1;
            let path = self.path_of(time);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, path)),
                Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {}
                Err(cause) => return Err(RecordError::Create { path: shown(&path), cause }),
            }
        }
    }

    fn path_of(&self, time: Timestamp) -> PathBuf {
        let time = jiff::Timestamp::from_nanosecond(i128::from(time.as_nanos())).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let mut name = OsString::from(self.path.file_stem().unwrap_or_default());
        name.push(format!("_{:05}_{}", self.number, time.strftime("%Y%m%d%H%M%S")));
        if let Some(extension) = self.path.extension() {
            name.push(".");
            name.push(extension);
        }
        self.path.with_file_name(name)
    }
}
