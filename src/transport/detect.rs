//! What a TCP connection carries, from its first bytes; where they say nothing, from its port.
//!
//! Content wins over ports: a CONNECT on any port is MQTT, a TLS record on port 1883 is not.

use std::collections::BTreeMap;

use super::Transport;

/// Bytes of one direction that may be needed for the decision (an HTTP request or a PROXY header is the longest).
pub const HEAD_LIMIT: usize = 4096;

/// First bytes of a PROXY protocol header, versions 1 and 2 (haproxy.org, proxy-protocol.txt, section 2).
const PROXY_V1: &[u8] = b"PROXY ";
const PROXY_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// What the ports of servers say.
#[derive(Clone, Debug)]
pub struct Ports(BTreeMap<u16, Transport>);

impl Default for Ports {
    /// 1883 (plain) and 8883 (TLS), as registered with IANA.
    fn default() -> Self {
        Self(BTreeMap::from([(1883, Transport::Plain), (8883, Transport::Tls)]))
    }
}

impl Ports {
    /// Declares a port.
    pub fn set(&mut self, port: u16, transport: Transport) {
        self.0.insert(port, transport);
    }

    /// What is declared for a port.
    pub fn get(&self, port: u16) -> Option<Transport> {
        self.0.get(&port).copied()
    }
}

/// What the first bytes of one direction say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detection {
    /// More bytes are needed.
    Undecided,
    /// An MQTT CONNECT begins after `skip` bytes (a PROXY protocol header).
    Connect {
        /// Bytes before the CONNECT.
        skip: usize,
    },
    /// A TLS record.
    Tls,
    /// An HTTP request for a WebSocket with an MQTT subprotocol.
    WebSocket,
    /// None of these; what follows `skip` bytes may be MQTT only if the port says so.
    Other {
        /// Bytes before it (a PROXY protocol header).
        skip: usize,
    },
}

/// Looks at the first bytes of one direction.
pub fn detect(head: &[u8]) -> Detection {
    let skip = match proxy_header(head) {
        Proxy::None => 0,
        Proxy::Partial => return Detection::Undecided,
        Proxy::Whole(len) => len,
    };
    let rest = head.get(skip..).unwrap_or(&[]);
    match rest.first() {
        None => Detection::Undecided,
        // TLS record types 20 to 23, version 3.x (RFC 8446, section 5.1); a CONNECT of that length begins with 00 04 or 00 06.
        Some(0x14..=0x17) if rest.len() < 3 => Detection::Undecided,
        Some(0x14..=0x17) if matches!(rest.get(1..3), Some([3, 0..=4])) => Detection::Tls,
        Some(first) if first >> 4 == 1 => connect(rest, skip),
        Some(b'G') => http(rest, skip),
        Some(_) => Detection::Other { skip },
    }
}

/// A CONNECT names its protocol right behind the fixed header (3.1.1 section 3.1.2.1): `MQTT`, or `MQIsdp` in 3.1.
fn connect(rest: &[u8], skip: usize) -> Detection {
    let length = rest.iter().skip(1).take(4).position(|byte| byte & 0x80 == 0);
    let Some(name) = length.and_then(|more| rest.get(more + 2..)) else {
        return if rest.len() < 5 { Detection::Undecided } else { Detection::Other { skip } };
    };
    let names: [&[u8]; 2] = [b"\0\x04MQTT", b"\0\x06MQIsdp"];
    if names.iter().any(|known| name.starts_with(known)) {
        Detection::Connect { skip }
    } else if names.iter().any(|known| known.starts_with(name)) {
        Detection::Undecided
    } else {
        Detection::Other { skip }
    }
}

fn http(rest: &[u8], skip: usize) -> Detection {
    if !rest.starts_with(b"GET ") {
        return if b"GET ".starts_with(rest) { Detection::Undecided } else { Detection::Other { skip } };
    }
    let end = rest.windows(4).position(|window| window == b"\r\n\r\n");
    if end.is_none() && rest.len() < HEAD_LIMIT {
        return Detection::Undecided;
    }
    let request = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest).to_ascii_lowercase();
    let header = |name: &[u8], value: &[u8]| {
        request.split(|byte| *byte == b'\n').any(|line| line.starts_with(name) && line.windows(value.len()).any(|window| window == value))
    };
    // 3.1.1 section 6: the subprotocol is "mqtt"; older clients say "mqttv3.1".
    if header(b"upgrade:", b"websocket") && header(b"sec-websocket-protocol:", b"mqtt") {
        Detection::WebSocket
    } else {
        Detection::Other { skip }
    }
}

enum Proxy {
    None,
    Partial,
    Whole(usize),
}

fn proxy_header(head: &[u8]) -> Proxy {
    if head.starts_with(PROXY_V1) {
        // At most 107 bytes, ended by CR LF.
        return match head.windows(2).take(107).position(|window| window == b"\r\n") {
            Some(at) => Proxy::Whole(at + 2),
            None if head.len() < 107 => Proxy::Partial,
            None => Proxy::None,
        };
    }
    if head.starts_with(PROXY_V2) {
        let Some([high, low]) = head.get(14..16) else { return Proxy::Partial };
        let len = 16 + usize::from(u16::from_be_bytes([*high, *low]));
        return match len {
            len if len > HEAD_LIMIT / 2 => Proxy::None,
            len if head.len() < len => Proxy::Partial,
            len => Proxy::Whole(len),
        };
    }
    let prefix = |signature: &[u8]| !head.is_empty() && head.len() < signature.len() && signature.starts_with(head);
    if prefix(PROXY_V1) || prefix(PROXY_V2) { Proxy::Partial } else { Proxy::None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    const CONNECT: &[u8] = &hex!("10 0e 0004 4d515454 04 02 003c 0002 6331");

    #[test]
    fn connect_is_known_by_its_name_and_not_before() {
        for cut in 0..8 {
            assert_eq!(detect(&CONNECT[..cut]), Detection::Undecided, "{cut}");
        }
        assert_eq!(detect(&CONNECT[..8]), Detection::Connect { skip: 0 });
        assert_eq!(detect(&hex!("10 8e 01 0006 4d514973 6470 03")), Detection::Connect { skip: 0 });
        assert_eq!(detect(&hex!("10 0e 0004 4d515458 04")), Detection::Other { skip: 0 });
        assert_eq!(detect(&hex!("10 ff ff ff ff 01")), Detection::Other { skip: 0 });
    }

    #[test]
    fn connect_behind_a_proxy_header() {
        let v1 = [b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 1883\r\n", CONNECT].concat();
        assert_eq!(detect(&v1), Detection::Connect { skip: 42 });
        assert_eq!(detect(&v1[..20]), Detection::Undecided);
        let v2 = [PROXY_V2, &hex!("21 11 000c c0000201 c0000202 1388 075b"), CONNECT].concat();
        assert_eq!(detect(&v2), Detection::Connect { skip: 28 });
    }

    #[test]
    fn tls_websocket_and_others() {
        assert_eq!(detect(&hex!("16 03 01 0200 01")), Detection::Tls);
        let upgrade = b"GET /mqtt HTTP/1.1\r\nUpgrade: WebSocket\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
        assert_eq!(detect(upgrade), Detection::WebSocket);
        assert_eq!(detect(&upgrade[..30]), Detection::Undecided);
        assert_eq!(detect(b"GET / HTTP/1.1\r\nHost: mqtt\r\n\r\n"), Detection::Other { skip: 0 });
        assert_eq!(detect(b"SSH-2.0-x"), Detection::Other { skip: 0 });
    }
}
