//! What one side has to do after a fault of the other, a refusal or a DISCONNECT: close (3.1.1 section 4.8; 5.0 section 4.13).

use std::time::Duration;

use crate::rule::prelude::*;
use crate::rules;
use crate::session::Doubt;

rules![
    bad_connect_not_closed,
    bad_string_not_closed,
    client_open_after_disconnect,
    disconnected_client_not_closed,
    late_connect_awaited,
    malformed_packet_not_closed,
    qos_3_not_closed,
    refused_client_not_closed,
    requested_qos_not_closed,
    second_connect_not_closed,
    server_flags_not_closed,
    server_open_after_disconnect,
    unanswered_connect_not_closed,
    unanswered_pingreq_not_closed,
    unknown_level_not_closed,
    violation_not_closed,
    wrong_flags_not_closed,
];

/// Rules that find wrong flags in the first byte.
const FLAGS: [&str; 5] =
    ["reserved-flags-set", "wrong-pubrel-flags", "wrong-subscribe-flags", "wrong-unsubscribe-flags", "wrong-auth-flags"];

/// Rules whose faults have a statement of their own on how to react (3.1.1).
const HAVE_RULES: [&str; 14] = [
    "reserved-flags-set",
    "wrong-pubrel-flags",
    "wrong-subscribe-flags",
    "wrong-unsubscribe-flags",
    "wrong-auth-flags",
    "topic-name-not-utf8",
    "subscribe-filter-not-utf8",
    "unsubscribe-filter-not-utf8",
    "nul-in-topic-name",
    "nul-in-subscribe-filter",
    "nul-in-unsubscribe-filter",
    "publish-qos-3",
    "requested-qos-3",
    "reserved-subscription-bits",
];

/// The verdict, a fault citing these statements.
fn citing(verdict: Verdict, clauses: &'static [&'static str]) -> Verdict {
    match verdict {
        Verdict::Fail(fault) => Verdict::Fail(fault.citing(clauses)),
        verdict => verdict,
    }
}

/// Whether a DISCONNECT with this Reason Code tells that a re-authentication failed: most codes name another cause.
fn ends_reauthentication(context: &Context<'_>, code: u8) -> bool {
    matches!(code, 0x80 | 0x83 | 0x87 | 0x8c) && context.session.is_reauthenticating()
}

/// Whether a client that waits for an answer that does not come closes some time after `patience`.
fn gave_up(context: &Context<'_>, patience: Duration, answer: &str) -> Verdict {
    let Event::Unanswered { unanswered, since, open, cut, .. } = *context.event else { return Verdict::NotApplicable };
    let limit = patience + context.policy.close_timeout;
    let verdict = if !unanswered.certain {
        Verdict::Inconclusive(Doubt::Boundary)
    } else if open > limit {
        let seen = context.session.keep_alive().last_seen(context.subject).map_or(Duration::ZERO, |seen| seen.time.since(since.time));
        let fault = Fault::new(format!("not closed though no {answer} came for {:.1} s", open.as_secs_f64()));
        Verdict::Fail(if seen >= limit { fault } else { fault.likely() })
    } else if cut {
        Verdict::Inconclusive(Doubt::CaptureEnd)
    } else if open >= patience {
        Verdict::Pass
    } else {
        Verdict::NotApplicable
    };
    verdict.given(context.whole_history())
}
