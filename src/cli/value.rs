//! Values on the command line that are more than a word or a number.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use super::hex;
use crate::transport::Transport;

/// `1884`, `1884=plain`, `8084=wss`: what a server port carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortHint {
    /// The port.
    pub port: u16,
    /// What it carries.
    pub transport: Transport,
}

impl FromStr for PortHint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (port, kind) = text.split_once('=').unwrap_or((text, "plain"));
        let port = port.parse().ok().filter(|port| *port != 0).ok_or("a port is a number from 1 to 65535")?;
        let transport = match kind {
            "plain" | "tcp" => Transport::Plain,
            "tls" => Transport::Tls,
            "ws" => Transport::WebSocket,
            "wss" => Transport::SecureWebSocket,
            _ => return Err("a port carries plain, tls, ws or wss".to_owned()),
        };
        Ok(Self { port, transport })
    }
}

/// A number of bytes, shown and read with K, M or G for powers of 1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub usize);

const UNITS: [(char, u32); 3] = [('G', 30), ('M', 20), ('K', 10)];

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match UNITS.iter().find(|(_, shift)| self.0 > 0 && self.0.trailing_zeros() >= *shift) {
            Some((unit, shift)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

impl FromStr for ByteSize {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unit = UNITS.iter().find(|(unit, _)| text.ends_with([*unit, unit.to_ascii_lowercase()]));
        let (digits, shift) = unit.map_or((text, 0), |(_, shift)| (&text[..text.len() - 1], *shift));
        let number: usize = digits.parse().map_err(|_| "a size is a number, with K, M or G behind it if wanted")?;
        number.checked_mul(1 << shift).map(Self).ok_or("too large")
    }
}

/// A time in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.as_secs_f64())
    }
}

impl FromStr for Seconds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number: f64 = text.parse().map_err(|_| "a time is a number of seconds")?;
        Duration::try_from_secs_f64(number).map(Self).map_err(|_| "a time is a number of seconds, not below 0")
    }
}

/// An address to listen at: `127.0.0.1:9469`, `[::1]:9469`, or a port alone, which is one of 127.0.0.1.
///
/// # Errors
/// It is none.
pub fn listen_address(text: &str) -> Result<SocketAddr, &'static str> {
    let port = text.strip_prefix(':').unwrap_or(text).parse().map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port)));
    port.or_else(|_| text.parse()).map_err(|_| "an address is such as 127.0.0.1:9469, or a port")
}

/// Bytes in hex, in any form that [`hex`] reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HexBytes(pub Vec<u8>);

impl FromStr for HexBytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::parse(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_say_what_they_carry() {
        let hint = |text: &str| text.parse::<PortHint>().map(|hint| (hint.port, hint.transport));
        assert_eq!(hint("1884"), Ok((1884, Transport::Plain)));
        assert_eq!(hint("8084=wss"), Ok((8084, Transport::SecureWebSocket)));
        assert!(hint("0").is_err() && hint("65536").is_err() && hint("1884=udp").is_err() && hint("").is_err());
    }

    #[test]
    fn sizes_read_back() {
        for (text, bytes) in [("4M", 4 << 20), ("1500", 1500), ("3K", 3072), ("1G", 1 << 30), ("0", 0)] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)));
            assert_eq!(ByteSize(bytes).to_string(), text);
        }
        assert_eq!("2m".parse(), Ok(ByteSize(2 << 20)));
        assert!("".parse::<ByteSize>().is_err() && "M".parse::<ByteSize>().is_err());
        assert_eq!("99999999999999999G".parse::<ByteSize>(), Err("too large"));
    }

    #[test]
    fn port_alone_is_one_of_this_machine() {
        let at = |text| listen_address(text).map(|address| address.to_string());
        assert_eq!(at("9469"), Ok("127.0.0.1:9469".to_owned()));
        assert_eq!(at(":9469"), Ok("127.0.0.1:9469".to_owned()));
        assert_eq!(at("0.0.0.0:80"), Ok("0.0.0.0:80".to_owned()));
        assert_eq!(at("[::1]:80"), Ok("[::1]:80".to_owned()));
        assert!(at("localhost").is_err() && at("").is_err() && at("70000").is_err());
    }

    #[test]
    fn seconds_may_have_a_fraction() {
        assert_eq!("0.5".parse(), Ok(Seconds(Duration::from_millis(500))));
        assert!("-1".parse::<Seconds>().is_err() && "x".parse::<Seconds>().is_err() && "nan".parse::<Seconds>().is_err());
        assert_eq!(Seconds(Duration::from_secs(30)).to_string(), "30");
    }
}
