use crate::rule::prelude::*;

rule! {
    /// The server closed with 0x9b (QoS not supported) although the client had published within the Maximum QoS of CONNACK.
    ///
    /// Without that property CONNACK allows QoS 2. Told as likely where the client had asked for QoS 1 or 2 in a SUBSCRIBE, which
    /// may have been the cause as well.
    ///
    /// ## Why it matters
    ///
    /// The client cannot know which QoS the server takes: it connects and fails for ever.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: they could have held a PUBLISH above the limit.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK
    /// C>S PUBLISH topic=a qos=2 packet_id=1
    /// S>C DISCONNECT code=0x9b
    /// ```
    name: "qos-limit-unannounced",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-9"],
    on: [Packet(PacketType::Disconnect), End],
}

fn check(context: &Context<'_>) -> Verdict {
    let (demand, maximum) = match super::demand(context) {
        Some(Ok(known)) => known,
        Some(Err(doubt)) => return Verdict::Inconclusive(doubt),
        None => return Verdict::NotApplicable,
    };
    if demand.published_qos == 0 || demand.published_qos > maximum {
        return Verdict::NotApplicable;
    }
    let verdict = match context.disconnect().map(|disconnect| (disconnect.reason_code, disconnect.reason_code_at)) {
        // What it could mean as well is a rule of its own.
        Some((Some(super::QOS_NOT_SUPPORTED), _)) if demand.requested_qos > maximum => Verdict::NotApplicable,
        Some((Some(super::QOS_NOT_SUPPORTED), at)) => {
            let qos = demand.published_qos;
            let message = format!("a PUBLISH with QoS {qos} is not supported, though CONNACK allows up to {maximum}");
            let fault = Fault::new(message).at(at, 1).related(context.session.connack().map(|connack| connack.stamp));
            Verdict::Fail(if demand.requested_qos > 0 { fault.likely() } else { fault })
        }
        None if !super::has_refused_qos(context) => Verdict::Pass,
        _ => Verdict::NotApplicable,
    };
    verdict.given(context.history(Role::Client))
}
