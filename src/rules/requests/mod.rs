//! SUBSCRIBE and UNSUBSCRIBE and their answers (3.1.1 and 5.0 sections 3.8 to 3.11).

use crate::rule::prelude::*;
use crate::rules;
use crate::session::Family;

rules![
    granted_above_requested,
    idle_unsubscribe_unanswered,
    suback_code_count,
    suback_out_of_order,
    suback_repeated,
    subscribe_unanswered,
    unsuback_code_count,
    unsuback_out_of_order,
    unsuback_repeated,
    unsubscribe_unanswered,
];

/// The statements that a second answer breaks.
#[derive(Clone, Copy)]
struct Clauses {
    /// Where the request has several Topic Filters: that there is one answer to it is said of those only.
    several: &'static [&'static str],
    /// Where it has one: no request waits for the answer.
    one: &'static [&'static str],
}

/// Whether an answer to a request is the first one.
fn not_repeated(context: &Context<'_>, request: &str, family: Family, clauses: Clauses) -> Verdict {
    let (Some((id, _)), Some(packet_type)) = (context.packet_id(), context.packet_type()) else { return Verdict::NotApplicable };
    match context.step() {
        Step::Answered(_) => Verdict::Pass,
        Step::Unknown { used: true } => {
            let fault = Fault::new(format!("another {} for the {request} with Packet Identifier {id}", packet_type.name()));
            let several = context.session.exchanges().has_several_filters(family, id);
            let fault = fault.at_id(context).citing(if several { clauses.several } else { clauses.one });
            Verdict::Fail(fault).given(context.history(Role::Client))
        }
        _ => Verdict::NotApplicable,
    }
}

/// Whether what waits, or is answered, is an UNSUBSCRIBE of filters that certainly were not subscribed.
fn is_idle(context: &Context<'_>) -> bool {
    match (&context.event, context.step()) {
        (Event::Unanswered { unanswered, .. }, _) => unanswered.idle,
        (_, Step::Answered(answered)) => {
            answered.requested.len() == answered.filters && answered.requested.iter().all(|subscribed| *subscribed == 0)
        }
        _ => false,
    }
}

/// Whether an answer has one code for each Topic Filter of its request.
fn one_code_each(context: &Context<'_>, codes: &[u8], codes_at: u32) -> Verdict {
    let Step::Answered(answered) = context.step() else { return Verdict::NotApplicable };
    if answered.mixed {
        return Verdict::NotApplicable;
    }
    let verdict = Verdict::require(codes.len() == answered.filters, || {
        let count = |count: usize, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
        let message = format!("{} for {}", count(codes.len(), "code"), count(answered.filters, "Topic Filter"));
        Fault::new(message).at(codes_at, codes.len()).related(answered.request)
    });
    verdict.given(context.history(Role::Client))
}

/// How the codes of a SUBACK go with the QoS that was asked for.
enum Grants {
    /// None is above.
    Fit,
    /// The code at this place is, but in another order all would fit.
    Swapped(usize),
    /// The code at this place is, in any order.
    Raised(usize),
}

fn grants(requested: &[u8], codes: &[u8]) -> Grants {
    let Some(place) = requested.iter().zip(codes).position(|(asked, code)| *code <= 2 && code > asked) else { return Grants::Fit };
    let (mut asked, mut granted): (Vec<u8>, Vec<u8>) = (requested.to_vec(), codes.iter().copied().filter(|code| *code <= 2).collect());
    asked.sort_unstable_by(|a, b| b.cmp(a));
    granted.sort_unstable_by(|a, b| b.cmp(a));
    if granted.iter().zip(&asked).all(|(granted, asked)| granted <= asked) { Grants::Swapped(place) } else { Grants::Raised(place) }
}

/// What a SUBACK grants, where that can be held against its SUBSCRIBE.
fn grants_of<'a>(context: &Context<'a>) -> Option<(Grants, &'a [u8], u32)> {
    let (Step::Answered(answered), Some(suback)) = (context.step(), context.suback()) else { return None };
    if answered.mixed || answered.requested.len() != suback.codes.len() || suback.codes.is_empty() {
        return None;
    }
    Some((grants(&answered.requested, suback.codes), suback.codes, suback.codes_at))
}
