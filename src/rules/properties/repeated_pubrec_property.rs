use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A PUBREC has more than one Reason String.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. The sender of the message has to close the connection, with the QoS 2
    /// exchange half done.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1 reason_string=a reason_string=b
    /// ```
    name: "repeated-pubrec-property",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.5.2.2.2-1"],
    on: [Packet(PacketType::Pubrec)],
}

const ONCE: &[Once] = &[(PropertyId::ReasonString, &["PE-3.5.2.2.2-1"])];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
