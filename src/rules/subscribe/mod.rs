//! SUBSCRIBE and SUBACK.

use crate::rules;

rules![
    subscribe_filter_not_utf8,
    nul_in_subscribe_filter,
    subscribe_without_filter,
    subscribe_pair_cut_short,
    requested_qos_3,
    reserved_subscription_bits,
    reserved_suback_code,
    no_local_on_shared_subscription,
    retain_handling_3,
];
