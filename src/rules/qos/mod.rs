//! The acknowledgements of QoS 1 and 2 (3.1.1 and 5.0 sections 3.3.4, 4.3 and 4.6).

use crate::rule::prelude::*;
use crate::rules;

rules![
    client_puback_missing,
    client_pubrec_missing,
    expired_message_abandoned,
    puback_out_of_order,
    puback_to_qos_2,
    pubcomp_before_pubrel,
    pubcomp_missing,
    publish_after_pubrel,
    pubrec_out_of_order,
    pubrec_to_qos_1,
    pubrel_after_refusal,
    pubrel_before_pubrec,
    pubrel_missing,
    pubrel_out_of_order,
    server_puback_missing,
    server_pubrec_missing,
    surplus_ack,
    surplus_pubcomp,
    unsubscribed_message_abandoned,
];

/// Whether an acknowledgement is of another kind than the PUBLISH under its identifier asks for.
fn right_kind(context: &Context<'_>) -> Verdict {
    let (Some((id, _)), Some(packet_type)) = (context.packet_id(), context.packet_type()) else { return Verdict::NotApplicable };
    match context.step() {
        Step::Answered(_) | Step::AnsweredLate => Verdict::Pass,
        Step::WrongKind { begun, qos } => {
            let message = format!("{} for Packet Identifier {id}, whose PUBLISH has QoS {qos}", packet_type.name());
            let fault = Fault::new(message).at(0, 1).related(*begun);
            Verdict::Fail(fault).given(context.history(context.subject.peer()))
        }
        _ => Verdict::NotApplicable,
    }
}

/// Whether an acknowledgement comes in the order of what it answers.
fn in_order(context: &Context<'_>, answered: &str) -> Verdict {
    let (Some((id, _)), Some(packet_type)) = (context.packet_id(), context.packet_type()) else { return Verdict::NotApplicable };
    let Step::Answered(step) = context.step() else { return Verdict::NotApplicable };
    let verdict = match step.overtaken_by {
        None => Verdict::Pass,
        Some(earlier) => {
            let what = packet_type.name();
            let message = format!("{what} {id} after the {what} to a later {answered}");
            Verdict::Fail(Fault::new(message).at_id(context).related(step.request).related(earlier))
        }
    };
    verdict.given(context.whole_history())
}

/// Whether an acknowledgement has a packet to answer under an identifier that was in use before.
fn not_surplus(context: &Context<'_>, answered: &str) -> Verdict {
    let (Some((id, _)), Some(packet_type)) = (context.packet_id(), context.packet_type()) else { return Verdict::NotApplicable };
    match context.step() {
        Step::Answered(_) | Step::AnsweredLate => Verdict::Pass,
        Step::Unknown { used: true } => {
            let fault = Fault::new(format!("more {}s than {answered} with Packet Identifier {id}", packet_type.name()));
            let known = context.whole_history().and_then(|()| context.session.is_fresh(context.subject));
            Verdict::Fail(fault.at_id(context).likely()).given(known)
        }
        _ => Verdict::NotApplicable,
    }
}
