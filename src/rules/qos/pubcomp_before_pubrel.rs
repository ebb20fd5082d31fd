use crate::rule::prelude::*;

rule! {
    /// The receiver of a PUBLISH with QoS 2 sent PUBCOMP before it got PUBREL.
    ///
    /// ## Why it matters
    ///
    /// The sender may use the identifier again while the receiver still waits for PUBREL: it takes the next message for a
    /// repeat of this one.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the sender are missing, PUBREL may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1 ; PUBCOMP packet_id=1
    /// ```
    name: "pubcomp-before-pubrel",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-2"],
    v5_0: ["PE-1.2-2"],
    on: [Packet(PacketType::Pubcomp)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.step() {
        Step::Answered(_) => Verdict::Pass,
        Step::Early { begun } => {
            let fault = Fault::new("PUBCOMP before the PUBREL that it answers").at(0, 1).related(*begun);
            Verdict::Fail(fault).given(context.whole_history())
        }
        _ => Verdict::NotApplicable,
    }
}
