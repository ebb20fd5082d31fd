use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A property of CONNECT has a value that is not allowed.
    ///
    /// ## Why it matters
    ///
    /// Receive Maximum and Maximum Packet Size are at least 1: with 0 the server could send nothing at all. To set no
    /// limit the property is left out. Request Response Information and Request Problem Information are 0 or 1. The
    /// server has to refuse the connection.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c receive_maximum=0
    /// ```
    name: "connect-property-out-of-range",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.1.2.11.3-2", "PE-3.1.2.11.4-2", "PE-3.1.2.11.6-2", "PE-3.1.2.11.7-2"],
    on: [Packet(PacketType::Connect)],
}

const RANGES: &[Ranged] = &[
    (PropertyId::ReceiveMaximum, Range::NotZero, &["PE-3.1.2.11.3-2"]),
    (PropertyId::MaximumPacketSize, Range::NotZero, &["PE-3.1.2.11.4-2"]),
    (PropertyId::RequestResponseInformation, Range::ZeroOrOne, &["PE-3.1.2.11.6-2"]),
    (PropertyId::RequestProblemInformation, Range::ZeroOrOne, &["PE-3.1.2.11.7-2"]),
];

fn check(context: &Context<'_>) -> Verdict {
    super::in_range(super::own(context), RANGES)
}
