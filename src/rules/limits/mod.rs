//! What one side announces and the other has to keep: quotas, QoS, retained messages, kinds of subscriptions (5.0 sections
//! 3.1.2.11, 3.2.2.3 and 4.9).

use crate::rule::prelude::*;
use crate::rules;
use crate::session::{ConnectFacts, Demand};

rules![
    client_exceeds_receive_maximum,
    client_stalls_at_receive_maximum,
    publish_above_maximum_qos,
    qos_limit_unannounced,
    retain_unavailable,
    retained_will_accepted,
    server_exceeds_receive_maximum,
    server_stalls_at_receive_maximum,
    shared_subscriptions_unavailable,
    subscribe_refused_for_qos,
    subscription_ids_unavailable,
    unwanted_problem_information,
    wildcards_unavailable,
    will_qos_beyond_limit_accepted,
];

/// Reason Code: QoS not supported.
const QOS_NOT_SUPPORTED: u8 = 0x9b;

/// Whether a PUBLISH with QoS 1 or 2 is within the Receive Maximum of its receiver.
fn within_receive_maximum(context: &Context<'_>) -> Verdict {
    if !matches!(context.step(), Step::Began { .. }) {
        return Verdict::NotApplicable;
    }
    let quota = context.session.quota(context.subject);
    let verdict = context.under_limits(|limits| match u32::from(limits.receive_maximum) {
        // A Protocol Error of its own.
        0 => Verdict::NotApplicable,
        maximum => Verdict::require(quota.used <= maximum, || {
            let (used, peer) = (quota.used, context.subject.peer());
            let message = format!("{used} PUBLISH packets with QoS 1 or 2 are unacknowledged, Receive Maximum of the {peer} is {maximum}");
            Fault::new(message).at_id(context).related(quota.full)
        }),
    });
    verdict.given(context.whole_history())
}

/// A verdict on a PUBLISH under the limits of CONNACK. A message of an earlier connection has to be sent again (section 4.4), with
/// the QoS and RETAIN that it had: what CONNACK says meanwhile is against that, so the fault is likely only.
fn unless_repeated(context: &Context<'_>, verdict: Verdict) -> Verdict {
    let resumed = context.session.connack().is_some_and(|connack| connack.session_present == Some(true));
    let repeated = resumed && context.header().is_some_and(|header| header.dup());
    match verdict {
        Verdict::Fail(fault) if repeated => Verdict::Fail(fault.likely()),
        verdict => verdict,
    }
}

/// Whether an answer was held back until the Receive Maximum of the peer was no longer reached.
fn not_stalled(context: &Context<'_>) -> Verdict {
    let (Some(judged), Some(packet_type)) = (context.judged(), context.packet_type()) else { return Verdict::NotApplicable };
    let asked = match context.step() {
        Step::Answered(answered) => Some(answered.request),
        _ if packet_type == PacketType::Pingresp => context.session.oldest_ping(),
        _ => None,
    };
    let Some(asked) = asked else { return Verdict::NotApplicable };
    let (now, timeout) = (judged.framed.begin.stamp.time, context.policy.response_timeout);
    let quota = context.session.quota(context.subject);
    let late = now.since(asked.time) >= timeout;
    let verdict = match (quota.full, quota.was_full) {
        (Some(_), _) if !late => Verdict::Pass,
        (None, Some((from, until))) if late => {
            let held = until.time.since(from.time.max(asked.time)) >= timeout && now.since(until.time) <= context.policy.close_timeout;
            if !held {
                return Verdict::NotApplicable;
            }
            let (what, seconds) = (packet_type.name(), now.since(asked.time).as_secs());
            let message = format!("{what} after {seconds} s, when the Receive Maximum was no longer reached");
            Verdict::Fail(Fault::new(message).related(asked).related(until).likely())
        }
        _ => Verdict::NotApplicable,
    };
    verdict.given(context.whole_history())
}

/// What the client has asked for, and the Maximum QoS that CONNACK allows it; nothing where neither the Will nor CONNACK leaves
/// a question.
fn demand(context: &Context<'_>) -> Option<Result<(Demand, u8), Doubt>> {
    let Some(connack) = context.session.connack() else { return context.history(Role::Server).err().map(Err) };
    let maximum = connack.maximum_qos;
    let will = context.session.connect().map_or(0, |connect| connect.will_qos);
    let usable = connack.accepted() && connack.is_clear && will <= maximum;
    usable.then(|| Ok((context.session.demand(), maximum)))
}

/// Whether the server has closed because of a QoS.
fn has_refused_qos(context: &Context<'_>) -> bool {
    context.session.disconnect(Role::Server).is_some_and(|(code, _)| code == Some(QOS_NOT_SUPPORTED))
}

/// Whether CONNACK accepts a Will Message that it says, by the value of a property, not to support.
fn will_accepted(
    context: &Context<'_>,
    refusal: u8,
    property: PropertyId,
    fault: impl FnOnce(&ConnectFacts, u8) -> Option<String>,
) -> Verdict {
    let (Some(known), Some(connack)) = (context.sole_connack(), context.connack()) else { return Verdict::NotApplicable };
    let (connect, code) = match known {
        Ok(known) => known,
        Err(doubt) => return Verdict::Inconclusive(doubt),
    };
    if !connect.will || connect.malformed {
        return Verdict::NotApplicable;
    }
    if code == refusal {
        return Verdict::Pass;
    }
    let Some(limit) = connack.properties.find(property).filter(|_| code == 0 && connack.properties.count(property) == 1) else {
        return Verdict::NotApplicable;
    };
    match connack.properties.byte(property).and_then(|value| fault(connect, value)) {
        Some(message) => Verdict::Fail(Fault::new(message).at(limit.at, usize::from(limit.id_len) + 1).related(connect.stamp)),
        None => Verdict::NotApplicable,
    }
}
