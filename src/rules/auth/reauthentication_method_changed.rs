use crate::rule::prelude::*;

rule! {
    /// The client began to authenticate again with another Authentication Method than before.
    ///
    /// ## Why it matters
    ///
    /// A change of the method needs a new connection; the server closes this one.
    ///
    /// ## Inconclusive
    ///
    /// When the CONNECT is not in the capture.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c1 authentication_method=M
    /// S>C CONNACK authentication_method=M
    /// C>S AUTH code=0x19 authentication_method=N
    /// ```
    name: "reauthentication-method-changed",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-4.12.1-1", "MQTT-4.12.0-5", "PE-3.15-1"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    if super::starts_anew(context) { super::same_method(context) } else { Verdict::NotApplicable }
}
