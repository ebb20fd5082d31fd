use crate::rule::prelude::*;

rule! {
    /// The sender of a PUBLISH with QoS 2 sent PUBREL although PUBREC had refused the message.
    ///
    /// A PUBREC with a Reason Code of 0x80 or above ends the exchange: its identifier is free, and there is nothing to
    /// release.
    ///
    /// ## Why it matters
    ///
    /// The sender has not looked at the Reason Code: it counts a refused message as delivered.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the receiver are missing: another PUBREC may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1 code=0x87
    /// C>S PUBREL packet_id=1
    /// ```
    name: "pubrel-after-refusal",
    binds: Sender,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["PE-1.2-2"],
    on: [Packet(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.step() {
        Step::Refused { pubrec } => {
            let fault = Fault::new("PUBREL for a message that PUBREC refused").at_id(context).related(*pubrec);
            Verdict::Fail(fault).given(context.whole_history())
        }
        _ => Verdict::NotApplicable,
    }
}
