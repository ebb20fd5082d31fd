//! What must not be shown unasked: passwords, and Authentication Data (5.0 section 3.1.2.11.10), which may be as good as one.

use std::ops::Range;

use crate::mqtt::{Body, Connect, Packet, PacketType, Properties, PropertyId, PropertyValue, Version};

/// What stands in the place of a secret.
pub(crate) const REDACTED: &str = "***";

/// Whether a packet may hold a secret: in what cannot be read of it, there may be one anywhere.
pub(crate) const fn is_possible_in(kind: PacketType) -> bool {
    matches!(kind, PacketType::Connect | PacketType::Connack | PacketType::Auth)
}

/// Whether the value of a property is a secret.
pub(crate) fn is_secret(id: Option<PropertyId>) -> bool {
    id == Some(PropertyId::AuthenticationData)
}

/// Overwrites the secrets in the bytes of a packet. Where the layout of one that may hold a secret is broken, everything is
/// overwritten that may be a part of it.
pub(crate) fn mask(bytes: &mut [u8], packet: &Packet<'_>) {
    let mut overwrite = |range: Range<usize>| {
        let end = range.end.min(bytes.len());
        if let Some(secret) = bytes.get_mut(range.start..end) {
            secret.fill(b'*');
        }
    };
    let mut blocks = vec![packet.properties()];
    if let Body::Connect(connect) = &packet.body {
        blocks.push(connect.will.as_ref().map(|will| &will.properties));
        if let Some(range) = password(connect, packet) {
            overwrite(range);
        }
    }
    let possible = is_possible_in(packet.packet_type());
    for properties in blocks.into_iter().flatten() {
        authentication_data(properties).for_each(&mut overwrite);
        let end = properties.at as usize + properties.bytes.len();
        let unread = properties.unread().len();
        if possible && unread > 0 {
            // The first byte says which property it is.
            overwrite(end - unread + 1..end);
        }
    }
    let is_answer = packet.packet_type() == PacketType::Connack && packet.version == Version::V5_0;
    if is_answer || packet.packet_type() == PacketType::Auth {
        if let Some(malformed) = packet.malformed {
            overwrite(malformed.at + 1..usize::MAX);
        }
        overwrite(packet.trailing_at as usize..usize::MAX);
    }
}

/// Where Authentication Data stands in a block, without its length.
fn authentication_data(properties: &Properties<'_>) -> impl Iterator<Item = Range<usize>> {
    properties.iter().filter(|property| is_secret(property.property_id())).filter_map(|property| match property.value {
        PropertyValue::Binary(data) => Some(data.at as usize..data.at as usize + data.bytes.len()),
        _ => None,
    })
}

/// Where the password of a CONNECT stands, with what is behind it; of one whose layout is broken, everything behind the User Name (or behind the
/// fields that are not secret), because the password may stand there.
fn password(connect: &Connect<'_>, packet: &Packet<'_>) -> Option<Range<usize>> {
    // What breaks off before the flags does not tell.
    let announced = connect.flags.is_none_or(|flags| flags.password()) || !packet.trailing.is_empty();
    match (connect.password, packet.malformed) {
        _ if !announced => None,
        // A password whose length is wrong goes on behind its end.
        (Some(password), None) => Some(password.at as usize..usize::MAX),
        (_, malformed) => {
            let known = connect.user_name.or(connect.client_id).map(|text| text.at as usize + text.bytes.len());
            known.or(malformed.map(|malformed| malformed.at)).map(|from| from..usize::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;
    use crate::mqtt::{HeaderStatus, decode, fixed_header};
    use crate::show;

    fn masked(bytes: &[u8], version: Version) -> String {
        let HeaderStatus::Complete(header) = fixed_header(bytes) else { panic!("a header") };
        let mut copy = bytes.to_vec();
        mask(&mut copy, &decode(header, &bytes[header.len()..], version));
        show::hex(&copy)
    }

    fn same(bytes: &[u8], version: Version) {
        assert_eq!(masked(bytes, version), show::hex(bytes));
    }

    #[test]
    fn password_and_authentication_data_are_overwritten() {
        let connect = b"\x10\x1f\x00\x04MQTT\x05\xc2\x00\x3c\x09\x15\x00\x01m\x16\x00\x02xy\x00\x01c\x00\x01u\x00\x02pw";
        let expected = "101f00044d51545405c2003c091500016d1600022a2a0001630001750002".to_owned() + "2a2a";
        assert_eq!(masked(connect, Version::V5_0), expected);
        assert_eq!(masked(&hex!("f0 0b 18 09 15 0001 6d 16 0002 7879"), Version::V5_0), "f00b18091500016d1600022a2a");
        assert_eq!(masked(&hex!("20 08 00 00 05 16 0002 7879"), Version::V5_0), "20080000051600022a2a");
        // Out of place, but there.
        assert_eq!(masked(&hex!("30 09 0001 61 05 16 0002 7879"), Version::V5_0), "300900016105 1600022a2a".replace(' ', ""));
    }

    #[test]
    fn what_cannot_be_read_is_overwritten_where_a_secret_may_be_in_it() {
        // Authentication Data that is longer than the packet, behind an unknown property, and in a block without a length.
        assert_eq!(masked(&hex!("f0 07 18 05 16 0005 7879"), Version::V5_0), "f0071805162a2a2a2a");
        assert_eq!(masked(&hex!("f0 08 18 06 7e 16 0002 7879"), Version::V5_0), "f00818067e2a2a2a2a2a");
        assert_eq!(masked(&hex!("f0 06 18 00 16 0002 78"), Version::V5_0), "f00618002a2a2a2a");
        // 3.1.1 has no AUTH, but who sends one means 5.0.
        assert_eq!(masked(&hex!("f0 05 18 03 16 00 00"), Version::V3_1_1), "f0052a2a2a2a2a");
        // The password is longer than it says.
        assert_eq!(
            masked(b"\x10\x15\x00\x04MQTT\x04\xc2\x00\x3c\x00\x01c\x00\x01u\x00\x01pwd", Version::V3_1_1),
            "101500044d51545404c2003c00016300017500012a2a2a"
        );
        // The Protocol Name is longer than it says, so the flags are not where they are looked for.
        assert_eq!(masked(b"\x10\x0b\x00\x40MQTTs\x00\x02pw", Version::V3_1_1), "100b2a2a2a2a2a2a2a2a2a2a2a");
    }

    #[test]
    fn nothing_else_is_overwritten() {
        same(&hex!("20 03 00 01 00"), Version::V3_1_1);
        same(&hex!("30 06 0001 61 7e 00 00"), Version::V3_1_1);
        same(&hex!("30 07 0001 61 03 7e 00 00"), Version::V5_0);
        same(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c", Version::V3_1_1);
    }
}
