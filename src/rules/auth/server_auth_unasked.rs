use crate::rule::prelude::*;

rule! {
    /// The server sent AUTH although CONNECT has no Authentication Method.
    ///
    /// ## Why it matters
    ///
    /// The client did not ask for enhanced authentication and does not know what to do with AUTH.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1
    /// S>C AUTH code=0x18 authentication_method=M
    /// ```
    name: "server-auth-unasked",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-6", "PE-3.15-1"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::asked_for(context)
}
