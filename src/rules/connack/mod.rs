//! CONNACK.

use crate::rules;

rules![reserved_connack_flags, session_present_on_refusal, reserved_connack_code,];
