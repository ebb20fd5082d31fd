use super::Clauses;
use crate::rule::prelude::*;
use crate::session::Family;

rule! {
    /// The server answered one UNSUBSCRIBE with more than one UNSUBACK.
    ///
    /// An UNSUBSCRIBE with several Topic Filters gets one UNSUBACK. One that was sent twice may be answered twice.
    ///
    /// ## Why it matters
    ///
    /// The second UNSUBACK ends the next UNSUBSCRIBE under this identifier before it arrived.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: another UNSUBSCRIBE may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S UNSUBSCRIBE packet_id=9 filter=a filter=b
    /// S>C UNSUBACK packet_id=9
    /// S>C UNSUBACK packet_id=9
    /// ```
    name: "unsuback-repeated",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.10.4-6", "MQTT-2.3.1-7", "MQTT-3.10.4-4"],
    v5_0: ["MQTT-3.10.4-6", "MQTT-2.2.1-6", "MQTT-3.10.4-5"],
    on: [Packet(PacketType::Unsuback)],
}

const V3_1_1: Clauses = Clauses { several: &["MQTT-3.10.4-6", "MQTT-2.3.1-7", "MQTT-3.10.4-4"], one: &["MQTT-2.3.1-7", "MQTT-3.10.4-4"] };
const V5_0: Clauses = Clauses { several: &["MQTT-3.10.4-6", "MQTT-2.2.1-6", "MQTT-3.10.4-5"], one: &["MQTT-2.2.1-6", "MQTT-3.10.4-5"] };

fn check(context: &Context<'_>) -> Verdict {
    let clauses = if context.version == Version::V5_0 { V5_0 } else { V3_1_1 };
    super::not_repeated(context, "UNSUBSCRIBE", Family::Unsubscribe, clauses)
}
