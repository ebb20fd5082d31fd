use crate::rule::prelude::*;

rule! {
    /// The server did not answer PINGREQ with PINGRESP.
    ///
    /// PINGREQs and PINGRESPs are counted in order. No deadline is set: the absence counts when the connection stayed open for
    /// the response timeout (30 s unless configured) and, to be certain, the server was seen alive after it.
    ///
    /// ## Why it matters
    ///
    /// PINGRESP is how the client knows that the server, and not only the network, is alive: it closes without one.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing, or the connection or the capture ended before the timeout.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PINGREQ
    /// +40s S>C PUBLISH topic=a
    /// ```
    name: "pingreq-unanswered",
    binds: Server,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-3.12.4-1"],
    v5_0: ["MQTT-3.12.4-1"],
    on: [Packet(PacketType::Pingresp), Unanswered(PacketType::Pingresp)],
}

fn check(context: &Context<'_>) -> Verdict {
    if context.packet().is_some() {
        return if context.session.pings_waiting() > 0 { Verdict::Pass } else { Verdict::NotApplicable };
    }
    context.overdue(|_| "PINGREQ got no PINGRESP".to_owned())
}
