//! TCP segments of many connections turned into ordered byte streams, each connection with a number.
//!
//! Reads no payload and knows no MQTT; it is `net::Segment` in, [`Item`] out. [`Table`] finds the connection of a segment,
//! [`Connection`] follows its life, [`assembler::Assembler`] orders the bytes of one direction.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic))]

pub mod assembler;
pub mod connection;
pub mod table;

pub use assembler::Stretch;
pub use connection::{Connection, HoldLimits, Item, Side, SideStats};
pub use table::{Entry, Handle, Table, TableLimits};
