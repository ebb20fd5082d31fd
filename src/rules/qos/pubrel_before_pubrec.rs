use crate::rule::prelude::*;

rule! {
    /// The sender of a PUBLISH with QoS 2 sent PUBREL before it got PUBREC.
    ///
    /// ## Why it matters
    ///
    /// PUBREL promises that the PUBLISH will not be sent again. Before PUBREC nobody knows whether it arrived.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the receiver are missing, PUBREC may be among them.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1 ; PUBREL packet_id=1
    /// S>C PUBREC packet_id=1
    /// ```
    name: "pubrel-before-pubrec",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-1"],
    v5_0: ["MQTT-4.3.3-3"],
    on: [Packet(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.step() {
        Step::Answered(_) => Verdict::Pass,
        Step::Early { begun } => {
            let fault = Fault::new("PUBREL before the PUBREC that it answers").at(0, 1).related(*begun);
            Verdict::Fail(fault).given(context.whole_history())
        }
        _ => Verdict::NotApplicable,
    }
}
