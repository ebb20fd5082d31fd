use crate::rule::prelude::*;

rule! {
    /// An AUTH has a Reason Code that is not defined for it, or not for its sender.
    ///
    /// ## Why it matters
    ///
    /// There are three: 0x18 goes on, 0x19 of the client begins a re-authentication, 0x00 of the server ends one. With
    /// any other nobody knows whose turn it is.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c authentication_method=M
    /// S>C AUTH code=0x18 authentication_method=M
    /// C>S AUTH code=0x1a authentication_method=M
    /// ```
    name: "reserved-auth-code",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.15.2-1"],
    on: [Packet(PacketType::Auth)],
}

fn check(context: &Context<'_>) -> Verdict {
    let code = match context.packet().map(|packet| &packet.body) {
        Some(Body::Auth(auth)) => auth.reason_code.zip(Some(auth.reason_code_at)),
        _ => None,
    };
    super::defined(context, code)
}
