//! Every bound of the analysis, with its default. Hitting one is reported, never silent.

use super::IdleLimits;
use crate::framing::FramerLimits;
use crate::net::FragmentLimits;
use crate::stream::{HoldLimits, TableLimits};

/// All bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// IP fragments waiting for the rest of their datagram.
    pub fragments: FragmentLimits,
    /// Connections tracked at a time.
    pub table: TableLimits,
    /// For how long connections without a frame are followed.
    pub idle: IdleLimits,
    /// Out-of-order bytes per direction.
    pub hold: HoldLimits,
    /// Bytes of one incomplete packet per direction.
    pub framer: FramerLimits,
    /// Bytes kept of all connections together: out-of-order segments and incomplete packets.
    pub buffered: usize,
    /// Findings kept per rule and connection; the rest is counted.
    pub findings_per_rule: u32,
    /// Findings kept of all connections together, and entries of [`super::Report::repeats`]; the rest is counted.
    pub findings: u64,
}

impl Default for Limits {
    /// 256 MiB buffered in total, 5 findings per rule and connection, 10,000 findings in all; the others as their types say.
    fn default() -> Self {
        Self {
            fragments: FragmentLimits::default(),
            table: TableLimits::default(),
            idle: IdleLimits::default(),
            hold: HoldLimits::default(),
            framer: FramerLimits::default(),
            buffered: 256 << 20,
            findings_per_rule: 5,
            findings: 10_000,
        }
    }
}
