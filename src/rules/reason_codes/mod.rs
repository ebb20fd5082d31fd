//! Reason Codes of 5.0 (5.0 section 2.4); those of CONNACK and SUBACK stand with their packets.

use crate::mqtt::reason;
use crate::rule::prelude::*;
use crate::rules;

rules![
    reserved_puback_code,
    reserved_pubrec_code,
    reserved_pubrel_code,
    reserved_pubcomp_code,
    reserved_unsuback_code,
    reserved_disconnect_code,
    reserved_auth_code,
];

/// The Reason Code (with its offset) is one that the sender may send in a packet of this type.
fn defined(context: &Context<'_>, code: Option<(u8, u32)>) -> Verdict {
    let (Some(kind), Some((code, at))) = (context.packet_type(), code) else { return Verdict::NotApplicable };
    let role = context.subject;
    let message = match reason::allowed(kind, code) {
        Some(senders) if if role == Role::Client { senders.client } else { senders.server } => return Verdict::Pass,
        Some(_) => {
            let name = reason::name(kind, context.version, code).unwrap_or_default();
            format!("the code 0x{code:02x} ({name}) of {kind} is for the {} to send, not for the {role}", role.peer())
        }
        None => format!("the code 0x{code:02x} is not defined for {kind}"),
    };
    Verdict::Fail(Fault::new(message).at(at, 1))
}
