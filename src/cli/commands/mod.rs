//! One file per command: options in, result out.

pub mod packets;
