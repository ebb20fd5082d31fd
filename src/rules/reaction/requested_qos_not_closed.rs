use crate::rule::prelude::*;

rule! {
    /// The server did not close although a SUBSCRIBE asked for QoS 3 or had reserved bits set behind a filter.
    ///
    /// An answer to that packet or to a later one shows it at once. The time is that of the capture, 5 s unless configured.
    /// Told as likely where nothing shows that the server was alive after it. In 5.0 this is about bits 6 and 7. In 3.1
    /// only QoS 3 matters, and it is a warning.
    ///
    /// ## Why it matters
    ///
    /// What the server grants then is a guess: clients that send options of 5.0 on a connection of 3.1.1 go unnoticed.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing, the capture ended before that time, or the client closed first.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S 82 06 00 01 00 01 61 03
    /// S>C SUBACK packet_id=1 codes=2
    /// ```
    name: "requested-qos-not-closed",
    binds: Server,
    severity: Error,
    v3_1: Warning,
    v3_1_1: ["MQTT-3.8.3-4"],
    v5_0: ["MQTT-3.8.3-5"],
    on: [After("reserved-subscription-bits"), After("requested-qos-3")],
}

fn check(context: &Context<'_>) -> Verdict {
    let asked = match context.version {
        Version::V3_1 => context.faults().contains(&"requested-qos-3"),
        Version::V3_1_1 => true,
        Version::V5_0 => context.faults().contains(&"reserved-subscription-bits"),
    };
    if asked { context.closed_after("a SUBSCRIBE with reserved bits or QoS 3") } else { Verdict::NotApplicable }
}
