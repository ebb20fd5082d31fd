//! PUBLISH.

use crate::rules;

rules![
    dup_on_qos_0,
    empty_message_retained,
    publish_qos_3,
    topic_name_missing,
    topic_name_not_utf8,
    nul_in_topic_name,
    wildcard_in_topic_name,
    empty_topic_name,
    payload_not_utf8,
];
