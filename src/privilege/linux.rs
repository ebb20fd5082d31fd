//! The order in which rights are given up, which each step needs of those before it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, Gid, Uid, eaccess, fchown, geteuid};

use super::account::{become_account, root_is_gone, target};
use super::{Account, Achieved, PrivilegeError, Wanted, capability, confine};

/// See [`super::drop`].
pub fn drop(wanted: &Wanted) -> Result<Achieved, PrivilegeError> {
    let threads = fs::read_dir("/proc/self/task").map_or(0, |tasks| tasks.count().saturating_sub(1));
    let account = target(wanted.user.as_deref())?;
    // These two take capabilities, which are gone after the third.
    capability::empty_bounding_set();
    become_account(&account)?;
    capability::give_up()?;
    root_is_gone(&account)?;
    let places = wanted.writable.iter().map(|path| writable(path, &account)).collect::<Result<Vec<_>, _>>()?;
    Ok(Achieved { account: Some(account), confined: confine::writing(places), threads })
}

/// See [`super::hand_over`].
pub fn hand_over(file: &File, wanted: &Wanted) -> Result<(), PrivilegeError> {
    let account = target(wanted.user.as_deref())?;
    let failed = |cause: io::Error| PrivilegeError::HandOver { account: account.user(), cause };
    let metadata = file.metadata().map_err(failed)?;
    if !geteuid().is_root() || account.uid == 0 || !metadata.is_file() || metadata.uid() != 0 {
        return Ok(());
    }
    fchown(file, Some(Uid::from_raw(account.uid)), Some(Gid::from_raw(account.gid))).map_err(|errno| failed(errno.into()))
}

/// What has to be writable so that a path is. Plain permissions are asked here: without capabilities they count for root as well, and
/// a capture should not find that out when it changes files for the first time.
fn writable(path: &Path, account: &Account) -> Result<PathBuf, PrivilegeError> {
    let place = match path.parent() {
        _ if path.exists() => path,
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let needed = if place.is_dir() { AccessFlags::W_OK | AccessFlags::X_OK } else { AccessFlags::W_OK };
    match eaccess(place, needed) {
        Ok(()) => Ok(place.to_owned()),
        Err(Errno::ENOENT) => Err(PrivilegeError::NoFolder { path: place.to_owned() }),
        Err(errno) => Err(PrivilegeError::NotWritable { path: place.to_owned(), account: account.user(), cause: errno.into() }),
    }
}
