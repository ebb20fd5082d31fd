//! State of the keep-alive pane.

use super::List;

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Selection and scroll position.
    pub list: List,
}
