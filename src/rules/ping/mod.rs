//! PINGREQ and PINGRESP (3.1.1 and 5.0 sections 3.12 and 3.13).

use crate::rules;

rules![pingreq_unanswered, pingresp_unasked];
