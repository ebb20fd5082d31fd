use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property occurs more than once in a DISCONNECT of the client.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The server cannot know how long to keep the session; it may take the
    /// DISCONNECT for malformed and publish the Will Message.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c session_expiry_interval=60
    /// S>C CONNACK
    /// C>S DISCONNECT session_expiry_interval=10 session_expiry_interval=20
    /// ```
    name: "repeated-client-disconnect-property",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.14.2.2.2-1", "PE-3.14.2.2.3-1"],
    on: [Packet(PacketType::Disconnect)],
}

const ONCE: &[Once] = &[(PropertyId::SessionExpiryInterval, &["PE-3.14.2.2.2-1"]), (PropertyId::ReasonString, &["PE-3.14.2.2.3-1"])];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
