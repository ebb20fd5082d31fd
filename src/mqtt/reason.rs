//! Return Codes of 3.x and Reason Codes of 5.0: what they are called, and where and by whom they may be sent.

use super::header::PacketType;
use super::version::Version;

/// Who may send a Reason Code in a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Senders {
    /// The client may.
    pub client: bool,
    /// The server may.
    pub server: bool,
}

/// The name a code has in a packet of this type, in the words of the version's specification, or `None` when it has none there.
pub fn name(packet: PacketType, version: Version, code: u8) -> Option<&'static str> {
    match (version, packet) {
        (Version::V5_0, _) => row(packet, code).map(|row| row.name),
        (_, PacketType::Connack) => connect_return_code(code),
        (_, PacketType::Suback) => suback_return_code(version, code),
        _ => None,
    }
}

/// Who may send the code in a packet of this type in 5.0, or `None` when nobody may (5.0 table 2-6 and those of section 3).
pub fn allowed(packet: PacketType, code: u8) -> Option<Senders> {
    let row = row(packet, code)?;
    row.packets.iter().find(|(in_packet, _)| *in_packet == packet).map(|&(_, senders)| senders)
}

/// 3.1.1 table 3.1; 3.1 has the same with colons for commas.
const fn connect_return_code(code: u8) -> Option<&'static str> {
    match code {
        0 => Some("Connection Accepted"),
        1 => Some("Connection Refused, unacceptable protocol version"),
        2 => Some("Connection Refused, identifier rejected"),
        3 => Some("Connection Refused, Server unavailable"),
        4 => Some("Connection Refused, bad user name or password"),
        5 => Some("Connection Refused, not authorized"),
        _ => None,
    }
}

/// 3.1.1 section 3.9.3; 3.1 has granted QoS levels only and no way to refuse.
const fn suback_return_code(version: Version, code: u8) -> Option<&'static str> {
    match (version, code) {
        (Version::V3_1, 0) => Some("Granted QoS 0"),
        (Version::V3_1, 1) => Some("Granted QoS 1"),
        (Version::V3_1, 2) => Some("Granted QoS 2"),
        (Version::V3_1, _) => None,
        (_, 0) => Some("Success - Maximum QoS 0"),
        (_, 1) => Some("Success - Maximum QoS 1"),
        (_, 2) => Some("Success - Maximum QoS 2"),
        (_, 0x80) => Some("Failure"),
        _ => None,
    }
}

struct Row {
    code: u8,
    name: &'static str,
    packets: &'static [(PacketType, Senders)],
}

fn row(packet: PacketType, code: u8) -> Option<&'static Row> {
    // One code is three names (0x00), so the packet decides too.
    TABLE.iter().find(|row| row.code == code && row.packets.iter().any(|(in_packet, _)| *in_packet == packet))
}

const BOTH: Senders = Senders { client: true, server: true };
const CLIENT: Senders = Senders { client: true, server: false };
const SERVER: Senders = Senders { client: false, server: true };

macro_rules! reason_codes {
    ($($code:literal $name:literal $($packet:ident $senders:ident),+;)*) => {
        /// 5.0 table 2-6, with the senders of the tables in section 3.
        const TABLE: &[Row] = &[$(Row { code: $code, name: $name, packets: &[$((PacketType::$packet, $senders)),+] },)*];
    };
}

