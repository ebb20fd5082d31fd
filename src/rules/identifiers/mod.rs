//! Packet Identifiers: which are free, and which packet answers which (3.1.1 section 2.3.1, 5.0 section 2.2.1).

use crate::rule::prelude::*;
use crate::rules;

rules![
    ack_for_unknown_id,
    client_qos_1_id_in_use,
    client_qos_2_id_in_use,
    client_request_id_in_use,
    pubcomp_for_unknown_id,
    pubrel_for_unknown_id,
    server_qos_1_id_in_use,
    server_qos_2_id_in_use,
    suback_for_unknown_id,
    unsuback_for_unknown_id,
];

/// Whether a packet that begins an exchange uses a Packet Identifier that is free.
fn free_id(context: &Context<'_>) -> Verdict {
    let (Step::Began { in_use }, Some((id, _)), Some(packet_type)) = (context.step(), context.packet_id(), context.packet_type()) else {
        return Verdict::NotApplicable;
    };
    match in_use {
        Some(holder) => {
            let (what, holds) = (packet_type.name(), holder.kind.name());
            let message = format!("{what} with Packet Identifier {id}, which a {holds} still holds that waits for its answer");
            Verdict::Fail(Fault::new(message).at_id(context).related(holder.begun)).given(context.whole_history())
        }
        // Only who began with an empty session has no identifier in use that was not seen.
        None => Verdict::Pass.given(context.whole_history()).given(context.session.is_fresh(context.subject)),
    }
}

/// The same for a PUBLISH with this QoS.
fn free_id_of_publish(context: &Context<'_>, qos: u8) -> Verdict {
    if context.header().is_some_and(|header| header.qos_bits() == qos) { free_id(context) } else { Verdict::NotApplicable }
}

/// Whether an answer of the kind that `unknown` describes belongs to something.
fn known_id(context: &Context<'_>, unknown: &str) -> Verdict {
    match (context.step(), context.packet_id(), context.packet_type()) {
        (Step::Answered(_) | Step::AnsweredLate | Step::ReleasedAgain, ..) => Verdict::Pass,
        (Step::Unknown { used: false } | Step::WrongKind { .. }, Some((id, _)), Some(packet_type)) => {
            let (what, peer) = (packet_type.name(), context.subject.peer());
            let fault = Fault::new(format!("{what} with Packet Identifier {id}, but the {peer} {unknown}")).at_id(context);
            Verdict::Fail(fault).given(context.history(context.subject.peer()))
        }
        _ => Verdict::NotApplicable,
    }
}
