//! The bytes of a packet that a finding shows.

use std::ops::Range;

use crate::finding::Evidence;
use crate::mqtt::encode::push_var_int;
use crate::mqtt::{Body, Packet};
use crate::rule::Event;

/// How many bytes of a packet a finding shows.
const EXCERPT: usize = 48;

/// The bytes of what was judged; without `show_secrets`, its password is overwritten.
pub(super) fn of(event: &Event<'_>, marked: Option<Range<usize>>, show_secrets: bool) -> Evidence {
    match event {
        Event::Packet(judged) | Event::Opening(judged) => {
            let mut bytes = vec![judged.framed.header.first_byte];
            push_var_int(&mut bytes, judged.framed.header.remaining_length);
            bytes.extend_from_slice(judged.framed.body);
            if !show_secrets {
                mask_password(&mut bytes, judged.packet);
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

/// Overwrites the password of a CONNECT; of one whose layout is broken, everything behind the User Name (or behind the
/// fields that are not secret), because the password may stand there.
pub(crate) fn mask_password(bytes: &mut [u8], packet: &Packet<'_>) {
    let Body::Connect(connect) = &packet.body else { return };
    let secret = match (connect.password, packet.malformed) {
        (Some(password), None) => password.at as usize..password.at as usize + password.bytes.len(),
        (_, malformed) => {
            let known = connect.user_name.or(connect.client_id).map(|text| text.at as usize + text.bytes.len());
            known.or(malformed.map(|malformed| malformed.at)).unwrap_or(bytes.len())..bytes.len()
        }
    };
    let announced = connect.flags.is_some_and(|flags| flags.password()) || !packet.trailing.is_empty();
    if announced && let Some(secret) = bytes.get_mut(secret) {
        secret.fill(b'*');
    }
}
