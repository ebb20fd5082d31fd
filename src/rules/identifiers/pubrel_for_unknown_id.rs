use crate::rule::prelude::*;

rule! {
    /// PUBREL carries a Packet Identifier for which its sender has no PUBLISH with QoS 2, and the other side sent no PUBREC.
    ///
    /// In 5.0 a PUBREL with Reason Code 0x92 (Packet Identifier not found) is the legal answer to a PUBREC that its receiver
    /// knows nothing of.
    ///
    /// ## Why it matters
    ///
    /// The message that should have been released is not passed on by receivers that wait for PUBREL.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the other side are missing, or the session is older than the connection: its PUBLISH may be from then.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=2 packet_id=5
    /// S>C PUBREC packet_id=5
    /// C>S PUBREL packet_id=6
    /// ```
    name: "pubrel-for-unknown-id",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-6"],
    v5_0: ["MQTT-2.2.1-5"],
    on: [Packet(PacketType::Pubrel)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (Some((id, _)), Some(ack)) = (context.packet_id(), context.ack()) else { return Verdict::NotApplicable };
    let message = match context.step() {
        Step::Answered(_) | Step::AnsweredLate | Step::ReleasedAgain => return Verdict::Pass,
        Step::Unknown { used: false } if ack.reason_code == Some(0x92) => return Verdict::NotApplicable,
        Step::Unknown { used: false } => format!("PUBREL with Packet Identifier {id}, with which no PUBLISH was sent"),
        Step::WrongKind { .. } => format!("PUBREL with Packet Identifier {id}, which belongs to a PUBLISH with QoS 1"),
        _ => return Verdict::NotApplicable,
    };
    let fault = Fault::new(message).at_id(context);
    Verdict::Fail(fault).given(context.whole_history()).given(context.session.is_fresh(context.subject))
}
