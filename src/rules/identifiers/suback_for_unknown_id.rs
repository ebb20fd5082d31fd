use crate::rule::prelude::*;

rule! {
    /// SUBACK carries a Packet Identifier under which no SUBSCRIBE waits.
    ///
    /// A second SUBACK to one SUBSCRIBE is `suback-repeated`.
    ///
    /// ## Why it matters
    ///
    /// The client does not learn whether it is subscribed: it waits, or subscribes again for ever.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: the SUBSCRIBE may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=7 filter=a:0
    /// S>C SUBACK packet_id=8 codes=0
    /// ```
    name: "suback-for-unknown-id",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-7", "MQTT-3.8.4-2"],
    v5_0: ["MQTT-2.2.1-6", "MQTT-3.8.4-2"],
    on: [Packet(PacketType::Suback)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::known_id(context, "sent no SUBSCRIBE with it")
}
