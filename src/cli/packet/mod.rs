//! The formats in which `packets` lists control packets.

pub mod ndjson;
mod properties;
pub mod text;
