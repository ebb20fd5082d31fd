//! UNSUBSCRIBE.

use crate::rules;

rules![unsubscribe_filter_not_utf8, nul_in_unsubscribe_filter, unsubscribe_without_filter, unsubscribe_filter_cut_short,];
