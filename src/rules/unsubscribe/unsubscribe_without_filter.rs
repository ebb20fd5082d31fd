use crate::rule::prelude::*;

rule! {
    /// An UNSUBSCRIBE has no Topic Filter.
    ///
    /// ## Why it matters
    ///
    /// It asks for nothing. The server closes the connection. The usual cause is a loop over an empty list.
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
    /// C>S a2 02 00 01                the packet ends behind the Packet Identifier
    /// ```
    name: "unsubscribe-without-filter",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.10.3-2"],
    v5_0: ["MQTT-3.10.3-2"],
    on: [Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some(unsubscribe)) = (context.packet(), context.unsubscribe()) else { return Verdict::NotApplicable };
    let filters = unsubscribe.filters;
    if filters.is_empty() && packet.malformed.is_some() {
        return Verdict::NotApplicable;
    }
    Verdict::require(!filters.is_empty(), || Fault::new("the UNSUBSCRIBE has no Topic Filter").at(filters.at, 0))
}
