//! Whom root becomes, and becoming it.

use std::env;
use std::ffi::CString;

use nix::errno::Errno;
use nix::unistd::{
    Gid, ResGid, ResUid, Uid, User, geteuid, getgid, getresgid, getresuid, getuid, initgroups, setgroups, setresgid, setresuid, setuid,
};

use super::{Account, PrivilegeError};

/// The account to go on with.
///
/// A process whose real user is not root goes on as that one, whatever else is asked for: of a program that is set-user-ID root, the
/// caller decides neither about `--user` nor about the environment.
pub fn target(asked: Option<&str>) -> Result<Account, PrivilegeError> {
    let real = getuid();
    match asked {
        Some(user) => {
            let account = named(user)?;
            if account.uid == real.as_raw() {
                return Ok(numbered(account.uid, Some(getgid().as_raw())));
            }
            if real.is_root() { Ok(account) } else { Err(PrivilegeError::NotRoot { user: user.to_owned() }) }
        }
        None if !real.is_root() => Ok(numbered(real.as_raw(), Some(getgid().as_raw()))),
        None => match sudo("SUDO_UID")? {
            Some(uid) if uid != 0 => Ok(numbered(uid, sudo("SUDO_GID")?)),
            _ => Ok(numbered(0, Some(getgid().as_raw()))),
        },
    }
}

/// Changes user and groups of the whole process, as far as they are other ones.
pub fn become_account(account: &Account) -> Result<(), PrivilegeError> {
    let failed = |call| move |errno: Errno| PrivilegeError::Become { account: account.user(), call, cause: errno.into() };
    let (uid, gid) = (Uid::from_raw(account.uid), Gid::from_raw(account.gid));
    // Root's groups open files as well; those of a user who is nobody else yet are left alone.
    if geteuid().is_root() && !uid.is_root() {
        match account.name.as_deref().and_then(|name| CString::new(name).ok()) {
            Some(name) => initgroups(&name, gid).map_err(failed("initgroups"))?,
            None => setgroups(&[gid]).map_err(failed("setgroups"))?,
        }
    }
    // Groups before the user: afterwards it is too late.
    if getresgid().ok() != Some(ResGid { real: gid, effective: gid, saved: gid }) {
        setresgid(gid, gid, gid).map_err(failed("setresgid"))?;
    }
    if getresuid().ok() != Some(ResUid { real: uid, effective: uid, saved: uid }) {
        setresuid(uid, uid, uid).map_err(failed("setresuid"))?;
    }
    Ok(())
}

/// Tries to get root back, which has to fail.
pub fn root_is_gone(account: &Account) -> Result<(), PrivilegeError> {
    if account.uid != 0 && setuid(Uid::from_raw(0)).is_ok() {
        return Err(PrivilegeError::StillRoot { account: account.user() });
    }
    Ok(())
}

/// A name first: there are names that consist of digits.
fn named(user: &str) -> Result<Account, PrivilegeError> {
    if let Ok(Some(found)) = User::from_name(user) {
        return Ok(Account { uid: found.uid.as_raw(), gid: found.gid.as_raw(), name: Some(found.name) });
    }
    number(user).map(|uid| numbered(uid, None)).ok_or_else(|| PrivilegeError::UnknownUser { user: user.to_owned() })
}

/// A number need not be in the user database (containers): then its group is the one of the same number.
fn numbered(uid: u32, gid: Option<u32>) -> Account {
    let known = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    let gid = gid.or_else(|| known.as_ref().map(|known| known.gid.as_raw())).unwrap_or(uid);
    Account { uid, gid, name: known.map(|known| known.name) }
}

/// What `sudo` left in the environment.
fn sudo(variable: &'static str) -> Result<Option<u32>, PrivilegeError> {
    let Some(value) = env::var_os(variable) else { return Ok(None) };
    let value = value.to_string_lossy();
    number(&value).map(Some).ok_or_else(|| PrivilegeError::Sudo { variable, value: value.into_owned() })
}

/// The greatest number means "leave it as it is" to the system: nobody has it.
fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number != u32::MAX && text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_that_changes_nothing_is_nobody() {
        assert_eq!((number("0"), number("4294967294")), (Some(0), Some(4_294_967_294)));
        assert_eq!([number("4294967295"), number("-1"), number("+1"), number("1 "), number("")], [None; 5]);
    }

    #[test]
    fn unknown_numbers_have_the_group_of_the_same_number() {
        assert_eq!(numbered(4_000_000_000, None), Account { uid: 4_000_000_000, gid: 4_000_000_000, name: None });
        assert_eq!(numbered(4_000_000_000, Some(5)).gid, 5);
        assert_eq!(named("4000000000").unwrap().uid, 4_000_000_000);
    }

    #[test]
    fn root_is_found_by_name_and_by_number() {
        assert_eq!(named("root").unwrap(), named("0").unwrap());
    }

    #[test]
    fn unknown_names_are_an_error() {
        let error = named("no such user").unwrap_err();
        assert_eq!(error.to_string(), "--user no such user: no such user: give the name or the number of one");
    }
}
