//! The ladder pane.
