//! The catalogue of rules, and nothing else: one file per rule, one folder per group.

use std::sync::LazyLock;

use crate::rule::Rule;

macro_rules! groups {
    ($($group:ident),* $(,)?) => {
        $(mod $group;)*
        const GROUPS: &[(&str, &[Rule])] = &[$((stringify!($group), $group::RULES)),*];
    };
}

groups![handshake, identifiers, keepalive, ping, qos, requests];

static ALL: LazyLock<Vec<Rule>> = LazyLock::new(|| GROUPS.iter().flat_map(|(_, rules)| *rules).copied().collect());

/// All rules, group by group.
pub fn all() -> &'static [Rule] {
    &ALL
}

/// The groups by name (that of their folder), with their rules.
pub fn groups() -> &'static [(&'static str, &'static [Rule])] {
    GROUPS
}
