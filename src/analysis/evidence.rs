//! The bytes of a packet that a finding shows.

use std::ops::Range;

use super::secret;
use crate::finding::Evidence;
use crate::mqtt::encode::push_var_int;
use crate::rule::Event;

/// How many bytes of a packet a finding shows.
const EXCERPT: usize = 48;

/// The bytes of what was judged; without `show_secrets`, what is secret in them is overwritten.
pub(super) fn of(event: &Event<'_>, marked: Option<Range<usize>>, show_secrets: bool) -> Evidence {
    match event {
        Event::Packet(judged) | Event::Opening(judged) => {
            let mut bytes = vec![judged.framed.header.first_byte];
            push_var_int(&mut bytes, judged.framed.header.remaining_length);
            bytes.extend_from_slice(judged.framed.body);
            if !show_secrets {
                secret::mask(&mut bytes, judged.packet);
            }
            excerpt(&bytes, marked)
        }
        Event::BadLength { bytes, .. } => excerpt(bytes, marked),
        Event::Unanswered { .. } | Event::Silence(_) | Event::Reaction { .. } | Event::End { .. } => Evidence::default(),
    }
}

/// Part of a packet around the marked bytes.
fn excerpt(bytes: &[u8], marked: Option<Range<usize>>) -> Evidence {
    let from = marked.as_ref().map_or(0, |range| if range.end <= EXCERPT { 0 } else { range.start.saturating_sub(EXCERPT / 2) });
    let from = from.min(bytes.len());
    let to = (from + EXCERPT).min(bytes.len());
    Evidence { bytes: bytes.get(from..to).unwrap_or_default().to_vec(), offset: from, marked }
}
