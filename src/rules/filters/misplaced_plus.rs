use crate::mqtt::{Text, topic};
use crate::rule::prelude::*;

rule! {
    /// The wildcard + of a Topic Filter does not fill a level.
    ///
    /// ## Why it matters
    ///
    /// The server cannot read the filter, and has to refuse it or to close the connection. + stands for a whole
    /// level: there is no pattern for a part of one.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT client_id=c
    /// S>C CONNACK
    /// C>S 82 09 00 01 00 04 61 2b 2f 62 00     filter "a+/b"
    /// ```
    name: "misplaced-plus",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.1-3"],
    v5_0: ["MQTT-4.7.1-2"],
    on: [Packet(PacketType::Subscribe), Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    match (context.subscribe(), context.unsubscribe()) {
        (Some(subscribe), _) => checks::each(subscribe.filters.iter().map(|pair| pair.filter), |filter| fault(filter, context.version)),
        (_, Some(unsubscribe)) => checks::each(unsubscribe.filters.iter(), |filter| fault(filter, context.version)),
        _ => Verdict::NotApplicable,
    }
}

fn fault(filter: &Text<'_>, version: Version) -> Option<Fault> {
    let levels = match topic::share(filter.bytes) {
        Some(share) if version == Version::V5_0 => share.filter,
        // Of a shared subscription that is not complete, the name is at fault.
        None if version == Version::V5_0 && filter.bytes.starts_with(topic::SHARE_PREFIX) => return None,
        _ => filter.bytes,
    };
    let offset = filter.len() - levels.len();
    let at = levels.iter().enumerate().position(|(at, byte)| {
        let before = at.checked_sub(1).and_then(|before| levels.get(before));
        let after = levels.get(at + 1);
        *byte == b'+' && !(matches!(before, None | Some(b'/')) && matches!(after, None | Some(b'/')))
    })?;
    let message = format!("in the filter {} the + does not fill a level", checks::quoted(filter));
    Some(Fault::new(message).in_text(filter, offset + at))
}
