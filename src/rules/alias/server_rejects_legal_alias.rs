use crate::rule::prelude::*;

rule! {
    /// The server closed with 0x94 (Topic Alias invalid) although the client had used aliases only as allowed.
    ///
    /// Allowed are aliases from 1 to the Topic Alias Maximum of CONNACK that come with a topic, or stand for one already. A
    /// connection that is closed without a reason is not put down to this.
    ///
    /// ## Why it matters
    ///
    /// The server has announced more aliases than it can keep. The client has no way to find that out and fails again after
    /// each reconnect.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: they could have held an alias that is not allowed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C CONNACK topic_alias_maximum=5
    /// C>S PUBLISH topic=a topic_alias=5
    /// S>C DISCONNECT code=0x94
    /// ```
    name: "server-rejects-legal-alias",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.3.2-12"],
    on: [Packet(PacketType::Disconnect), End],
}

fn check(context: &Context<'_>) -> Verdict {
    let limits = context.session.connack().filter(|connack| connack.is_clear && connack.accepted()).map(|connack| &connack.limits);
    super::accepts_legal_aliases(context, limits.map(|limits| limits.topic_alias_maximum))
}
