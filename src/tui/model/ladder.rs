//! State of the ladder pane.

use super::List;

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Selection and scroll position.
    pub list: List,
}
