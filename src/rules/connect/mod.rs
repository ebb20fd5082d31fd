//! CONNECT.

use crate::rule::prelude::*;
use crate::rules;

rules![
    wrong_protocol_name,
    reserved_connect_flag,
    will_qos_3,
    will_qos_without_will,
    will_retain_without_will,
    password_without_user_name,
    will_incomplete,
    user_name_missing,
    password_missing,
    client_id_missing,
    unannounced_user_name,
    unannounced_password,
    unannounced_will,
    bytes_behind_password,
    empty_client_id_without_clean_session,
    client_id_not_utf8,
    nul_in_client_id,
    user_name_not_utf8,
    nul_in_user_name,
    will_topic_not_utf8,
    nul_in_will_topic,
    wildcard_in_will_topic,
    empty_will_topic,
    will_payload_not_utf8,
];

/// That nothing stands behind the fields that the flags announce. Only where what does is as many whole fields as `named`
/// says, it is certain to be more than bytes too many.
fn nothing_unannounced(context: &Context<'_>, is: &str, named: impl Fn(usize) -> bool) -> Verdict {
    let Some(packet) = context.packet() else { return Verdict::NotApplicable };
    match checks::nothing_behind(packet, is) {
        Verdict::Fail(fault) if !fields(packet.trailing).is_some_and(named) => {
            Verdict::Fail(fault.citing(if context.version == Version::V5_0 { &["PE-1.2-1"] } else { &["PE3-3.1.3-1"] }))
        }
        verdict => verdict,
    }
}

/// How many length-prefixed fields these bytes are; `None` if they are something else.
fn fields(mut bytes: &[u8]) -> Option<usize> {
    let mut count = 0;
    while let [high, low, behind @ ..] = bytes {
        bytes = behind.get(usize::from(u16::from_be_bytes([*high, *low]))..)?;
        count += 1;
    }
    bytes.is_empty().then_some(count)
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_end_where_the_bytes_do() {
        assert_eq!(fields(b"\0\x04user"), Some(1));
        assert_eq!(fields(b"\0\0\0\x02pw"), Some(2));
        assert_eq!(fields(b"\0\x05user"), None);
        assert_eq!(fields(b"\0\x03user"), None);
        assert_eq!(fields(b"\0"), None);
    }
}
