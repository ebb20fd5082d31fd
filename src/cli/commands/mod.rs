//! One file per command: options in, result out.

pub mod check;
pub mod explain;
pub mod interfaces;
pub mod packets;
pub mod record;
pub mod rules;
pub mod sessions;
pub mod tui;
