use crate::mqtt::reason;
use crate::rule::prelude::*;

rule! {
    /// An UNSUBACK has a Reason Code that is not defined for it.
    ///
    /// ## Why it matters
    ///
    /// The client cannot know whether the subscription is gone. Servers that answer with one of the codes of SUBACK,
    /// such as 0x97, mean a failure; one that answers with 1 may have its codes from another table.
    ///
    /// ## Inconclusive
    ///
    /// When the packet is not whole in the capture, or when its boundary or the protocol version had to be guessed.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S UNSUBSCRIBE packet_id=1 filter=a
    /// S>C UNSUBACK packet_id=1 codes=0x97
    /// ```
    name: "reserved-unsuback-code",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.11.3-2"],
    on: [Packet(PacketType::Unsuback)],
}

fn check(context: &Context<'_>) -> Verdict {
    let Some(Body::Unsuback(unsuback)) = context.packet().map(|packet| &packet.body) else { return Verdict::NotApplicable };
    if unsuback.codes.is_empty() {
        return Verdict::NotApplicable;
    }
    let mut codes = unsuback.codes.iter().copied().zip(unsuback.codes_at..);
    let undefined = codes.find(|(code, _)| reason::allowed(PacketType::Unsuback, *code).is_none());
    Verdict::unless(undefined.map(|(code, at)| Fault::new(format!("the code 0x{code:02x} is not defined for UNSUBACK")).at(at, 1)))
}
