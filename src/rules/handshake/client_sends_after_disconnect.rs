use crate::rule::prelude::*;

rule! {
    /// The client sent a packet after its DISCONNECT.
    ///
    /// DISCONNECT is the last packet of a client on a connection. A packet of the *server* that is on its way then, for
    /// instance a PUBACK, is no fault.
    ///
    /// ## Why it matters
    ///
    /// The server has forgotten the connection: what follows is lost, or ends the connection with an error, and a client
    /// that goes on believes itself connected.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: a new connection between the same ports may have begun.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S DISCONNECT
    /// C>S PINGREQ
    /// ```
    name: "client-sends-after-disconnect",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: ["MQTT-3.14.4-2"],
    v5_0: ["MQTT-3.14.4-1"],
    on: [AnyPacket, End],
}

fn check(context: &Context<'_>) -> Verdict {
    super::nothing_after_disconnect(context)
}
