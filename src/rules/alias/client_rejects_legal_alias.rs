use crate::rule::prelude::*;

rule! {
    /// The client closed with 0x94 (Topic Alias invalid) although the server had used aliases only as allowed.
    ///
    /// Allowed are aliases from 1 to the Topic Alias Maximum of CONNECT that come with a topic, or stand for one already. A
    /// connection that is closed without a reason is not put down to this.
    ///
    /// ## Why it matters
    ///
    /// The client has announced more aliases than it can keep. The server has no way to find that out and fails again after
    /// each reconnect.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing: they could have held an alias that is not allowed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 topic_alias_maximum=5
    /// S>C CONNACK
    /// S>C PUBLISH topic=a topic_alias=5
    /// C>S DISCONNECT code=0x94
    /// ```
    name: "client-rejects-legal-alias",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.2-10"],
    on: [Packet(PacketType::Disconnect), End],
}

fn check(context: &Context<'_>) -> Verdict {
    let limits = context.session.connect().filter(|connect| connect.is_clear).map(|connect| &connect.limits);
    super::accepts_legal_aliases(context, limits.map(|limits| limits.topic_alias_maximum))
}
