//! Why rights could not be given up.

use std::io;
use std::path::PathBuf;

/// What must not be ignored: to go on would mean more rights than the user believes, or a failure hours later. The text is complete: it
/// already holds the words of the system.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivilegeError {
    /// The user database does not know the name.
    #[error("--user {user}: no such user: give the name or the number of one")]
    UnknownUser {
        /// As the user wrote it.
        user: String,
    },
    /// `SUDO_UID` or `SUDO_GID` is not a number.
    #[error("{variable}={value}: not a number, so it is unknown who called sudo: say with --user whom root shall become")]
    Sudo {
        /// The environment variable.
        variable: &'static str,
        /// What it holds.
        value: String,
    },
    /// Another user was asked for by somebody who is not root.
    #[error("--user {user}: only root can become another user: start with sudo, or leave --user out")]
    NotRoot {
        /// As the user wrote it.
        user: String,
    },
    /// The system refuses to make root another user.
    #[error("cannot become {account}: {call}: {cause}: choose another with --user, or stay root with --user root")]
    Become {
        /// Number and name of the user.
        account: String,
        /// The system call.
        call: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// Root could be had back.
    #[error(
        "root can still be regained after becoming {account}: not going on: start as that user, with file capabilities instead of root"
    )]
    StillRoot {
        /// Number and name of the user.
        account: String,
    },
    /// Capabilities, or the right to gain some, cannot be given up.
    #[error("cannot give up capabilities: {call}: {cause}: start as a user who has none (docs/privileges.md)")]
    Capabilities {
        /// The system call.
        call: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// What is to be written later could not be.
    #[error("{}: not writable for {account}, as whom the capture goes on: {cause}: write elsewhere, or name its owner with --user", path.display())]
    NotWritable {
        /// The file or folder.
        path: PathBuf,
        /// Number and name of the user.
        account: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The folder of what is to be written later does not exist.
    #[error("{}: no such folder: create it first", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file cannot be given to the user that root becomes.
    #[error("cannot give the output file to {account}: {cause}: write elsewhere, or stay root with --user root")]
    HandOver {
        /// Number and name of the user.
        account: String,
        /// What the system said.
        cause: io::Error,
    },
    /// A user was asked for where the program cannot become one.
    #[error("--user {user}: only possible on Linux: leave it out")]
    Unsupported {
        /// As the user wrote it.
        user: String,
    },
}
