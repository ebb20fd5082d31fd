//! Topic Filters of SUBSCRIBE and UNSUBSCRIBE alike.

use crate::rules;

rules![
    misplaced_hash,
    misplaced_plus,
    empty_topic_filter,
];
