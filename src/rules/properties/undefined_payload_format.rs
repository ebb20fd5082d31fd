use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The client sends a PUBLISH whose Payload Format Indicator is neither 0 nor 1.
    ///
    /// A copy that the server forwards is not looked at: the server has to pass the indicator on as it came.
    ///
    /// ## Why it matters
    ///
    /// The value means nothing. A server that does not look at it copies it to its subscribers, which close their connections
    /// if they do.
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
    /// C>S PUBLISH topic=a payload_format_indicator=2
    /// ```
    name: "undefined-payload-format",
    binds: Client,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.3.2.3.2-3"],
    on: [Packet(PacketType::Publish)],
}

const RANGES: &[Ranged] = &[(PropertyId::PayloadFormatIndicator, Range::ZeroOrOne, &["PE-3.3.2.3.2-3"])];

fn check(context: &Context<'_>) -> Verdict {
    super::in_range(super::own(context), RANGES)
}
