//! What a capture proved of each specification, in sums.

use serde::Serialize;

use crate::analysis::{Report, Statement, Status};
use crate::mqtt::Version;
use crate::session::Doubt;

/// How many statements of one version came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Met wherever they were exercised.
    pub passed: u64,
    /// Broken at least once.
    pub violated: u64,
    /// Exercised, but the capture does not show enough.
    pub inconclusive: u64,
    /// A rule checks them, but nothing in the capture has to do with them.
    pub not_exercised: u64,
    /// No rule checks them yet.
    pub not_checked: u64,
    /// No capture can show them.
    pub not_visible: u64,
}

impl Coverage {
    /// The sums of a version (3.1 counts as 3.1.1).
    pub fn of(statements: &[Statement], version: Version) -> Self {
        let mut sum = Self::default();
        for statement in statements.iter().filter(|statement| statement.version == version) {
            let count = match statement.status {
                Status::Passed => &mut sum.passed,
                Status::Violated => &mut sum.violated,
                Status::Inconclusive => &mut sum.inconclusive,
                Status::NotExercised if statement.rules.is_empty() => &mut sum.not_checked,
                Status::NotExercised => &mut sum.not_exercised,
                Status::NotVisible => &mut sum.not_visible,
            };
            *count += 1;
        }
        sum
    }

    /// Whether any rule had something to say.
    pub fn is_exercised(&self) -> bool {
        self.passed + self.violated + self.inconclusive > 0
    }
}

/// One reason why rules could not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubtSum {
    /// The reason.
    pub doubt: Doubt,
    /// How many rules it kept from deciding.
    pub rules: u64,
    /// How often.
    pub checks: u64,
}

/// The reasons of all rules together, most frequent first.
pub fn doubts(report: &Report) -> Vec<DoubtSum> {
    let mut sums: Vec<DoubtSum> = Vec::new();
    for (_, doubt, checks) in &report.doubts {
        match sums.iter_mut().find(|sum| sum.doubt == *doubt) {
            Some(sum) => {
                sum.rules += 1;
                sum.checks += checks;
            }
            None => sums.push(DoubtSum { doubt: *doubt, rules: 1, checks: *checks }),
        }
    }
    sums.sort_by_key(|sum| (std::cmp::Reverse(sum.checks), sum.doubt));
    sums
}
