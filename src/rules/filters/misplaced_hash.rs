use crate::mqtt::{Text, topic};
use crate::rule::prelude::*;

rule! {
    /// The wildcard # of a Topic Filter is not a level of its own at the end.
    ///
    /// ## Why it matters
    ///
    /// The server cannot read the filter, and has to refuse it or to close the connection. One that takes # for a
    /// letter accepts the subscription, and nothing ever arrives. To match "a" with all below, the filter is "a/#".
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
    /// C>S 82 07 00 01 00 02 61 23 00     filter "a#"
    /// ```
    name: "misplaced-hash",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.7.1-2"],
    v5_0: ["MQTT-4.7.1-1"],
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
        *byte == b'#' && (at + 1 != levels.len() || !matches!(before, None | Some(b'/')))
    })?;
    let message = format!("in the filter {} the # is not a level of its own at the end", checks::quoted(filter));
    Some(Fault::new(message).in_text(filter, offset + at))
}
