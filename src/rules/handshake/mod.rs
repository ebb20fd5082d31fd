//! How a connection begins and ends: CONNECT, CONNACK, DISCONNECT (3.1.1 and 5.0 sections 3.1, 3.2 and 3.14).

use crate::rule::prelude::*;
use crate::rules;

rules![
    answered_after_refusal,
    assigned_client_id_missing,
    client_sends_after_disconnect,
    connack_not_first,
    connack_unasked,
    connect_not_first,
    connect_repeated,
    connect_unanswered,
    disconnect_before_connack,
    empty_client_id_accepted,
    legal_client_id_rejected,
    malformed_connect_answered,
    response_information_unasked,
    second_connect_answered,
    server_sends_after_disconnect,
    session_expiry_revived,
    session_present_after_clean_start,
    unknown_level_accepted,
    wrong_protocol_name_accepted,
];

/// Whether the side that is judged has sent anything after its DISCONNECT.
fn nothing_after_disconnect(context: &Context<'_>) -> Verdict {
    let role = context.subject;
    let Some((_, disconnect)) = context.session.disconnect(role) else { return Verdict::NotApplicable };
    let verdict = match context.packet_type() {
        Some(packet_type) => Verdict::Fail(Fault::new(format!("{} after DISCONNECT", packet_type.name())).related(disconnect)),
        None if context.session.last_packet_type(role) == Some(PacketType::Disconnect) => Verdict::Pass,
        None => Verdict::NotApplicable,
    };
    verdict.given(context.history(role))
}
