use crate::mqtt::{Text, topic};
use crate::rule::prelude::*;

rule! {
    /// The filter of a shared subscription has a wildcard in its ShareName, or no Topic Filter behind it.
    ///
    /// ## Why it matters
    ///
    /// It is $share/, a name, / and a Topic Filter. The server has to refuse anything else; one that does not takes it
    /// for an ordinary filter, which nothing matches.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S SUBSCRIBE packet_id=1 filter=$share/g+/t
    /// ```
    name: "malformed-shared-filter",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.8.2-2"],
    on: [Packet(PacketType::Subscribe), Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    match (context.subscribe(), context.unsubscribe()) {
        (Some(subscribe), _) => checks::each(subscribe.filters.iter().map(|pair| pair.filter).filter(super::is_shared), fault),
        (_, Some(unsubscribe)) => checks::each(unsubscribe.filters.iter().filter(super::is_shared), fault),
        _ => Verdict::NotApplicable,
    }
}

fn fault(filter: &Text<'_>) -> Option<Fault> {
    let behind = filter.bytes.get(topic::SHARE_PREFIX.len()..)?;
    let len = behind.iter().position(|byte| *byte == b'/').unwrap_or(behind.len());
    // `empty-share-name`
    if len == 0 {
        return None;
    }
    let (name, rest) = behind.split_at_checked(len)?;
    if let Some(at) = name.iter().position(|byte| matches!(byte, b'+' | b'#')) {
        let message = format!("the filter {} has a wildcard in its ShareName", checks::quoted(filter));
        return Some(Fault::new(message).in_text(filter, topic::SHARE_PREFIX.len() + at));
    }
    let message = || format!("the filter {} has no Topic Filter behind its ShareName", checks::quoted(filter));
    (rest.len() < 2).then(|| Fault::new(message()).at(filter.at, filter.len()))
}
