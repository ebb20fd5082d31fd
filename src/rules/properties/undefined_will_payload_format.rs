use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The Payload Format Indicator of the Will is neither 0 nor 1.
    ///
    /// ## Why it matters
    ///
    /// The server has to refuse the connection. Were it to accept the Will, its subscribers would have to close theirs
    /// when it is published.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S CONNECT version=5.0 client_id=c will_topic=w will_payload=x will.payload_format_indicator=2
    /// ```
    name: "undefined-will-payload-format",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.1.3.2.3-3"],
    on: [Packet(PacketType::Connect)],
}

const RANGES: &[Ranged] = &[(PropertyId::PayloadFormatIndicator, Range::ZeroOrOne, &["PE-3.1.3.2.3-3"])];

fn check(context: &Context<'_>) -> Verdict {
    super::in_range(super::of_will(context), RANGES)
}
