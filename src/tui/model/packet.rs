//! State of the packet pane.

use super::List;
use crate::index::{Detail, PacketId};

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Selection and scroll position.
    pub list: List,
    /// The packet that was asked for.
    pub asked: Option<PacketId>,
    /// What is in it, or why that cannot be told; `None` until it was read.
    pub detail: Option<Result<Box<Detail>, String>>,
}
