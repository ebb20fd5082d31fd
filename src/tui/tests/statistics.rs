//! The statistics pane.
