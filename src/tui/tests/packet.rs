//! The packet pane.
