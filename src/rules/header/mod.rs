//! What the fixed header says: type, direction, flags, Remaining Length.

use crate::rules;

rules![
    reserved_packet_type,
    packet_from_wrong_side,
    reserved_flags_set,
    wrong_pubrel_flags,
    wrong_subscribe_flags,
    wrong_unsubscribe_flags,
    wrong_auth_flags,
    endless_integer,
    padded_integer,
];
