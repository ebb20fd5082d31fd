use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property occurs more than once in a DISCONNECT of the server.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The client cannot know which server it should go to instead.
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
    /// S>C DISCONNECT code=0x9c server_reference=a server_reference=b
    /// ```
    name: "repeated-server-disconnect-property",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.14.2.2.5-1", "PE-3.14.2.2.3-1"],
    on: [Packet(PacketType::Disconnect)],
}

const ONCE: &[Once] = &[(PropertyId::ServerReference, &["PE-3.14.2.2.5-1"]), (PropertyId::ReasonString, &["PE-3.14.2.2.3-1"])];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
