//! Capabilities: all of them go, and none can come back.

use std::io;

use rustix::io::Errno;
use rustix::thread::{
    CapabilitySet, CapabilitySets, capability_is_in_bounding_set, clear_ambient_capability_set, remove_capability_from_bounding_set,
    set_capabilities, set_no_new_privs,
};

use super::PrivilegeError;

/// What no program started from here can have. Needs `CAP_SETPCAP`; who lacks it keeps the set, which then gives nothing, as
/// [`give_up`] forbids to gain anything by starting programs.
pub fn empty_bounding_set() {
    // By number, not by name: newer kernels have more of them. The first one that does not exist ends it.
    for number in 0..u64::BITS {
        let one = CapabilitySet::from_bits_retain(1 << number);
        match capability_is_in_bounding_set(one) {
            Ok(true) if remove_capability_from_bounding_set(one).is_err() => return,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

/// Gives up all capabilities of this thread, and forbids to gain any by starting programs.
pub fn give_up() -> Result<(), PrivilegeError> {
    let failed = |call| move |errno: Errno| PrivilegeError::Capabilities { call, cause: io::Error::from(errno) };
    let none = CapabilitySets { effective: CapabilitySet::empty(), permitted: CapabilitySet::empty(), inheritable: CapabilitySet::empty() };
    set_no_new_privs(true).map_err(failed("no_new_privs"))?;
    set_capabilities(None, none).map_err(failed("capset"))?;
    match clear_ambient_capability_set() {
        // Without inheritable ones there are no ambient ones; Linux before 4.3 knows none.
        Ok(()) | Err(Errno::INVAL) => Ok(()),
        Err(errno) => Err(failed("PR_CAP_AMBIENT")(errno)),
    }
}
