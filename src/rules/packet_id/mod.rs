//! Packet Identifiers that are missing or 0.

use crate::rules;

rules![packet_id_missing, packet_id_zero, packet_id_zero_from_server,];
