//! The first bytes of a connection, kept until it is known what it carries.

use crate::framing::Position;
use crate::stream::Side;
use crate::transport::HEAD_LIMIT;

/// What came before the decision.
#[derive(Debug)]
pub(super) enum Early {
    Bytes(Vec<u8>, Position),
    Gap(u64, Position),
}

/// Keeps what both sides said, in order.
#[derive(Debug, Default)]
pub(super) struct Probe {
    pub items: Vec<(Side, Early)>,
    kept: usize,
    gaps: bool,
}

impl Probe {
    pub fn bytes(&mut self, side: Side, data: &[u8], at: Position) {
        self.kept += data.len();
        self.items.push((side, Early::Bytes(data.to_vec(), at)));
    }

    pub fn gap(&mut self, side: Side, len: u64, at: Position) {
        self.gaps = true;
        self.items.push((side, Early::Gap(len, at)));
    }

    pub fn kept_bytes(&self) -> usize {
        self.kept
    }

    /// Too much was kept without a decision.
    pub fn is_full(&self) -> bool {
        self.kept > 4 * HEAD_LIMIT || self.items.len() > HEAD_LIMIT
    }

    /// The first bytes of one side up to its first gap.
    pub fn head(&self, side: Side) -> Vec<u8> {
        let mut head = Vec::new();
        for (from, early) in &self.items {
            match early {
                _ if *from != side => {}
                Early::Bytes(data, _) => head.extend_from_slice(data),
                Early::Gap(..) => break,
            }
        }
        head
    }
}
