//! Enhanced authentication (5.0 sections 3.15 and 4.12).

use crate::rule::prelude::*;
use crate::rules;

rules![
    auth_out_of_turn,
    authentication_method_changed,
    client_auth_code_before_connack,
    client_auth_unasked,
    connack_method_unasked,
    connack_without_authentication_method,
    packet_during_authentication,
    reauthentication_method_changed,
    server_auth_code_before_connack,
    server_auth_unasked,
];

/// Reason Codes of AUTH.
const CONTINUE: u8 = 0x18;
const REAUTHENTICATE: u8 = 0x19;

/// The side that is judged may send this code at some time (section 3.15.2.1); any other is a fault of its own.
fn is_for_side(context: &Context<'_>, code: u8) -> bool {
    match context.subject {
        Role::Client => matches!(code, CONTINUE | REAUTHENTICATE),
        Role::Server => matches!(code, 0 | CONTINUE),
    }
}

/// Whether an AUTH before CONNACK has the only code that it may have.
fn asks_to_continue(context: &Context<'_>) -> Verdict {
    let (Some(packet), Some(auth)) = (context.packet(), context.auth()) else { return Verdict::NotApplicable };
    if context.session.connacks() > 0 || packet.malformed.is_some() {
        return Verdict::NotApplicable;
    }
    context.under_connect(|connect| {
        let code = auth.reason_code.unwrap_or(0);
        if connect.authentication_method.is_none() || !is_for_side(context, code) {
            return Verdict::NotApplicable;
        }
        let verdict = Verdict::require(code == CONTINUE, || {
            Fault::new(format!("AUTH before CONNACK has code 0x{code:02x}, not 0x{CONTINUE:02x}")).at(auth.reason_code_at, 1)
        });
        verdict.given(context.history(Role::Server))
    })
}

/// The client begins to authenticate again.
fn starts_anew(context: &Context<'_>) -> bool {
    let code = context.auth().and_then(|auth| auth.reason_code);
    context.subject == Role::Client && code == Some(REAUTHENTICATE) && context.session.accepted().is_some()
}

/// Whether an AUTH has the method of CONNECT. Nothing is said if either has none.
fn same_method(context: &Context<'_>) -> Verdict {
    let Some(auth) = context.auth() else { return Verdict::NotApplicable };
    let Some(method) = auth.properties.text(PropertyId::AuthenticationMethod) else { return Verdict::NotApplicable };
    context.under_connect(|connect| match connect.authentication_method.as_deref() {
        Some(wanted) => Verdict::require(*method.bytes == *wanted, || {
            let message = format!("AUTH with the Authentication Method {}, which is not that of CONNECT", checks::quoted(&method));
            Fault::new(message).at(method.at, method.bytes.len()).related(connect.stamp)
        }),
        None => Verdict::NotApplicable,
    })
}

/// Whether CONNECT has asked for what AUTH belongs to.
fn asked_for(context: &Context<'_>) -> Verdict {
    context.under_connect(|connect| match connect.authentication_method {
        Some(_) => Verdict::NotApplicable,
        None => Verdict::Fail(Fault::new("AUTH, but CONNECT has no Authentication Method").at(0, 1).related(connect.stamp)),
    })
}
