//! Rights that are needed to open network interfaces, given up before the first byte from the network is parsed: [`drop`].
//! Then there is another user instead of root, no capability, nothing to be gained by starting another program, and writing
//! only where [`Wanted`] says (Landlock).
//!
//! It opens no interface, does not take away reading, and closes nothing: whatever is open stays open and usable.
//!
//! Capabilities and Landlock belong to threads: those of the calling one, and of the threads that it starts afterwards. So [`drop`]
//! is called before any thread is started; those that run already are counted in [`Achieved::threads`].
//!
//! Linux only. Elsewhere nothing is given up, and [`Achieved`] says so.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

mod error;

#[cfg(target_os = "linux")]
mod account;
#[cfg(target_os = "linux")]
mod capability;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;

#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod system;

use std::fmt;
use std::fs::File;
use std::path::PathBuf;

pub use error::PrivilegeError;

/// What is needed after the rights are given up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whom root becomes: the name or the number of a user. `None`: who called `sudo`, or else root stays.
    pub user: Option<String>,
    /// What is opened for writing later: a folder and all beneath it; a file; of a file that does not exist yet, its folder. To
    /// replace or remove a file, its folder is needed. The folder for temporary files is always writable. Files that are open do
    /// not belong here.
    pub writable: Vec<PathBuf>,
}

/// What [`drop`] has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Achieved {
    /// Who the process is now, without any capability. `None` on systems where nothing was given up.
    pub account: Option<Account>,
    /// Where it can write, or why Landlock does not confine it.
    pub confined: Result<Confined, String>,
    /// Threads that ran before: they keep their capabilities unless the user has changed, and are not confined. 0 also where
    /// `/proc` does not tell.
    pub threads: usize,
}

/// A user, and its main group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User number.
    pub uid: u32,
    /// Group number.
    pub gid: u32,
    /// As the user database has it.
    pub name: Option<String>,
}

/// What Landlock enforces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confined {
    /// Files, and folders with all beneath them. Besides these, only terminals and `/dev/null`.
    pub writable: Vec<PathBuf>,
    /// Version of Landlock that is made use of: 3 covers truncating, 4 TCP, 5 device controls, 6 signals and abstract sockets.
    pub abi: u8,
}

/// Gives up all rights but those that are wanted. There is no way back. When the program was started with no more rights than any
/// other, writing is confined all the same.
///
/// # Errors
/// [`PrivilegeError`]: what must not be ignored. The process may be left with any part of its rights: it has to end.
pub fn drop(wanted: &Wanted) -> Result<Achieved, PrivilegeError> {
    system::drop(wanted)
}

/// Before [`drop`]: gives a file that this process has just created to the user that it will become. Does nothing for a process
/// that is not root or stays root, and to what is not a regular file of root: a device, or the file of somebody else that was
/// there before.
///
/// # Errors
/// [`PrivilegeError`]: the user is unknown, or the file cannot be given away.
pub fn hand_over(file: &File, wanted: &Wanted) -> Result<(), PrivilegeError> {
    system::hand_over(file, wanted)
}

impl Account {
    /// `user 1000 (alice)`.
    fn user(&self) -> String {
        match &self.name {
            Some(name) => format!("user {} ({name})", self.uid),
            None => format!("user {}", self.uid),
        }
    }
}

/// `user 1000 (alice), group 1000`.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, group {}", self.user(), self.gid)
    }
}

/// `writing confined to /tmp, captures; no TCP (Landlock ABI 7)`.
impl fmt::Display for Confined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.writable.is_empty() {
            f.write_str("no writing")?;
        } else {
            f.write_str("writing confined to ")?;
            for (number, path) in self.writable.iter().enumerate() {
                write!(f, "{}{}", if number == 0 { "" } else { ", " }, path.display())?;
            }
        }
        f.write_str(if self.abi < 4 { "; TCP not forbidden" } else { "; no TCP" })?;
        write!(f, " (Landlock ABI {})", self.abi)
    }
}

/// One line, without a full stop.
impl fmt::Display for Achieved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.account {
            None => f.write_str("privileges: kept as they were")?,
            Some(account) => {
                write!(f, "privileges: {account}")?;
                if account.uid == 0 {
                    f.write_str(", as neither --user nor sudo names another")?;
                }
                f.write_str("; no capabilities")?;
            }
        }
        match &self.confined {
            Ok(confined) => write!(f, "; {confined}")?,
            Err(why) => write!(f, "; writing not confined: {why}")?,
        }
        if self.threads > 0 {
            write!(f, "; not so for threads that ran before: {}", self.threads)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn achieved(uid: u32, name: Option<&str>, confined: Result<Confined, String>) -> Achieved {
        let account = Account { uid, gid: uid, name: name.map(str::to_owned) };
        Achieved { account: Some(account), confined, threads: 0 }
    }

    #[test]
    fn all_in_one_line() {
        let confined = Confined { writable: vec!["/tmp".into(), "captures".into()], abi: 7 };
        assert_eq!(
            achieved(1000, Some("alice"), Ok(confined)).to_string(),
            "privileges: user 1000 (alice), group 1000; no capabilities; writing confined to /tmp, captures; no TCP (Landlock ABI 7)"
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        let confined = Confined { writable: Vec::new(), abi: 3 };
        assert_eq!(
            Achieved { threads: 2, ..achieved(1000, None, Ok(confined)) }.to_string(),
            "privileges: user 1000, group 1000; no capabilities; no writing; TCP not forbidden (Landlock ABI 3); \
             not so for threads that ran before: 2"
        );
        assert_eq!(
            achieved(0, Some("root"), Err("Landlock is not available in this kernel or container".into())).to_string(),
            "privileges: user 0 (root), group 0, as neither --user nor sudo names another; no capabilities; \
             writing not confined: Landlock is not available in this kernel or container"
        );
    }
}
