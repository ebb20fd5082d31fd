use crate::rule::prelude::*;

rule! {
    /// The server sent a packet after its DISCONNECT.
    ///
    /// In 5.0 a server may say DISCONNECT, with a reason; nothing may follow it. A packet of the *client* that is on its way
    /// then is no fault.
    ///
    /// ## Why it matters
    ///
    /// The client closes on DISCONNECT: what follows is lost, and messages that the server counts as delivered are not.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the server are missing: a new connection between the same ports may have begun.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C DISCONNECT code=0x8b
    /// S>C PINGRESP
    /// ```
    name: "server-sends-after-disconnect",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.14.4-1"],
    on: [AnyPacket, End],
}

fn check(context: &Context<'_>) -> Verdict {
    super::nothing_after_disconnect(context)
}
