use crate::mqtt::{Text, topic};
use crate::rule::prelude::*;

rule! {
    /// The filter of a shared subscription has no ShareName: $share/ is followed by another / or by nothing.
    ///
    /// ## Why it matters
    ///
    /// The name says with whom the messages are shared. The server has to refuse the filter; one that does not takes it
    /// for an ordinary one, which nothing matches.
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
    /// C>S SUBSCRIBE packet_id=1 filter=$share//t
    /// ```
    name: "empty-share-name",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.8.2-1"],
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
    let name = filter.bytes.get(topic::SHARE_PREFIX.len()..)?;
    let message = || format!("the filter {} has no ShareName behind $share/", checks::quoted(filter));
    matches!(name.first(), None | Some(b'/')).then(|| Fault::new(message()).at(filter.at, filter.len()))
}
