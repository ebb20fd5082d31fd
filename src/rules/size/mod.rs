//! Maximum Packet Size of CONNECT and CONNACK, and the texts that must not make a packet exceed it (5.0 sections 3.1.2.11.4 and
//! 3.2.2.3.6, and Reason String and User Property of each packet).

use crate::mqtt::{Packet, Properties, PropertyValue};
use crate::rule::prelude::*;
use crate::rules;

rules![
    auth_text_too_large,
    client_packet_too_large,
    connack_text_too_large,
    disconnect_text_too_large,
    puback_text_too_large,
    pubcomp_text_too_large,
    pubrec_text_too_large,
    pubrel_text_too_large,
    server_packet_too_large,
    suback_text_too_large,
    unsuback_text_too_large,
];

/// Bytes that Reason String and User Properties take in a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Texts {
    reason: usize,
    user: usize,
}

/// Which of them make a packet too large that would fit without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TooLarge {
    Reason,
    User,
    Both,
}

impl Texts {
    /// Those of a packet for which a statement says that they must not make it too large.
    fn of(packet: &Packet<'_>) -> Self {
        use PacketType as T;
        let mut texts = Self::default();
        let free = matches!(packet.packet_type(), T::Connect | T::Publish | T::Subscribe | T::Unsubscribe);
        let has_texts =
            |properties: &&Properties<'_>| properties.contains(PropertyId::ReasonString) || properties.contains(PropertyId::UserProperty);
        let Some(properties) = packet.properties().filter(has_texts).filter(|_| !free) else { return texts };
        for property in properties.iter() {
            let id_len = usize::from(property.id_len);
            match (property.property_id(), property.value) {
                (Some(PropertyId::ReasonString), PropertyValue::Text(text)) => texts.reason += id_len + 2 + text.bytes.len(),
                (Some(PropertyId::UserProperty), PropertyValue::Pair(name, value)) => {
                    texts.user += id_len + 4 + name.bytes.len() + value.bytes.len();
                }
                _ => {}
            }
        }
        texts
    }

    /// Who is to blame in a packet of `size` bytes, of which `maximum` are allowed; nobody if it would not fit without them.
    fn blamed(self, size: usize, maximum: usize) -> Option<TooLarge> {
        let rest = size.saturating_sub(self.reason + self.user);
        if size <= maximum || rest > maximum {
            return None;
        }
        Some(match (rest + self.reason > maximum, rest + self.user > maximum) {
            (true, false) => TooLarge::Reason,
            (false, true) => TooLarge::User,
            _ => TooLarge::Both,
        })
    }
}

/// Whether a packet is within the Maximum Packet Size of its receiver.
fn fits(context: &Context<'_>) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    let size = packet.header.packet_len();
    if packet.packet_type() == PacketType::Connect {
        return Verdict::NotApplicable;
    }
    context.under_limits(|limits| {
        let Some(maximum) = allowed(limits.maximum_packet_size) else { return Verdict::NotApplicable };
        if size > maximum && Texts::of(packet).blamed(size, maximum).is_some() {
            return Verdict::NotApplicable;
        }
        Verdict::require(size <= maximum, || {
            let (what, peer) = (packet.packet_type().name(), context.subject.peer());
            let message = format!("{what} of {size} bytes, Maximum Packet Size of the {peer} is {maximum}");
            Fault::new(message).at(1, usize::from(packet.header.remaining_length.encoded_len))
        })
    })
}

/// Whether Reason String and User Properties leave a packet within the Maximum Packet Size of its receiver. The clauses are
/// those for the one, for the other, and for both.
fn texts_fit(context: &Context<'_>, [reason, user, both]: [&'static [&'static str]; 3]) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    let (size, texts) = (packet.header.packet_len(), Texts::of(packet));
    if texts == Texts::default() {
        return Verdict::NotApplicable;
    }
    context.under_limits(|limits| {
        let Some(maximum) = allowed(limits.maximum_packet_size) else { return Verdict::NotApplicable };
        let (what, clauses) = match texts.blamed(size, maximum) {
            Some(TooLarge::Reason) => ("Reason String makes", reason),
            Some(TooLarge::User) => ("User Property makes", user),
            Some(TooLarge::Both) => ("Reason String and User Property make", both),
            None if size <= maximum => return Verdict::Pass,
            None => return Verdict::NotApplicable,
        };
        let (name, peer) = (packet.packet_type().name(), context.subject.peer());
        let message = format!("{what} {name} {size} bytes long, Maximum Packet Size of the {peer} is {maximum}");
        let fault = Fault::new(message).citing(clauses);
        Verdict::Fail(match packet.properties() {
            Some(properties) => fault.at(properties.at, properties.bytes.len()),
            None => fault,
        })
    })
}

/// The limit in bytes; none where it is 0, which is a Protocol Error of its own.
fn allowed(maximum: Option<u32>) -> Option<usize> {
    maximum.filter(|maximum| *maximum > 0).map(|maximum| maximum as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_that_is_too_large_is_blamed() {
        let blamed = |reason, user, size, maximum| Texts { reason, user }.blamed(size, maximum);
        assert_eq!(blamed(10, 0, 15, 15), None);
        assert_eq!(blamed(10, 0, 15, 14), Some(TooLarge::Reason));
        assert_eq!(blamed(10, 2, 17, 10), Some(TooLarge::Reason));
        assert_eq!(blamed(2, 10, 17, 10), Some(TooLarge::User));
        assert_eq!(blamed(10, 10, 25, 10), Some(TooLarge::Both), "either is too large");
        assert_eq!(blamed(10, 10, 25, 20), Some(TooLarge::Both), "only together");
        assert_eq!(blamed(10, 10, 25, 4), None, "the rest does not fit");
    }
}
