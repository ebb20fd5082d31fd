//! CONNECT.

use crate::rules;

rules![
    wrong_protocol_name,
    reserved_connect_flag,
    will_qos_3,
    will_qos_without_will,
    will_retain_without_will,
    password_without_user_name,
    will_incomplete,
    user_name_missing,
    password_missing,
    client_id_missing,
    unannounced_user_name,
    unannounced_password,
    unannounced_will,
    bytes_behind_password,
    empty_client_id_without_clean_session,
    client_id_not_utf8,
    nul_in_client_id,
    user_name_not_utf8,
    nul_in_user_name,
    will_topic_not_utf8,
    nul_in_will_topic,
    wildcard_in_will_topic,
    empty_will_topic,
    will_payload_not_utf8,
];
