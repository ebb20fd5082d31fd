//! What holds for the strings of all packets.

use crate::rules;

rules![control_character_in_string,];
