use crate::rule::prelude::*;

rule! {
    /// AUTH has another Authentication Method than CONNECT.
    ///
    /// The AUTH by which a client begins to authenticate again is `reauthentication-method-changed`. An AUTH without a method
    /// is a fault of its own.
    ///
    /// ## Why it matters
    ///
    /// The two sides talk about different methods; what one sends means nothing to the other, or something else than it
    /// thinks.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 authentication_method=M
    /// S>C AUTH code=0x18 authentication_method=N
    /// ```
    name: "authentication-method-changed",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.0-5", "PE-3.15-1"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    if super::starts_anew(context) { Verdict::NotApplicable } else { super::same_method(context) }
}
