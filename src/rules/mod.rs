//! The catalogue of rules, and nothing else: one file per rule, one folder per group.

use crate::rule::Rule;

/// All rules, group by group.
pub const RULES: &[Rule] = &[];
