//! The findings pane.
