use super::Once;
use crate::mqtt::PropertyId;
use crate::rule::prelude::*;

rule! {
    /// A SUBACK has more than one Reason String.
    ///
    /// ## Why it matters
    ///
    /// Only User Property may be repeated. There is one Reason String for the packet, not one for each filter. The
    /// client has to close the connection, and will not know whether it is subscribed.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S SUBSCRIBE packet_id=1 filter=a filter=b
    /// S>C SUBACK packet_id=1 codes=0,0 reason_string=a reason_string=b
    /// ```
    name: "repeated-suback-property",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-3.9.2.1.2-1"],
    on: [Packet(PacketType::Suback)],
}

const ONCE: &[Once] = &[(PropertyId::ReasonString, &["PE-3.9.2.1.2-1"])];

fn check(context: &Context<'_>) -> Verdict {
    super::unrepeated(super::own(context), ONCE)
}
