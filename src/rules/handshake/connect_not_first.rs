use crate::rule::prelude::*;

rule! {
    /// The first packet that the client sent is not CONNECT.
    ///
    /// ## Why it matters
    ///
    /// Without CONNECT the server knows neither the version nor the client, and has to close. It happens to clients that
    /// reconnect on the network layer but go on where they were, for instance with PINGREQ.
    ///
    /// ## Inconclusive
    ///
    /// When the first bytes of the client are not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PINGREQ
    /// ```
    name: "connect-not-first",
    binds: Client,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.1.0-1"],
    v5_0: ["MQTT-3.1.0-1"],
    on: [Opening],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(packet_type) = context.packet_type() else { return Verdict::NotApplicable };
    let verdict = Verdict::require(packet_type == PacketType::Connect, || {
        Fault::new(format!("{} as the first packet of the connection", packet_type.name())).at(0, 1)
    });
    verdict.given(context.history(Role::Client))
}
