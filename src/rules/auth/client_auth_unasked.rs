use crate::rule::prelude::*;

rule! {
    /// The client sent AUTH although CONNECT has no Authentication Method.
    ///
    /// ## Why it matters
    ///
    /// The server takes AUTH for a Protocol Error and closes. Whether a connection uses enhanced authentication is settled by
    /// its CONNECT.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C CONNACK
    /// C>S AUTH code=0x19 authentication_method=M
    /// ```
    name: "client-auth-unasked",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-7", "PE-3.15-1"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::asked_for(context)
}
