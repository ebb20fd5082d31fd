//! A disk that becomes full: a small one in memory, which only root can make; told and left out otherwise.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A disk of 512 KiB, gone when dropped.
pub struct Disk {
    place: TempDir,
}

impl Disk {
    pub fn mount() -> Option<Self> {
        let place = TempDir::new().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"]).arg(place.path()).output();
        match mount {
            Ok(output) if output.status.success() => Some(Self { place }),
            Ok(output) => {
                eprintln!("skipped: no disk can be made here: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                eprintln!("skipped: no disk can be made here: mount: {error}");
                None
            }
        }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        self.place.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: also with a file that a failed test left open.
        let _ = Command::new("umount").arg("-l").arg(self.place.path()).status();
    }
}
