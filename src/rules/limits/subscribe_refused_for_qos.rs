use crate::mqtt::Suback;

use crate::rule::prelude::*;
use crate::session::Demand;
use crate::show;

rule! {
    /// The server did not take a SUBSCRIBE because of its Requested QoS.
    ///
    /// Maximum QoS limits what the client publishes. For a SUBSCRIBE with a higher QoS the server has to grant what it can.
    ///
    /// Proven by a DISCONNECT with 0x9b (QoS not supported) where the client had published nothing with QoS 1 or 2. Likely
    /// where it had, or where SUBACK refused a filter (0x80 or 0x83) and later granted the same one with a QoS within the
    /// limit.
    ///
    /// ## Why it matters
    ///
    /// A client that subscribes with QoS 2 everywhere, as many do, gets nothing at all.
    ///
    /// ## Inconclusive
    ///
    /// When bytes of the client are missing: they could have held a PUBLISH above the limit.
    ///
    /// ## Example
    ///
    /// ```text
    /// S>C CONNACK maximum_qos=0
    /// C>S SUBSCRIBE packet_id=1 filter=t:2
    /// S>C DISCONNECT code=0x9b
    /// ```
    name: "subscribe-refused-for-qos",
    binds: Server,
    severity: Error,
    v3_1: No,
    v3_1_1: [],
    v5_0: ["MQTT-3.2.2-10"],
    on: [Packet(PacketType::Disconnect), Packet(PacketType::Suback)],
}

fn check(context: &Context<'_>) -> Verdict {
    let (demand, maximum) = match super::demand(context) {
        Some(Ok(known)) => known,
        Some(Err(doubt)) => return Verdict::Inconclusive(doubt),
        None => return Verdict::NotApplicable,
    };
    let verdict = match context.suback() {
        Some(suback) => granted_below(context, suback, maximum),
        None => refused_at_all(context, demand, maximum),
    };
    verdict.given(context.history(Role::Client))
}

fn refused_at_all(context: &Context<'_>, demand: Demand, maximum: u8) -> Verdict {
    let Some(disconnect) = context.disconnect() else { return Verdict::NotApplicable };
    // A PUBLISH may be the cause too.
    let sure = demand.published_qos == 0;
    if disconnect.reason_code != Some(super::QOS_NOT_SUPPORTED)
        || demand.published_qos > maximum
        || demand.requested_qos == 0
        || !(sure || demand.requested_qos > maximum)
    {
        return Verdict::NotApplicable;
    }
    let fault =
        Fault::new(format!("SUBSCRIBE with Requested QoS {} is not supported", demand.requested_qos)).at(disconnect.reason_code_at, 1);
    Verdict::Fail(if sure { fault } else { fault.likely() })
}

fn granted_below(context: &Context<'_>, suback: &Suback<'_>, maximum: u8) -> Verdict {
    let (Step::Answered(answered), Some((id, _))) = (context.step(), context.packet_id()) else { return Verdict::NotApplicable };
    let Some(subscriptions) = context.session.subscriptions().filter(|_| !answered.mixed && maximum < 2) else {
        return Verdict::NotApplicable;
    };
    let mut verdict = Verdict::NotApplicable;
    for (filter, subscription, place) in subscriptions.pending(id) {
        let (requested, code) = (subscription.options & 3, suback.codes.get(place).copied());
        if !matches!(code, Some(0..=2)) {
            continue;
        }
        match subscription.refused_qos {
            Some(refused) if refused > maximum && requested <= maximum => {
                let filter = show::short(filter, 40);
                let message = format!("\"{filter}\" is granted with QoS {requested}, but was refused with QoS {refused}");
                let fault = Fault::new(message).at(suback.codes_at + place as u32, 1);
                return Verdict::Fail(fault.related(answered.request).likely());
            }
            _ if requested > maximum => verdict = Verdict::Pass,
            _ => {}
        }
    }
    verdict
}
