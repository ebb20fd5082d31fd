use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A PUBCOMP has more than one Reason String.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The sender of the message has to close the connection, and keeps the Packet
    /// Identifier in use.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1
    /// C>S PUBREL packet_id=1
    /// S>C PUBCOMP packet_id=1 reason_string=a reason_string=b
    /// ```
    name: "repeated-pubcomp-property",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.7.2.2.2-1"],
    on: [Packet(PacketType::Pubcomp)],
}

const ONCE: &[Once] = &[(PropertyId::ReasonString, &["PE-3.7.2.2.2-1"])];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
