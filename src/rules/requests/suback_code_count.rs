use crate::rule::prelude::*;

rule! {
    /// SUBACK has more or fewer codes than its SUBSCRIBE has Topic Filters.
    ///
    /// ## Why it matters
    ///
    /// The codes belong to the filters by their place: the client cannot tell which subscription was granted.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: the SUBSCRIBE may be another one.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=7 filter=a:0 filter=b:0
    /// S>C SUBACK packet_id=7 codes=0
    /// ```
    name: "suback-code-count",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.8.4-5"],
    v5_0: ["MQTT-3.8.4-6"],
    on: [Packet(PacketType::Suback)],
}

fn check(context: &Context<'_>) -> Verdict {
    match (context.suback(), context.packet()) {
        // Of a body that cannot be read to its end the codes are not known.
        (Some(suback), Some(packet)) if packet.malformed.is_none() => super::one_code_each(context, suback.codes, suback.codes_at),
        _ => Verdict::NotApplicable,
    }
}
