//! Topic Filters of SUBSCRIBE and UNSUBSCRIBE alike.

use crate::mqtt::{Text, topic};
use crate::rules;

rules![misplaced_hash, misplaced_plus, empty_topic_filter, empty_share_name, malformed_shared_filter,];

/// Whether a Topic Filter of 5.0 is that of a shared subscription, or is meant to be.
fn is_shared(filter: &Text<'_>) -> bool {
    filter.bytes.starts_with(topic::SHARE_PREFIX)
}
