use crate::rule::prelude::*;

rule! {
    /// The server sent AUTH before CONNACK with 0x00 (Success) instead of 0x18 (Continue authentication).
    ///
    /// Before CONNACK it can only ask for more: success is said by CONNACK, failure by CONNACK or by closing. A code that a
    /// server may never send is told by `reserved-auth-code`. The short form of AUTH, without a Reason Code, stands for 0x00
    /// (Success).
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
    /// S>C AUTH code=0 authentication_method=M
    /// ```
    name: "server-auth-code-before-connack",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-2"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    super::asks_to_continue(context)
}
