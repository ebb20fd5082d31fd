use super::{Range, Ranged};
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// The Payload Format Indicator of a PUBLISH is neither 0 nor 1.
    ///
    /// ## Why it matters
    ///
    /// The receiver has to close the connection. A server that copies such a message makes its subscribers close
    /// theirs.
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
    binds: Sender,
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
