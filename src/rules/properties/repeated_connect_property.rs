use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property occurs more than once in the properties of a CONNECT.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The server cannot know which of two values the client means, and has to
    /// refuse the connection. The usual cause is a list of options that grows each time the client connects again.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c receive_maximum=10 receive_maximum=20
    /// ```
    name: "repeated-connect-property",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: [
        "PE-3.1.2.11.2-1",
        "PE-3.1.2.11.3-1",
        "PE-3.1.2.11.4-1",
        "PE-3.1.2.11.5-1",
        "PE-3.1.2.11.6-1",
        "PE-3.1.2.11.7-1",
        "PE-3.1.2.11.9-1",
        "PE-3.1.2.11.10-2",
    ],
    on: [Packet(PacketType::Connect)],
}

const ONCE: &[Once] = &[
    (PropertyId::SessionExpiryInterval, &["PE-3.1.2.11.2-1"]),
    (PropertyId::ReceiveMaximum, &["PE-3.1.2.11.3-1"]),
    (PropertyId::MaximumPacketSize, &["PE-3.1.2.11.4-1"]),
    (PropertyId::TopicAliasMaximum, &["PE-3.1.2.11.5-1"]),
    (PropertyId::RequestResponseInformation, &["PE-3.1.2.11.6-1"]),
    (PropertyId::RequestProblemInformation, &["PE-3.1.2.11.7-1"]),
    (PropertyId::AuthenticationMethod, &["PE-3.1.2.11.9-1"]),
    (PropertyId::AuthenticationData, &["PE-3.1.2.11.10-2"]),
];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