reason_codes! {
    0x00 "Success" Connack SERVER, Puback BOTH, Pubrec BOTH, Pubrel BOTH, Pubcomp BOTH, Unsuback SERVER, Auth SERVER;
    0x00 "Normal disconnection" Disconnect BOTH;
    0x00 "Granted QoS 0" Suback SERVER;
    0x01 "Granted QoS 1" Suback SERVER;
    0x02 "Granted QoS 2" Suback SERVER;
    0x04 "Disconnect with Will Message" Disconnect CLIENT;
    0x10 "No matching subscribers" Puback SERVER, Pubrec SERVER;
    0x11 "No subscription existed" Unsuback SERVER;
    0x18 "Continue authentication" Auth BOTH;
    0x19 "Re-authenticate" Auth CLIENT;
    0x80 "Unspecified error" Connack SERVER, Puback BOTH, Pubrec BOTH, Suback SERVER, Unsuback SERVER, Disconnect BOTH;
    0x81 "Malformed Packet" Connack SERVER, Disconnect BOTH;
    0x82 "Protocol Error" Connack SERVER, Disconnect BOTH;
    0x83 "Implementation specific error" Connack SERVER, Puback BOTH, Pubrec BOTH, Suback SERVER, Unsuback SERVER, Disconnect BOTH;
    0x84 "Unsupported Protocol Version" Connack SERVER;
    0x85 "Client Identifier not valid" Connack SERVER;
    0x86 "Bad User Name or Password" Connack SERVER;
    0x87 "Not authorized" Connack SERVER, Puback BOTH, Pubrec BOTH, Suback SERVER, Unsuback SERVER, Disconnect SERVER;
    0x88 "Server unavailable" Connack SERVER;
    0x89 "Server busy" Connack SERVER, Disconnect SERVER;
    0x8a "Banned" Connack SERVER;
    0x8b "Server shutting down" Disconnect SERVER;
    // Table 2-6 has it for DISCONNECT, table 3-10 does not, so nothing says by whom.
    0x8c "Bad authentication method" Connack SERVER, Disconnect BOTH;
    0x8d "Keep Alive timeout" Disconnect SERVER;
    0x8e "Session taken over" Disconnect SERVER;
    0x8f "Topic Filter invalid" Suback SERVER, Unsuback SERVER, Disconnect SERVER;
    0x90 "Topic Name invalid" Connack SERVER, Puback BOTH, Pubrec BOTH, Disconnect BOTH;
    0x91 "Packet Identifier in use" Puback BOTH, Pubrec BOTH, Suback SERVER, Unsuback SERVER;
    0x92 "Packet Identifier not found" Pubrel BOTH, Pubcomp BOTH;
    0x93 "Receive Maximum exceeded" Disconnect BOTH;
    0x94 "Topic Alias invalid" Disconnect BOTH;
    0x95 "Packet too large" Connack SERVER, Disconnect BOTH;
    0x96 "Message rate too high" Disconnect BOTH;
    0x97 "Quota exceeded" Connack SERVER, Puback BOTH, Pubrec BOTH, Suback SERVER, Disconnect BOTH;
    0x98 "Administrative action" Disconnect BOTH;
    0x99 "Payload format invalid" Connack SERVER, Puback BOTH, Pubrec BOTH, Disconnect BOTH;
    0x9a "Retain not supported" Connack SERVER, Disconnect SERVER;
    // Table 3-10 names the server only; section 3.3.4 has a client send it for a message above its Maximum QoS.
    0x9b "QoS not supported" Connack SERVER, Disconnect BOTH;
    0x9c "Use another server" Connack SERVER, Disconnect SERVER;
    0x9d "Server moved" Connack SERVER, Disconnect SERVER;
    0x9e "Shared Subscriptions not supported" Suback SERVER, Disconnect SERVER;
    0x9f "Connection rate exceeded" Connack SERVER, Disconnect SERVER;
    0xa0 "Maximum connect time" Disconnect SERVER;
    0xa1 "Subscription Identifiers not supported" Suback SERVER, Disconnect SERVER;
    0xa2 "Wildcard Subscriptions not supported" Suback SERVER, Disconnect SERVER;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_code_has_the_name_of_its_packet() {
        let name = |packet| name(packet, Version::V5_0, 0);
        assert_eq!(name(PacketType::Connack), Some("Success"));
        assert_eq!(name(PacketType::Disconnect), Some("Normal disconnection"));
        assert_eq!(name(PacketType::Suback), Some("Granted QoS 0"));
        assert_eq!(name(PacketType::Publish), None);
    }

    #[test]
    fn same_code_has_the_name_of_its_version() {
        assert_eq!(name(PacketType::Suback, Version::V5_0, 1), Some("Granted QoS 1"));
        assert_eq!(name(PacketType::Suback, Version::V3_1_1, 0x80), Some("Failure"));
        assert_eq!(name(PacketType::Suback, Version::V3_1, 0x80), None);
        assert_eq!(name(PacketType::Connack, Version::V3_1_1, 0), Some("Connection Accepted"));
        assert_eq!(name(PacketType::Connack, Version::V3_1_1, 5), Some("Connection Refused, not authorized"));
        assert_eq!(name(PacketType::Connack, Version::V3_1_1, 6), None);
        assert_eq!(name(PacketType::Puback, Version::V3_1_1, 0), None);
    }

    #[test]
    fn some_codes_belong_to_one_side() {
        assert_eq!(allowed(PacketType::Disconnect, 0x04), Some(CLIENT));
        assert_eq!(allowed(PacketType::Disconnect, 0x8e), Some(SERVER));
        assert_eq!(allowed(PacketType::Disconnect, 0x00), Some(BOTH));
        assert_eq!(allowed(PacketType::Auth, 0x19), Some(CLIENT));
        assert_eq!(allowed(PacketType::Puback, 0x92), None);
        assert_eq!(allowed(PacketType::Disconnect, 0x7f), None);
    }

    #[test]
    fn packets_of_a_code_are_listed_once() {
        for (index, row) in TABLE.iter().enumerate() {
            for (packet, _) in row.packets {
                let same = |other: &&Row| other.code == row.code && other.packets.iter().any(|(other, _)| other == packet);
                assert_eq!(TABLE.iter().skip(index).filter(same).count(), 1, "{:#04x} {packet}", row.code);
            }
        }
    }
}
