use crate::rule::prelude::*;

rule! {
    /// UNSUBACK carries a Packet Identifier under which no UNSUBSCRIBE waits.
    ///
    /// A second UNSUBACK to one UNSUBSCRIBE is `unsuback-repeated`.
    ///
    /// ## Why it matters
    ///
    /// The client does not learn that it is unsubscribed and waits.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: the UNSUBSCRIBE may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S UNSUBSCRIBE packet_id=9 filter=a
    /// S>C UNSUBACK packet_id=1
    /// ```
    name: "unsuback-for-unknown-id",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-7", "MQTT-3.10.4-4"],
    v5_0: ["MQTT-2.2.1-6", "MQTT-3.10.4-5"],
    on: [Packet(PacketType::Unsuback)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::known_id(context, "sent no UNSUBSCRIBE with it")
}
