use crate::rule::prelude::*;

rule! {
    /// PUBACK or PUBREC carries a Packet Identifier with which the other side sent no PUBLISH.
    ///
    /// An answer has the identifier of what it answers. The identifiers of the two directions are apart: the client's 5 and
    /// the server's 5 are different things. A PUBLISH with QoS 0 has no identifier and gets no answer.
    ///
    /// ## Why it matters
    ///
    /// The PUBLISH that was meant stays unacknowledged: it blocks its identifier and its place in the window, and it is sent
    /// again.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the other side are missing, or the session is older than the connection: the PUBLISH may be from then.
    ///
    /// ## Example
    ///
    /// ```text
    /// C>S PUBLISH topic=a qos=1 packet_id=5
    /// S>C PUBACK packet_id=6
    /// ```
    name: "ack-for-unknown-id",
    binds: Sender,
    severity: Error,
    v3_1: Same,
    v3_1_1: ["MQTT-2.3.1-6"],
    v5_0: ["MQTT-2.2.1-5"],
    on: [Packet(PacketType::Puback), Packet(PacketType::Pubrec)],
}

fn check(context: &Context<'_>) -> Verdict {
    match context.step() {
        // Of the wrong kind, but for an identifier that is known.
        Step::WrongKind { .. } => Verdict::NotApplicable,
        Step::Unknown { .. } => super::known_id(context, "sent no PUBLISH with it").given(context.session.is_fresh(context.subject)),
        _ => super::known_id(context, ""),
    }
}
