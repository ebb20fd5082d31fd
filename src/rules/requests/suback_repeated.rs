use super::Clauses;
use crate::rule::prelude::*;
use crate::session::Family;

rule! {
    /// The server answered one SUBSCRIBE with more than one SUBACK.
    ///
    /// A SUBSCRIBE with several Topic Filters gets one SUBACK with a code for each. A SUBSCRIBE that was sent twice may be
    /// answered twice.
    ///
    /// ## Why it matters
    ///
    /// The second SUBACK ends the next SUBSCRIBE under this identifier, with codes that are not its own.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: another SUBSCRIBE may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=7 filter=a:0 filter=b:0
    /// S>C SUBACK packet_id=7 codes=0
    /// S>C SUBACK packet_id=7 codes=0
    /// ```
    name: "suback-repeated",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.8.4-4", "MQTT-2.3.1-7", "MQTT-3.8.4-2"],
    v5_0: ["MQTT-3.8.4-5", "MQTT-2.2.1-6", "MQTT-3.8.4-2"],
    on: [Packet(PacketType::Suback)],
}

const V3_1_1: Clauses = Clauses { several: &["MQTT-3.8.4-4", "MQTT-2.3.1-7", "MQTT-3.8.4-2"], one: &["MQTT-2.3.1-7", "MQTT-3.8.4-2"] };
const V5_0: Clauses = Clauses { several: &["MQTT-3.8.4-5", "MQTT-2.2.1-6", "MQTT-3.8.4-2"], one: &["MQTT-2.2.1-6", "MQTT-3.8.4-2"] };

fn check(context: &Context<'_>) -> Verdict {
    let clauses = if context.version == Version::V5_0 { V5_0 } else { V3_1_1 };
    super::not_repeated(context, "SUBSCRIBE", Family::Subscribe, clauses)
}
