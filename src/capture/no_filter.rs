//! Stands in for filters in a build without libpcap: there are none, and asking for one is an error.

use super::error::{CaptureError, Warning};
use crate::frame::Frame;

/// Cannot exist.
pub(super) enum Filter {}

impl Filter {
    /// Always [`CaptureError::FilterUnavailable`].
    pub(super) fn new(expression: &str) -> Result<Self, CaptureError> {
        Err(CaptureError::FilterUnavailable { expression: expression.to_owned() })
    }

    pub(super) const fn accepts(&mut self, _: &Frame<'_>, _: &mut Vec<Warning>) -> bool {
        match *self {}
    }
}
