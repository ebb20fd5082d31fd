//! Systems other than Linux: nothing is given up.

use std::fs::File;

use super::{Achieved, PrivilegeError, Wanted};

/// Says that it cannot.
pub fn drop(wanted: &Wanted) -> Result<Achieved, PrivilegeError> {
    match &wanted.user {
        Some(user) => Err(PrivilegeError::Unsupported { user: user.clone() }),
        None => Ok(Achieved { account: None, confined: Err("only possible on Linux".to_owned()), threads: 0 }),
    }
}

/// Nobody else comes after this user.
pub fn hand_over(_file: &File, _wanted: &Wanted) -> Result<(), PrivilegeError> {
    Ok(())
}
