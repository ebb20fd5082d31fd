use crate::rule::prelude::*;

rule! {
    /// The client sent SUBSCRIBE or UNSUBSCRIBE under a Packet Identifier that is in use.
    ///
    /// PUBLISH, SUBSCRIBE and UNSUBSCRIBE share the identifiers of the client. The same SUBSCRIBE again is a repeat, no new
    /// request.
    ///
    /// ## Why it matters
    ///
    /// Of two answers with one identifier the client cannot tell which is for what; libraries that keep one table take
    /// PUBACK for the answer to SUBSCRIBE.
    ///
    /// ## Inconclusive
    ///
    /// When bytes are missing, or the session is older than the connection: identifiers in use then are not known.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=1 packet_id=5
    /// C>S SUBSCRIBE packet_id=5 filter=b:0
    /// S>C PUBACK packet_id=5
    /// ```
    name: "client-request-id-in-use",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-2"],
    v5_0: ["MQTT-2.2.1-3"],
    on: [Packet(PacketType::Subscribe), Packet(PacketType::Unsubscribe)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::free_id(context)
}
