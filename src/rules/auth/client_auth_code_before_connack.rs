use crate::rule::prelude::*;

rule! {
    /// The client sent AUTH before CONNACK with 0x19 (Re-authenticate) instead of 0x18 (Continue authentication).
    ///
    /// 0x19 (Re-authenticate) is for clients that are connected already. A code that a client may never send is told by
    /// `reserved-auth-code`.
    ///
    /// ## Why it matters
    ///
    /// The peer cannot go on with the authentication and closes.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing: CONNACK may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 authentication_method=M
    /// S>C AUTH code=0x18 authentication_method=M
    /// C>S AUTH code=0x19 authentication_method=M
    /// ```
    name: "client-auth-code-before-connack",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-3"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::asks_to_continue(context)
}
