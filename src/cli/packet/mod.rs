//! The formats in which `packets` lists control packets.

pub mod csv;
pub mod ndjson;
mod properties;
pub mod text;

use crate::mqtt::{Packet, Publish, Version};

/// The payload's length, if all before the payload could be read.
fn payload_len(publish: &Publish<'_>, packet: &Packet<'_>) -> Option<u32> {
    let block = &publish.properties;
    let reached = publish.topic.is_some()
        && (publish.packet_id.is_some() || packet.header.qos_bits() == 0)
        && (packet.version != Version::V5_0 || block.length.is_some_and(|length| length.value as usize == block.bytes.len()));
    reached.then_some(publish.payload_len)
}
