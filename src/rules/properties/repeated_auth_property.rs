use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property occurs more than once in an AUTH.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The receiver has to close the connection, so nobody gets in this way.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c authentication_method=M
    /// S>C AUTH code=0x18 authentication_method=M authentication_data=a authentication_data=b
    /// ```
    name: "repeated-auth-property",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.15.2.2.2-2", "PE-3.15.2.2.3-1", "PE-3.15.2.2.4-1"],
    on: [Packet(PacketType::Auth)],
}

const ONCE: &[Once] = &[
    (PropertyId::AuthenticationMethod, &["PE-3.15.2.2.2-2"]),
    (PropertyId::AuthenticationData, &["PE-3.15.2.2.3-1"]),
    (PropertyId::ReasonString, &["PE-3.15.2.2.4-1"]),
];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
