use crate::mqtt::reason;
use crate::rule::prelude::*;

rule! {
    /// A DISCONNECT has a Reason Code that is not defined for it, or not for its sender.
    ///
    /// A code that belongs to the other side is only a suspicion: the table says who sends each code, but the text only
    /// asks for a fitting one. So is 0x8c, "Bad authentication method", which is in one of two tables. 0x9b from a
    /// client is allowed.
    ///
    /// ## Why it matters
    ///
    /// The receiver cannot know why the connection ends. A server that does not know a code takes the packet for
    /// malformed and publishes the Will Message, although the client may have meant to leave quietly.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c
    /// S>C CONNACK
    /// C>S DISCONNECT code=1
    /// ```
    name: "reserved-disconnect-code",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.14.2-1"],
    on: [Packet(PacketType::Disconnect)],
}

/// "Bad authentication method": Table 2-6 has it for DISCONNECT, Table 3-10 does not.
const BAD_AUTHENTICATION_METHOD: u8 = 0x8c;

fn check(context: &Context<'_>) -> Verdict {
    let code = match context.packet().map(|packet| &packet.body) {
        Some(Body::Disconnect(disconnect)) => disconnect.reason_code.zip(Some(disconnect.reason_code_at)),
        _ => None,
    };
    match (super::defined(context, code), code) {
        (Verdict::Fail(fault), Some((code, _))) if reason::allowed(PacketType::Disconnect, code).is_some() => Verdict::Fail(fault.likely()),
        (_, Some((BAD_AUTHENTICATION_METHOD, at))) => {
            Verdict::Fail(Fault::new("the code 0x8c is in one of two tables of codes for DISCONNECT only").at(at, 1).likely())
        }
        (verdict, _) => verdict,
    }
}
