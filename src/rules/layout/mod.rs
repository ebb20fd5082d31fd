//! Bodies that do not have the layout of their type.

use crate::rules;

rules![
    malformed_body,
    property_length_missing,
    wrong_connack_length,
    wrong_puback_length,
    wrong_pubrec_length,
    wrong_pubrel_length,
    wrong_pubcomp_length,
    wrong_unsuback_length,
    pingreq_with_body,
    pingresp_with_body,
    disconnect_with_body,
];
