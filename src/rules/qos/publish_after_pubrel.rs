use crate::rule::prelude::*;
use crate::session::Stage;

rule! {
    /// A PUBLISH with QoS 2 was sent again after its PUBREL.
    ///
    /// Once PUBREL was sent, what has to be sent again is PUBREL, never the PUBLISH.
    ///
    /// ## Why it matters
    ///
    /// The receiver has forgotten the message on PUBREL and takes the repeat for a new one: it is delivered twice, which QoS 2
    /// is there to prevent.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of either side are missing.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C PUBREC packet_id=1
    /// C>S PUBREL packet_id=1
    /// C>S PUBLISH topic=a qos=2 packet_id=1 dup
    /// ```
    name: "publish-after-pubrel",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-4.3.3-1"],
    v5_0: ["MQTT-4.3.3-6"],
    on: [Packet(PacketType::Publish)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.step() {
        Step::Resent { first, stage: Stage::Released, .. } if context.header().is_some_and(|header| header.qos_bits() == 2) => {
            Verdict::Fail(Fault::new("PUBLISH again after its PUBREL").at_id(context).related(*first)).given(context.whole_history())
        }
        _ => Verdict::NotApplicable,
    }
}
