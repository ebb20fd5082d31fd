//! Landlock: writing only where it is wanted, no TCP, no signals and no abstract sockets to others. As much of it as the kernel has.
//!
//! Reading is left alone: captures, the user database, terminal descriptions and libraries can be anywhere.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, AddRuleError, AddRulesError, BitFlags, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};
use nix::errno::Errno;

use super::Confined;

/// The newest version whose rights are known to take nothing that is needed. 9 would forbid sockets with a path, which the user
/// database may use; 10 UDP, with which host names are looked up.
const KNOWN: ABI = ABI::V7;

/// What a program in a terminal opens, or its libraries do.
const DEVICES: [&str; 3] = ["/dev/null", "/dev/tty", "/dev/pts"];

/// Confines this thread, and those that it starts, to write to `places`, temporary files and terminals; or says why not.
pub fn writing(places: Vec<PathBuf>) -> Result<Confined, String> {
    let temporary = env::temp_dir();
    let mut writable = if temporary.is_dir() { vec![temporary] } else { Vec::new() };
    for place in places {
        if !writable.contains(&place) {
            writable.push(place);
        }
    }
    let abi = enforce(&writable).map_err(|error| format!("Landlock: {error}"))??;
    Ok(Confined { writable, abi })
}

/// The version in force, or in plain words why there is none.
fn enforce(writable: &[PathBuf]) -> Result<Result<u8, String>, RulesetError> {
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_write(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?;
    for place in writable.iter().map(PathBuf::as_path).chain(DEVICES.map(Path::new)) {
        allow(&mut rules, place)?;
    }
    let status = rules.restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            Ok(effective_abi.min(KNOWN) as u8)
        }
        LandlockStatus::NotEnabled => Err("Landlock is switched off in this kernel".to_owned()),
        _ => Err("Landlock is not available in this kernel or container".to_owned()),
    })
}

/// Writing to a file, or to all beneath a folder. A device that is missing (containers) needs no rule.
fn allow(rules: &mut RulesetCreated, place: &Path) -> Result<(), RulesetError> {
    let Ok(handle) = PathFd::new(place) else { return Ok(()) };
    let rights: BitFlags<AccessFs> = match place.is_dir() {
        true => AccessFs::from_write(KNOWN),
        false => AccessFs::from_write(KNOWN) & AccessFs::from_file(KNOWN),
    };
    match rules.add_rule(PathBeneath::new(handle, rights)) {
        // Pipes and sockets behind `/dev/stdout`: they stand in no file system, and are never forbidden.
        Err(RulesetError::AddRules(AddRulesError::Fs(AddRuleError::AddRuleCall { source, .. }))) if is_nowhere(&source) => Ok(()),
        result => result.map(|_| ()),
    }
}

fn is_nowhere(cause: &io::Error) -> bool {
    cause.raw_os_error() == Some(Errno::EBADFD as i32)
}
