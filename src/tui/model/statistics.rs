//! State of the statistics pane.

use super::List;

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Selection and scroll position.
    pub list: List,
}
