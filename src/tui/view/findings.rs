//! The findings.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::model::Model;

/// Draws the pane.
pub fn draw(_model: &Model, _frame: &mut Frame<'_>, _area: Rect) {}
