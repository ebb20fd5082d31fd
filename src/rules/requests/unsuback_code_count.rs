use crate::rule::prelude::*;

rule! {
    /// UNSUBACK has more or fewer codes than its UNSUBSCRIBE has Topic Filters.
    ///
    /// Only in 5.0 does UNSUBACK have codes.
    ///
    /// ## Why it matters
    ///
    /// The codes belong to the filters by their place: the client cannot tell which subscription was deleted. An UNSUBACK
    /// without any code is what a server sends that answers as in 3.1.1.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: the UNSUBSCRIBE may be another one.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S UNSUBSCRIBE packet_id=9 filter=a filter=b
    /// S>C UNSUBACK packet_id=9 codes=0
    /// ```
    name: "unsuback-code-count",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.11.3-2"],
    on: [Packet(PacketType::Unsuback)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.packet().map(|packet| (&packet.body, packet.malformed)) {
        Some((Body::Unsuback(unsuback), None)) => super::one_code_each(context, unsuback.codes, unsuback.codes_at),
        _ => Verdict::NotApplicable,
    }
}
