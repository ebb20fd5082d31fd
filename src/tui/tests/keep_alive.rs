//! The keep-alive pane.
